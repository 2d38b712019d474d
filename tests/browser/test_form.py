"""Writing with the embed: nothing typed is lost, what was sent is shown to its author alone, every error is heard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import func, select

from moderation.extensions import db
from moderation.models import Comment
from tests.browser.conftest import Demo
from tests.browser.pages import ELEMENT, LONG, database, eventually, plant, serve
from tests.browser.test_accessibility import faults, overflows
from tests.browser.test_main_job import row_of, sign_in

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]


@pytest.fixture
def form(demo: Demo, browse: Browse, request: pytest.FixtureRequest) -> Page:
    """A page of its own for each test, with the form in sight."""
    page = browse()
    page.goto(serve(page, demo, f"/form/{request.node.name}/", ELEMENT) + "#respond")
    expect(page.get_by_role("textbox", name="Comment")).to_be_focused()
    return page


def fill(page: Page, words: str, name: str = "Tove Lind") -> None:
    page.get_by_role("textbox", name="Comment").fill(words)
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("textbox", name="Email").fill("tove@example.org")


def post(page: Page) -> None:
    page.get_by_role("button", name="Post Comment").click()


def stored(demo: Demo, words: str) -> int:
    """How many comments have this text."""
    with database(demo).app_context():
        number = db.session.scalar(select(func.count()).select_from(Comment).where(Comment.source == words)) or 0
        db.engine.dispose()
    return number


def test_the_form_is_that_of_wordpress_in_its_order(form: Page) -> None:
    expect(form.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    expect(form.get_by_text("Your email address will not be published. Required fields are marked *")).to_be_visible()
    kinds = "input:not([type=hidden], [aria-hidden]), textarea, button:not([hidden])"
    names = (
        form.locator("[part=form]")
        .locator(kinds)
        .evaluate_all("nodes => nodes.map((node) => node.labels?.[0]?.innerText.trim() || node.innerText)")
    )
    assert names == [
        "Comment *",
        "Name *",
        "Email *",
        "Website",
        "Save my name, email, and website in this browser for the next time I comment.",
        "Post Comment",
        "Preview",
    ]
    expect(form.get_by_role("textbox", name="Name")).to_have_attribute("autocomplete", "name")
    expect(form.get_by_role("textbox", name="Email")).to_have_attribute("autocomplete", "email")


def test_the_whole_form_is_filled_in_and_sent_by_keyboard(form: Page, demo: Demo) -> None:
    for words in ("By keyboard alone, from top to bottom.", "Tove Lind", "tove@example.org", ""):
        form.keyboard.type(words)
        form.keyboard.press("Tab")
    form.keyboard.press("Tab")
    expect(form.get_by_role("button", name="Post Comment")).to_be_focused()
    form.keyboard.press("Enter")
    own = form.locator("[part~=own]")
    expect(own).to_contain_text("By keyboard alone, from top to bottom.")
    expect(own).to_be_focused()
    assert stored(demo, "By keyboard alone, from top to bottom.") == 1


def test_an_error_is_heard_where_it_is(form: Page) -> None:
    """What assistive technology is told, read back from the browser's own accessibility tree."""
    form.get_by_role("textbox", name="Comment").fill("A comment without a name.")
    form.get_by_role("textbox", name="Email").fill("tove@")
    post(form)
    alert = form.get_by_role("alert")
    expect(alert).to_be_focused()
    told = alert.aria_snapshot()
    assert "Please correct the marked fields; everything you typed is kept." in told
    assert re.search(r'link "Please type your name\."', told)
    client = form.context.new_cdp_session(form)
    tree = client.send("Accessibility.getFullAXTree")["nodes"]
    name = next(
        node for node in tree if node.get("name", {}).get("value") == "Name *" and node["role"]["value"] == "textbox"
    )
    assert "Please type your name." in name["description"]["value"]
    assert {"name": "invalid", "value": {"type": "token", "value": "true"}} in name["properties"]
    assert [node for node in tree if node["role"]["value"] == "alert"]
    alert.get_by_role("link").last.click()
    expect(form.get_by_role("textbox", name="Email")).to_be_focused()
    expect(form.get_by_role("textbox", name="Comment")).to_have_value("A comment without a name.")


def test_the_preview_is_the_very_markup_that_is_served(form: Page, demo: Demo) -> None:
    fill(form, "I **mean** it.\n\n> quoted\n\n<script>alert(1)</script>")
    form.get_by_role("button", name="Preview").click()
    view = form.get_by_role("region", name="Preview")
    expect(view).to_be_focused()
    shown = view.inner_html()
    assert "<strong>mean</strong>" in shown
    post(form)
    own = form.locator("[part~=own] [part=body]")
    expect(own).to_be_visible()
    assert own.inner_html() == shown
    with database(demo).app_context():
        assert db.session.scalars(select(Comment.html).order_by(Comment.id.desc()).limit(1)).one() == shown
        db.engine.dispose()


def test_a_preview_of_nothing_says_what_is_missing(form: Page) -> None:
    form.get_by_role("button", name="Preview").click()
    expect(form.get_by_role("alert")).to_be_focused()
    expect(form.get_by_role("textbox", name="Comment")).to_have_attribute("aria-invalid", "true")


def test_near_the_limit_the_form_says_how_much_is_left(form: Page) -> None:
    comment = form.get_by_role("textbox", name="Comment")
    left = form.locator("[part=left]")
    comment.fill("x" * 9000)
    form.wait_for_timeout(700)
    expect(left).to_have_text("")
    comment.fill("x" * 9_990)
    expect(left).to_have_text("10 characters left")
    comment.fill("x" * 10_001)
    expect(left).to_have_text("1 character too many")
    fill(form, "x" * 10_001)
    post(form)
    expect(form.get_by_role("alert")).to_contain_text("at most 10000 fit")
    expect(comment).to_have_value("x" * 10_001)


def test_what_was_typed_is_there_after_a_reload_and_after_another_page(form: Page) -> None:
    fill(form, "Half a thought")
    form.reload()
    comment = form.get_by_role("textbox", name="Comment")
    expect(comment).to_have_value("Half a thought")
    expect(form.get_by_role("textbox", name="Name")).to_have_value("Tove Lind")
    address = form.url
    form.goto("about:blank")
    form.goto(address)
    expect(comment).to_have_value("Half a thought")
    post(form)
    expect(form.locator("[part~=own]")).to_contain_text("Half a thought")
    form.reload()
    expect(comment).to_have_value("")


def test_a_reply_that_was_begun_is_still_one_after_a_reload(demo: Demo, browse: Browse) -> None:
    page = browse()
    [first] = plant(demo, "/form/reply/", [None])
    page.goto(serve(page, demo, "/form/reply/", ELEMENT))
    page.get_by_role("button", name="Reply: Reader 0").click()
    expect(page.get_by_role("heading", name="Leave a Reply to Reader 0")).to_be_visible()
    fill(page, "Yes, that is so.")
    page.reload()
    expect(page.get_by_role("heading", name="Leave a Reply to Reader 0")).to_be_visible()
    expect(page.locator(f"#comment-{first} [part=form]")).to_have_count(1)
    page.get_by_role("button", name="Cancel reply").click()
    expect(page.get_by_role("button", name="Reply: Reader 0")).to_be_focused()
    expect(page.locator("[part=foot] [part=form]")).to_have_count(1)
    page.get_by_role("button", name="Reply: Reader 0").click()
    post(page)
    own = page.locator("[part~=own]")
    expect(own).to_contain_text("Yes, that is so.")
    assert own.evaluate("node => node.closest('ol').previousSibling.id") == f"comment-{first}"


def test_a_reply_stays_one_while_the_list_is_drawn_anew(demo: Demo, browse: Browse) -> None:
    page = browse()
    ids = plant(demo, "/form/folded/", [None, *[0] * 9])
    page.goto(serve(page, demo, "/form/folded/", ELEMENT))
    page.get_by_role("button", name="Show 4 replies").click()
    page.get_by_role("button", name="Reply: Reader 9").click()
    fill(page, "To the last of the folded ones.")
    page.reload()
    expect(page.get_by_role("heading", name="Leave a Reply to Reader 9")).to_be_visible()
    page.evaluate("document.querySelector('leave-a-reply').refresh()")
    expect(page.get_by_role("heading", name="Leave a Reply to Reader 9")).to_be_visible()
    post(page)
    expect(page.locator("[part~=own]")).to_contain_text("To the last of the folded ones.")
    with database(demo).app_context():
        newest = db.session.scalars(select(Comment).order_by(Comment.id.desc()).limit(1)).one()
        assert newest.parent_id == ids[9]
        db.engine.dispose()


@pytest.mark.parametrize("fault", ["offline", "error", "slow"])
def test_when_sending_fails_the_text_stays_and_the_retry_makes_one_comment(form: Page, demo: Demo, fault: str) -> None:
    words = f"Sent through a {fault} line."
    fill(form, words)

    def fail(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        if fault == "offline":
            return route.abort("internetdisconnected")
        if fault == "error":
            return route.fulfill(status=502, body="<h1>Bad gateway</h1>")
        # The service took it; the answer is lost on the way.
        route.fetch()
        return route.abort("timedout")

    form.route("**/v1/sites/demo/comments**", fail)
    post(form)
    expect(form.get_by_role("alert")).to_contain_text("The comment service cannot be reached. Your text is still here.")
    expect(form.get_by_role("textbox", name="Comment")).to_have_value(words)
    form.unroute("**/v1/sites/demo/comments**")
    form.get_by_role("button", name="Try again").click()
    expect(form.locator("[part~=own]")).to_contain_text(words)
    assert stored(demo, words) == 1


def test_a_double_click_sends_once(form: Page, demo: Demo) -> None:
    fill(form, "Said once, clicked twice.")
    form.get_by_role("button", name="Post Comment").dblclick()
    expect(form.locator("[part~=own]")).to_contain_text("Said once, clicked twice.")
    form.wait_for_timeout(300)
    assert stored(demo, "Said once, clicked twice.") == 1


def test_a_waiting_comment_is_shown_to_its_author_alone_and_can_be_withdrawn(
    form: Page, demo: Demo, browse: Browse
) -> None:
    fill(form, "Waiting, and seen by me alone.")
    post(form)
    own, article = form.locator("[part~=own]"), form.url
    expect(own).to_contain_text("Your comment is awaiting moderation.")
    form.reload()
    expect(own).to_contain_text("Waiting, and seen by me alone.")
    stranger = browse()
    stranger.goto(serve(stranger, demo, form.url.split("#")[0].removeprefix(demo.host), ELEMENT) + "#respond")
    expect(stranger.get_by_role("textbox", name="Comment")).to_be_visible()
    expect(stranger.get_by_text("seen by me alone")).to_have_count(0)
    form.get_by_role("link", name="See its status").click()
    form.get_by_text("Edit this comment").click()
    form.get_by_role("textbox", name="Comment").fill("Waiting, edited.")
    form.get_by_role("button", name="Save").first.click()
    expect(form.get_by_text("Waiting, edited.").first).to_be_visible()
    form.goto(article)
    expect(own).to_contain_text("Waiting, edited.")
    own.get_by_role("link", name="See its status").click()
    withdrawing = form.locator("details", has_text="This cannot be undone.")
    expect(form.get_by_role("button", name="Withdraw this comment")).to_be_hidden()
    withdrawing.locator("summary").click()
    form.get_by_role("button", name="Withdraw this comment").click()
    expect(form.get_by_role("heading", name="Your comment was withdrawn or not published.")).to_be_visible()


def test_once_it_is_approved_it_is_one_of_all(form: Page, demo: Demo, browse: Browse) -> None:
    fill(form, "Approved while I wait.")
    post(form)
    expect(form.locator("[part~=own]")).to_be_visible()
    desk = browse()
    sign_in(desk, demo)
    row = desk.locator(row_of(desk, "Approved while I wait."))
    row.get_by_role("button", name=re.compile("^Approve comment")).click()
    expect(row).to_have_count(0)
    form.reload()
    expect(form.locator("[part~=comment]", has_text="Approved while I wait.")).to_have_count(1)
    expect(form.locator("[part~=own]")).to_have_count(0)
    # But for its author, who keeps the way to its private page.
    form.get_by_role("link", name="See its status").click()
    expect(form.locator("summary", has_text="Withdraw this comment")).to_be_visible()


def test_after_a_post_without_scripts_the_article_says_that_the_comment_waits(demo: Demo, browse: Browse) -> None:
    page = browse()
    page.goto(serve(page, demo, "/form/back/", LONG + ELEMENT) + "#reply-pending")
    expect(page.get_by_role("status")).to_have_text("Your comment is awaiting moderation.")


def test_the_element_tells_the_page_what_happens_and_can_be_told(form: Page) -> None:
    form.evaluate(
        "window.heard = []; for (const name of ['loaded', 'sent', 'failed'])"
        " document.addEventListener('reply:' + name, (event) => heard.push([name, event.detail]))"
    )
    form.evaluate("document.querySelector('leave-a-reply').refresh()")
    eventually(form, "heard.length === 1")
    fill(form, "An event of its own.")
    post(form)
    expect(form.locator("[part~=own]")).to_be_visible()
    eventually(form, "heard.length > 2")
    heard = form.evaluate("heard")
    assert heard[0] == ["loaded", {"count": 0}]
    assert [name for name, _detail in heard] == ["loaded", "sent", "loaded"]
    assert heard[1][1]["status"] == 202
    number = heard[1][1]["id"]
    form.evaluate("number => document.querySelector('leave-a-reply').show(number)", number)
    expect(form.locator(f"#comment-{number}")).to_be_focused()


@pytest.fixture
def private(launch: Callable[..., Browser]) -> Iterator[Page]:
    """A window that blocks all storage, in a browser that blocks the cookies of other sites."""
    browser = launch("--test-third-party-cookie-phaseout")
    context = browser.new_context()
    context.add_init_script(
        "for (const area of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, area, { get() { throw new DOMException('denied', 'SecurityError'); } });"
    )
    yield context.new_page()
    browser.close()


def test_without_any_storage_a_comment_is_sent_and_nothing_is_kept(private: Page, demo: Demo) -> None:
    # Another site than the service's, not only another port of it.
    elsewhere = replace(demo, host=demo.host.replace("localhost", "127.0.0.1"))
    private.goto(serve(private, elsewhere, "/form/private/", ELEMENT) + "#respond")
    fill(private, "No storage, no cookie.")
    post(private)
    expect(private.locator("[part~=own]")).to_contain_text("Your comment is awaiting moderation.")
    assert private.context.cookies() == []
    assert stored(demo, "No storage, no cookie.") == 1


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 320, "height": 256}},
        {"forced_colors": "active"},
        {"reduced_motion": "reduce"},
        {"color_scheme": "dark", "viewport": {"width": 320, "height": 700}},
    ],
    ids=["zoom 400 %", "forced colours", "reduced motion", "dark, narrow"],
)
def test_it_can_be_read_and_used_as_readers_set_their_browsers(
    demo: Demo, browse: Browse, options: dict[str, object]
) -> None:
    page = browse(bypass_csp=True, **options)
    page.goto(f"{demo.article}#respond")
    expect(page.get_by_role("textbox", name="Comment")).to_be_focused()
    post(page)
    expect(page.get_by_role("alert")).to_be_focused()
    assert faults(page) == []
    assert not overflows(page)
    # Not by colour alone.
    marked = page.locator("[aria-invalid=true]").first
    assert marked.evaluate("node => getComputedStyle(node).fontWeight") == "700"
    assert page.evaluate("document.getAnimations().length") == 0
