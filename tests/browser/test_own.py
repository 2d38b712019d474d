"""A reader's own comments: the way to their private page stands with them, also once everybody sees them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update

from moderation.models import Comment, Site
from tests.browser.conftest import Demo
from tests.browser.pages import ELEMENT, eventually, plant, planting, serve
from tests.browser.test_accessibility import faults, overflows

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
SAID = {"en": "Your comment is published.", "ur": "آپ کا تبصرہ شائع ہو گیا ہے۔"}
LEADS = {"en": "See its status, edit or withdraw it", "ur": "اس کی حالت دیکھیں، اس میں ترمیم کریں، یا اسے واپس لیں"}
KEPT = "Object.entries(sessionStorage).filter(([key]) => key.endsWith(':own')).flatMap(([, own]) => JSON.parse(own))"


@pytest.fixture(autouse=True)
def prompt(demo: Demo) -> Iterator[None]:
    """The demo's site publishes what the filter likes at once."""
    with planting(demo) as session:
        site = session.scalars(select(Site).where(Site.key == "demo")).one()
        before = dict(site.rules)
        site.rules = {**before, "hold_everything": False, "approve_below": 0.9}
    yield
    with planting(demo) as session:
        session.execute(update(Site).where(Site.key == "demo").values(rules=before))


def send(page: Page, words: str, *, email: str = "tove@example.org") -> int:
    """Send a comment that is published at once; gives its number."""
    form = page.locator("[part=form]")
    form.locator("#comment").fill(words)
    form.locator("#author").fill("Tove Lind")
    form.locator("#email").fill(email)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        form.locator("[part=submit]").click()
    assert answered.value.status == 201
    number = answered.value.json()["id"]
    expect(page.locator(f"#comment-{number}")).to_be_focused()
    return int(number)


def way(page: Page, number: int) -> Locator:
    """The link from a comment to its private page."""
    return page.locator(f"#comment-{number} [part=manage]")


def began(page: Page, demo: Demo, path: str, lang: str = "en") -> str:
    """Open a page of its own at its form; gives its address."""
    address = serve(page, demo, path, ELEMENT, lang=lang)
    page.goto(address + "#respond")
    expect(page.locator("#comment")).to_be_focused()
    return address


@pytest.mark.parametrize(
    ("lang", "scheme", "width"),
    [("en", "light", 320), ("en", "dark", 1280), ("ur", "dark", 320), ("ur", "light", 1280)],
)
def test_what_is_published_at_once_leads_to_its_private_page(
    demo: Demo, browse: Browse, lang: str, scheme: str, width: int
) -> None:
    page = browse(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    began(page, demo, f"/own/{lang}-{width}/", lang)
    number = send(page, f"A kind word of {width} letters in {lang}.")
    comment = page.locator(f"#comment-{number}")
    expect(comment).to_contain_text(SAID[lang])
    expect(way(page, number)).to_be_visible()
    expect(comment.locator("[part=reply]")).to_be_visible()
    assert faults(page) == []
    assert not overflows(page)

    page.reload()
    # The demo sends no mail.
    expect(way(page, number)).to_have_text(LEADS[lang])
    expect(comment).not_to_contain_text(SAID[lang])
    expect(comment.locator("[part=reply]")).to_be_visible()
    way(page, number).click()
    expect(page.locator("details.edit")).to_be_visible()
    expect(page.locator(".own")).to_contain_text(f"A kind word of {width} letters")
    # In the article's language, whatever the browser's.
    expect(page.locator("html")).to_have_attribute("lang", lang)


def test_nobody_else_is_shown_the_way(demo: Demo, browse: Browse) -> None:
    page, stranger = browse(), browse()
    began(page, demo, "/own/stranger/")
    number = send(page, "Seen by all, mine alone to edit.")
    began(stranger, demo, "/own/stranger/")
    expect(stranger.locator(f"#comment-{number}")).to_be_visible()
    stranger.wait_for_timeout(300)
    expect(way(stranger, number)).to_have_count(0)


def test_it_stands_there_wherever_the_comment_comes_to_stand(demo: Demo, browse: Browse) -> None:
    page = browse()
    plant(demo, "/own/folded/", [None, *[0] * 9])
    address = serve(page, demo, "/own/folded/", ELEMENT)
    page.goto(address)
    page.get_by_role("button", name="Reply: Reader 0").click()
    reply = send(page, "The tenth reply, which a reload folds away.")
    expect(way(page, reply)).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Show 5 replies").click()
    expect(way(page, reply)).to_be_visible()
    page.evaluate("document.querySelector('leave-a-reply').refresh()")
    expect(page.locator(f"#comment-{reply}")).to_have_count(0)
    page.get_by_role("button", name="Show 5 replies").click()
    expect(way(page, reply)).to_have_count(1)


def test_a_link_that_the_service_knows_no_more_goes(demo: Demo, browse: Browse) -> None:
    page = browse()
    began(page, demo, "/own/old/")
    number = send(page, "Written a hundred days ago.")
    expect(way(page, number)).to_be_visible()
    with planting(demo) as session:
        comment = session.get_one(Comment, number)
        comment.created_at -= timedelta(days=100)
    page.evaluate("document.querySelector('leave-a-reply').refresh()")
    eventually(page, f"!{KEPT}.length")
    expect(page.locator(f"#comment-{number}")).to_be_visible()
    expect(way(page, number)).to_have_count(0)


def test_the_browser_keeps_the_newest_links_of_all_pages(demo: Demo, browse: Browse) -> None:
    page = browse()
    address = began(page, demo, "/own/many/")
    made: list[dict[str, Any]] = [{"id": number, "link": f"https://x.example/{number}"} for number in range(-30, 0)]
    store = "([path, owns]) => sessionStorage.setItem(`leave-a-reply:demo:${path}:own`, JSON.stringify(owns))"
    page.evaluate(store, ["/own/first/", made[:2]])
    page.evaluate(store, ["/own/second/", made[2:]])
    first = send(page, "The first of mine here.")
    assert sorted(own["id"] for own in page.evaluate(KEPT)) == [*range(-29, 0), first]
    second = send(page, "The second of mine here.")
    assert sorted(own["id"] for own in page.evaluate(KEPT)) == [*range(-28, 0), first, second]
    assert "leave-a-reply:demo:/own/first/:own" not in page.evaluate("Object.keys(sessionStorage)")
    page.goto(address)
    expect(way(page, first)).to_be_visible()
    expect(way(page, second)).to_be_visible()


def test_only_with_consent_the_link_outlives_the_window(demo: Demo, browse: Browse) -> None:
    page = browse()
    address = began(page, demo, "/own/consent/")
    without = send(page, "Said on a borrowed computer.")
    page.get_by_role("checkbox").check()
    with_it = send(page, "Said on my own computer.")
    later = page.context.new_page()
    serve(later, demo, "/own/consent/", ELEMENT)
    later.goto(address)
    expect(way(later, with_it)).to_be_visible()
    expect(way(later, without)).to_have_count(0)


def test_the_way_is_there_where_the_page_takes_no_more_comments(demo: Demo, browse: Browse) -> None:
    page = browse()
    address = began(page, demo, "/own/closed/")
    number = send(page, "The last word on this page.")
    page.route(
        re.compile("/v1/sites/demo/comments"),
        lambda route: route.fulfill(
            response=(answer := route.fetch()), body=answer.text().replace('"open":true', '"open":false')
        ),
    )
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_text("Comments are closed.")).to_be_visible()
    expect(way(page, number)).to_be_visible()
