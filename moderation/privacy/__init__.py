"""A person's data: what is stored under an address is given out, and erased."""

from moderation.privacy.views import blueprint

__all__ = ["blueprint"]
