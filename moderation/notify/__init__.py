"""Readers and moderators are told, by mail."""

from moderation.notify.views import blueprint

__all__ = ["blueprint"]
