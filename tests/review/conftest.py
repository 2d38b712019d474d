"""What every test of the desk begins with."""

from __future__ import annotations

import pytest

from moderation.review import accounts
from moderation.review.attempts import Attempts


@pytest.fixture(autouse=True)
def nobody_has_failed_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed log-ins live as long as the process; a test begins without those of another."""
    monkeypatch.setattr(accounts, "_attempts", Attempts())
