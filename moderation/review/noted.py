"""The notes that stand beside decisions: whose words they are, and in which language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l

_OWN: Mapping[str, Any] = {
    "edited by its author": _l("edited by its author"),
    "withdrawn by its author": _l("withdrawn by its author"),
    "Written at the desk": _l("Written at the desk"),
    "Approved with a reply": _l("Approved with a reply"),
}


class Noted(NamedTuple):
    """A note as it is shown. `lang` is "" where it is the page's language, or nobody knows which."""

    text: str
    lang: str


def noted(note: str, actor: str) -> Noted:
    """What is shown of a note that is stored. The service's own are English; those that are always the same are translated."""
    own = _OWN.get(note)
    if own is not None:
        return Noted(str(own), "")
    return Noted(note, "" if actor == "moderator" else "en")
