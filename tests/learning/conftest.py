"""Who teaches in these tests, and bounds that they can reach."""

from __future__ import annotations

import pytest

from moderation.learning import marks
from moderation.models import (
    Moderator,
)
from tests.factories import Make


@pytest.fixture
def moderator(make: Make) -> Moderator:
    """Somebody who teaches on every site."""
    return make.moderator()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test can reach: two of an author stand, three of a site are remembered, on each side."""
    monkeypatch.setattr(marks, "AUTHOR_MOST", 2)
    monkeypatch.setattr(marks, "REMEMBERED", 3)
