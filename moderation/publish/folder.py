"""A folder of published files: written so that a build never sees half of one, and cleared of what is no longer public.

    DIR/.moderation-publish      whose folder it is, and the pages that a run has begun to write and not yet listed
    DIR/index.json               every page with its files
    DIR/2019/01/talks/comments.html

Every name below DIR follows from a page's key alone (`paths.stem_of`), so that no list, however it came about, can lead
this code to a file of anybody else.
"""

import fcntl
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, Self

import orjson

from moderation.publish.paths import stem_of

INDEX: Final = "index.json"
OWN: Final = ".moderation-publish"
_PART: Final = ".part"
_PIECE: Final = 1 << 16


class FolderError(Exception):
    """The folder cannot be used. Its text is a sentence that says why, and what to do."""


class Folder:
    """A folder while one run has it for itself; nobody else writes there meanwhile.

    `known` are the pages that may have files there, from this run and all before it; `listed` is what the last finished
    run said of them.
    """

    def __init__(self, root: Path, own: IO[str], known: set[str], listed: dict[str, dict[str, Any]]) -> None:
        self.root = root
        self.known = known
        self.listed = listed
        self._own = own

    @classmethod
    @contextmanager
    def claimed(cls, root: Path, site: str) -> Iterator[Self]:
        """Take the folder of a site, made if it is not there.

        Raises `FolderError` when it holds somebody else's files or another run is at work in it, `OSError` when it cannot
        be written.
        """
        if root.exists() and not root.is_dir():
            raise FolderError(f"{root} is a file; give a folder")
        marker = root / OWN
        if root.is_dir() and not marker.is_file() and any(root.iterdir()):
            raise FolderError(f"{root} is not empty and was not made by moderation publish; give a folder of its own")
        root.mkdir(parents=True, exist_ok=True)
        with marker.open("a+", encoding="utf-8") as own:
            try:
                fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderError(f"another moderation publish is at work in {root}; wait until it is done") from None
            own.seek(0)
            first, *begun = own.read().split("\n")
            if first not in ("", site):
                raise FolderError(f"{root} holds the comments of the site {first}; give each site a folder of its own")
            if not first:
                own.write(f"{site}\n")
                own.flush()
            listed = _listed(root)
            yield cls(root, own, {*listed, *_keys(begun)}, listed)

    def has(self, key: str, suffix: str) -> bool:
        """Whether a page has a file of this kind."""
        return self._file(key, suffix).is_file()

    def put(self, key: str, suffix: str, pieces: Iterable[bytes]) -> bool:
        """Give a page this file; False when it was there, byte for byte, and has been left alone."""
        if key not in self.known:
            # Written down first: a run that dies here must not leave a file that no later one knows of.
            self._own.write(f"{json.dumps(key)}\n")
            self._own.flush()
            self.known.add(key)
        path = self._file(key, suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        return _replace(path, pieces)

    def drop(self, key: str, suffix: str) -> bool:
        """Take a page's file of this kind away, and the folders that are empty without it; False if there was none."""
        path = self._file(key, suffix)
        with suppress(FileNotFoundError, NotADirectoryError):
            _part_of(path).unlink()
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        with suppress(OSError):
            for parent in path.parents:
                if parent == self.root:
                    break
                parent.rmdir()
        return True

    def finish(self, site: str, pages: dict[str, dict[str, Any]]) -> bool:
        """List the pages that have files now; False when the list has not changed."""
        document = {"site": site, "pages": dict(sorted(pages.items()))}
        changed = _replace(self.root / INDEX, [orjson.dumps(document, option=orjson.OPT_INDENT_2), b"\n"])
        self._own.truncate(0)
        self._own.write(f"{site}\n")
        self._own.flush()
        return changed

    def _file(self, key: str, suffix: str) -> Path:
        return self.root / f"{stem_of(key)}.{suffix}"


def _listed(root: Path) -> dict[str, dict[str, Any]]:
    path = root / INDEX
    if not path.exists():
        return {}
    fault = FolderError(f"{path} is not as moderation publish wrote it; empty the folder and publish again")
    try:
        document = orjson.loads(path.read_bytes())
    except ValueError:
        raise fault from None
    pages = document.get("pages") if isinstance(document, dict) else None
    if not isinstance(pages, dict) or not all(isinstance(entry, dict) for entry in pages.values()):
        raise fault
    return pages


def _keys(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        # The last line of a run that died may be half a one; its page's files were not begun.
        with suppress(ValueError):
            key = json.loads(line)
            if isinstance(key, str):
                yield key


def _part_of(path: Path) -> Path:
    return path.with_name(path.name + _PART)


def _replace(path: Path, pieces: Iterable[bytes]) -> bool:
    """Put the pieces where the file is, in one step; a file with the same bytes keeps its time of change."""
    part, written = _part_of(path), hashlib.sha256()
    with part.open("wb") as file:
        for piece in pieces:
            written.update(piece)
            file.write(piece)
    if path.is_file() and _digest(path) == written.digest():
        part.unlink()
        return False
    part.replace(path)
    return True


def _digest(path: Path) -> bytes:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.digest()
