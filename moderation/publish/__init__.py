"""The world reads: comments as JSON, counts, feeds, the HTML fragment, the embed."""

from moderation.publish.views import blueprint

__all__ = ["blueprint"]
