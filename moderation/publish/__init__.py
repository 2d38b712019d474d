"""The world reads: comments as JSON, counts, feeds, the HTML fragment, the embed; WordPress's API for its clients."""

from moderation.publish.views import blueprint
from moderation.publish.wordpress import blueprint as for_wordpress

__all__ = ["blueprint", "for_wordpress"]
