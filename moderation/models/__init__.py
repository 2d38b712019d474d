"""What is stored."""

from moderation.models.base import LARGEST_ID, STATUSES, Base, Status, UtcDateTime, now, rfc3339
from moderation.models.comment import Comment, CommentLink
from moderation.models.decision import Actor, Decision
from moderation.models.moderator import ApiToken, DeskSession, Moderator, ModeratorSite, Role
from moderation.models.page import Page
from moderation.models.site import Site

__all__ = [
    "LARGEST_ID",
    "STATUSES",
    "Actor",
    "ApiToken",
    "Base",
    "Comment",
    "CommentLink",
    "Decision",
    "DeskSession",
    "Moderator",
    "ModeratorSite",
    "Page",
    "Role",
    "Site",
    "Status",
    "UtcDateTime",
    "now",
    "rfc3339",
]
