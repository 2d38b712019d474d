"""What is stored."""

from moderation.models.base import LARGEST_ID, STATUSES, Base, Status, UtcDateTime, now, rfc3339
from moderation.models.comment import EMPTIED, FOLDED, SHOWN, Comment, CommentLink, CommentPrint, Label
from moderation.models.decision import UNDO_TIME, Actor, Decision
from moderation.models.desk import (
    Bundle,
    CommentNote,
    CommentVersion,
    Event,
    Job,
    JobKind,
    JobState,
    Presence,
    TrustedAuthor,
    record,
)
from moderation.models.learned import TOTAL, DroppedToken, LearnedToken
from moderation.models.lists import SiteList
from moderation.models.mail import ConfirmationRequest, Digest, Mail, ReplyNotice, Subscription
from moderation.models.moderator import ApiToken, DeskSession, Moderator, ModeratorSite, Role
from moderation.models.page import Door, Page, door_of
from moderation.models.purge import Purge
from moderation.models.site import Site, site_by_key

__all__ = [
    "EMPTIED",
    "FOLDED",
    "LARGEST_ID",
    "SHOWN",
    "STATUSES",
    "TOTAL",
    "UNDO_TIME",
    "Actor",
    "ApiToken",
    "Base",
    "Bundle",
    "Comment",
    "CommentLink",
    "CommentNote",
    "CommentPrint",
    "CommentVersion",
    "ConfirmationRequest",
    "Decision",
    "DeskSession",
    "Digest",
    "Door",
    "DroppedToken",
    "Event",
    "Job",
    "JobKind",
    "JobState",
    "Label",
    "LearnedToken",
    "Mail",
    "Moderator",
    "ModeratorSite",
    "Page",
    "Presence",
    "Purge",
    "ReplyNotice",
    "Role",
    "Site",
    "SiteList",
    "Status",
    "Subscription",
    "TrustedAuthor",
    "UtcDateTime",
    "door_of",
    "now",
    "record",
    "rfc3339",
    "site_by_key",
]
