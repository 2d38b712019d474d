"""The door: the only code that changes a comment's status or text.

Each function is one transaction in which the decision log, the status, the counts of page, site and bundle, the page's
version, what the filter has learned and the letters in the outbox move together. A page's version moves only when something
that readers can see has changed. Only moderators teach: what policy decides by itself, and what authors take back or write
anew, the filter never learns from.
"""

from moderation.lifecycle.arrivals import AlreadyReceived, ClosedPage, Draft, HiddenParent, TooDeep, receive
from moderation.lifecycle.decisions import BULK_LIMIT, Outcome, decide, undo
from moderation.lifecycle.edits import Overtaken, TooManyVersions, edit, undo_edit
from moderation.lifecycle.emptying import empty
from moderation.lifecycle.erasing import erase
from moderation.lifecycle.revisions import Revision, revise

__all__ = [
    "BULK_LIMIT",
    "AlreadyReceived",
    "ClosedPage",
    "Draft",
    "HiddenParent",
    "Outcome",
    "Overtaken",
    "Revision",
    "TooDeep",
    "TooManyVersions",
    "decide",
    "edit",
    "empty",
    "erase",
    "receive",
    "revise",
    "undo",
    "undo_edit",
]
