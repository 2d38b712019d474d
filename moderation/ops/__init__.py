"""The service looks after itself: health, metrics."""

from moderation.ops.health import blueprint

__all__ = ["blueprint"]
