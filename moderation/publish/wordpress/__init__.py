"""The comments of a site as WordPress's REST API would give them, for programs that were written for WordPress."""

from moderation.publish.wordpress.views import blueprint

__all__ = ["blueprint"]
