"""A reader's comment comes in."""

from moderation.intake.hosted import blueprint as hosted_form
from moderation.intake.mine_views import blueprint as private_page
from moderation.intake.views import blueprint as api

__all__ = ["api", "hosted_form", "private_page"]
