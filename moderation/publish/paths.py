"""Where the file of a page lies: the page's own path wherever that is a safe name on every file system, else a hash."""

import hashlib
import re
from typing import Final

PAGE: Final = "comments"
"""The name of the file for an address that ends in a slash."""
ODD: Final = "_"
"""The folder of the files whose page has no path that could be a name."""

_LONGEST = 180
# Lower case alone, because many file systems take A and a for one name; Windows drops a dot at a name's end.
_SEGMENT = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9_-])?\Z")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)")
# A folder of such a name would stand where another page's file belongs.
_FILE = re.compile(r"\.(?:html|json|part)\Z")
_TAKEN = frozenset({PAGE, "index"})


def stem_of(key: str) -> str:
    """The path of a page's files below the folder, without `.html` or `.json`. Different keys have different ones.

    `/2019/01/talks/` lies at `2019/01/talks/comments`, `/2019/01/talks` at `2019/01/talks`, and everything that is not
    plainly a path (capitals, encoded letters, a host's own keys, names that a file system keeps for itself) at
    `_/slug-hash`.
    """
    return _plain(key) or _hashed(key)


def _plain(key: str) -> str | None:
    if not key.startswith("/") or len(key) > _LONGEST:
        return None
    *folders, last = key.removeprefix("/").split("/")
    if last in _TAKEN or any(_FILE.search(folder) for folder in folders):
        return None
    names = [*folders, last or PAGE]
    if not all(_SEGMENT.match(name) and not _DEVICE.match(name) for name in names):
        return None
    return "/".join(names)


def _hashed(key: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", key.lower())[:40].strip("-") or "page"
    return f"{ODD}/{slug}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
