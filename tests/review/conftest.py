"""What every test of the desk begins with."""

from __future__ import annotations

import pytest
from flask import Flask

from moderation.models import Moderator, Site
from moderation.review import accounts
from moderation.review.attempts import Attempts
from tests.factories import Make
from tests.review.browser import Browser, Owner


@pytest.fixture(autouse=True)
def nobody_has_failed_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed log-ins live as long as the process; a test begins without those of another."""
    monkeypatch.setattr(accounts, "_attempts", Attempts())


@pytest.fixture
def site(make: Make) -> Site:
    """The site `demo`."""
    return make.site()


@pytest.fixture
def browser(app: Flask, make: Make, site: Site) -> Browser:
    """The browser of a moderator of the site, signed in."""
    make.moderator(sites=[site])
    browser = Browser(app)
    browser.enter()
    return browser


@pytest.fixture
def chief(make: Make, site: Site) -> Moderator:
    return make.moderator("chief@example.org", role="owner", name="Chief")


@pytest.fixture
def everywhere(app: Flask, chief: Moderator) -> Owner:
    """The browser of an owner of every site."""
    browser = Owner(app)
    browser.enter("chief@example.org")
    return browser


@pytest.fixture
def local(make: Make, site: Site) -> Moderator:
    return make.moderator("local@example.org", role="owner", sites=[site], name="Local")


@pytest.fixture
def here(app: Flask, local: Moderator) -> Owner:
    """The browser of an owner of the site `demo` alone."""
    browser = Owner(app)
    browser.enter("local@example.org")
    return browser
