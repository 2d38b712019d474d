"""What is stored."""

from moderation.models.base import LARGEST_ID, STATUSES, Base, Status, UtcDateTime, now, rfc3339
from moderation.models.comment import Comment, CommentLink, CommentPrint, Label
from moderation.models.decision import Actor, Decision
from moderation.models.learned import TOTAL, DroppedToken, LearnedToken
from moderation.models.lists import SiteList
from moderation.models.moderator import ApiToken, DeskSession, Moderator, ModeratorSite, Role
from moderation.models.page import Page
from moderation.models.site import Site

__all__ = [
    "LARGEST_ID",
    "STATUSES",
    "TOTAL",
    "Actor",
    "ApiToken",
    "Base",
    "Comment",
    "CommentLink",
    "CommentPrint",
    "Decision",
    "DeskSession",
    "DroppedToken",
    "Label",
    "LearnedToken",
    "Moderator",
    "ModeratorSite",
    "Page",
    "Role",
    "Site",
    "SiteList",
    "Status",
    "UtcDateTime",
    "now",
    "rfc3339",
]
