"""Reading with the embed: what it loads and when, where it stands, what it shows, and that it harms nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import median

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import update

from moderation.models import Comment
from tests.browser.conftest import Demo
from tests.browser.pages import ELEMENT, LONG, plant, planting, serve, watch
from tests.text.test_language import TEXTS

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
# The sum of layout shifts since the page began, as Chromium reports it to pages.
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""


@pytest.fixture(scope="module")
def threads(demo: Demo) -> tuple[str, list[int]]:
    """A page with 120 threads; the second has 12 replies, the third is one reply below the other."""
    parents: list[int | None] = [None] * 120
    parents += [1] * 12
    parents += [2, 132, 133, 134, 135, 136, 137]
    return "/threads/", plant(demo, "/threads/", parents)


def test_comments_cost_one_script_and_one_question_and_nothing_before_they_are_near(demo: Demo, browse: Browse) -> None:
    page = browse()
    asked = watch(page, demo)
    plant(demo, "/far/", [None] * 30)
    page.goto(serve(page, demo, "/far/", LONG + ELEMENT))
    page.wait_for_timeout(500)
    assert asked == ["/embed.js"]
    page.locator("leave-a-reply").scroll_into_view_if_needed()
    expect(page.locator("[part~=comment]").first).to_be_visible()
    assert asked == ["/embed.js", "/v1/sites/demo/comments"]
    # The form's script comes when its place is about to be seen, its token when the reader turns to it.
    # Not by the End key: that goes to where the page ended when it was last painted, which may be above what has come.
    page.locator("[part=foot]").scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Post Comment")).to_be_visible()
    assert asked[2:] == ["/form.js"]
    with page.expect_response("**/v1/sites/demo/form?**"):
        page.get_by_role("textbox", name="Name").focus()
    assert asked[3:] == ["/v1/sites/demo/form"]
    assert page.context.cookies() == []


@pytest.mark.parametrize("body", [LONG + ELEMENT + LONG, "<p>Short.</p>" + ELEMENT + "<footer>Below.</footer>"])
def test_nothing_jumps_while_comments_and_form_come(demo: Demo, browse: Browse, body: str) -> None:
    """On a long article the reader comes down to the comments, on a short one they are in sight from the start."""
    page = browse(viewport={"width": 1280, "height": 800})
    path = f"/still/{len(body)}/"
    plant(demo, path, [None] * 8)
    style = "<style>leave-a-reply { display: block; min-height: 100vh }</style>"
    csp = "default-src 'none'; script-src {service}; connect-src {service}; style-src 'unsafe-inline'"
    address = serve(page, demo, path, body, style=style, csp=csp)

    def late(route: Route) -> None:
        page.wait_for_timeout(150)
        route.continue_()

    page.route(re.compile(r"/v1/sites/demo/comments|/form\.js"), late)
    page.goto(address)
    for _step in range(24 if body.startswith(LONG) else 0):
        page.mouse.wheel(0, 250)
        page.wait_for_timeout(120)
    expect(page.get_by_role("button", name="Post Comment")).to_be_attached()
    assert page.evaluate(SHIFTS) == 0


def test_it_runs_under_a_policy_that_allows_the_service_and_nothing_else(demo: Demo, browse: Browse) -> None:
    page = browse()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(serve(page, demo, "/strict/", ELEMENT) + "#respond")
    expect(page.get_by_role("textbox", name="Comment")).to_be_focused()
    assert refused == []


def test_long_threads_are_folded_and_unfold_on_request(
    demo: Demo, browse: Browse, threads: tuple[str, list[int]]
) -> None:
    page = browse()
    path, ids = threads
    page.goto(serve(page, demo, path, ELEMENT))
    second = page.locator("[part=list] > li").nth(1)
    expect(second.locator("[part~=comment]")).to_have_count(6)
    second.get_by_role("button", name="Show 7 replies").click()
    expect(second.locator("[part~=comment]")).to_have_count(13)
    expect(second.locator(f"#comment-{ids[125]}")).to_be_focused()
    expect(second.get_by_role("button", name=re.compile("Show"))).to_have_count(0)


def test_replies_nest_as_deep_as_the_site_says_and_deeper_ones_name_whom_they_answer(
    demo: Demo, browse: Browse, threads: tuple[str, list[int]]
) -> None:
    page = browse()
    path, ids = threads
    page.goto(serve(page, demo, path, ELEMENT))
    third = page.locator("[part=list] > li").nth(2)
    third.get_by_role("button", name="Show 2 replies").click()
    depths = [
        page.evaluate("id => { let n = 0, at = document.querySelector('leave-a-reply').shadowRoot.getElementById(id);"
                      " while ((at = at.parentElement.closest('ol'))) n++; return n; }", f"comment-{each}")
        for each in ids[132:]
    ]  # fmt: skip
    assert depths == [2, 3, 4, 5, 5, 5, 5]
    expect(third.locator(f"#comment-{ids[138]} [part=context]")).to_be_hidden()
    # What stands at the site's depth takes no reply: the service would refuse it.
    expect(third.locator(f"#comment-{ids[134]}").get_by_role("button", name="Reply: ")).to_be_visible()
    expect(third.locator(f"#comment-{ids[135]}").get_by_role("button", name="Reply: ")).to_have_count(0)


def test_a_link_leads_to_its_comment_wherever_it_stands(
    demo: Demo, browse: Browse, threads: tuple[str, list[int]]
) -> None:
    page = browse()
    path, ids = threads
    address = serve(page, demo, path, LONG + ELEMENT)
    for place in (0, 110, 130):
        page.goto("about:blank")
        page.goto(f"{address}#comment-{ids[place]}")
        target = page.locator(f"#comment-{ids[place]}")
        expect(target).to_be_focused()
        expect(target).to_have_attribute("aria-current", "true")
        expect(target).to_be_in_viewport()
    page.goto(f"{address}#comment-{ids[110]}")
    expect(page.locator(f"#comment-{ids[110]}")).to_be_focused()
    expect(page.locator(f"#comment-{ids[0]}")).to_have_count(0)
    page.get_by_role("button", name="Show all comments").click()
    expect(page.locator(f"#comment-{ids[0]}")).to_be_visible()


def test_more_comments_come_on_request_and_the_reader_keeps_the_place(
    demo: Demo, browse: Browse, threads: tuple[str, list[int]]
) -> None:
    page = browse()
    path, ids = threads
    page.goto(serve(page, demo, path, ELEMENT))
    expect(page.locator("[part=list] > li")).to_have_count(50)
    more = page.get_by_role("button", name="Show more comments")
    more.scroll_into_view_if_needed()
    before = page.locator(f"#comment-{ids[49]}").bounding_box()
    more.click()
    expect(page.locator("[part=list] > li")).to_have_count(100)
    expect(page.locator(f"#comment-{ids[50]}")).to_be_focused()
    after = page.locator(f"#comment-{ids[49]}").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 300


def test_readers_choose_the_order_and_find_it_again(demo: Demo, browse: Browse, threads: tuple[str, list[int]]) -> None:
    page = browse()
    path, ids = threads
    address = serve(page, demo, path, ELEMENT)
    page.goto(address)
    first = page.locator("[part=list] > li").first.locator("[part~=comment]").first
    expect(first).to_have_id(f"comment-{ids[0]}")
    page.get_by_role("combobox", name="Order of the comments").select_option("Newest first")
    expect(first).to_have_id(f"comment-{ids[119]}")
    page.goto(address)
    expect(first).to_have_id(f"comment-{ids[119]}")


def test_times_are_relative_and_exact_on_request_in_the_readers_language(demo: Demo, browse: Browse) -> None:
    page = browse(timezone_id="Europe/Berlin")
    plant(demo, "/time/", [None])
    page.goto(serve(page, demo, "/time/", ELEMENT, lang="de-CH"))
    time = page.locator("time")
    expect(time).to_have_text(re.compile(r"^vor 1 Stunde$"))
    expect(time).to_have_attribute("title", re.compile(r"^\d+\. \w+ 20\d\d um \d\d:\d\d$"))
    expect(time).to_have_attribute("datetime", re.compile("Z$"))


def test_an_urdu_comment_reads_right_on_an_english_page_and_the_other_way(demo: Demo, browse: Browse) -> None:
    page = browse()
    page.goto(f"{demo.host}/ur/2026/10/raat-ki-basein/#respond")
    box = page.locator("[part=box]").first
    expect(box).to_have_attribute("dir", "rtl")
    assert box.evaluate("node => getComputedStyle(node).direction") == "rtl"
    body = page.locator("[part=body]").first
    assert body.get_attribute("dir") == "auto"
    # A thread's line runs at the side at which its lines begin.
    replies = page.locator("ol ol > li").first
    expect(replies).to_be_visible()
    sides = "node => { const style = getComputedStyle(node); return [style.borderRightWidth, style.borderLeftWidth]; }"
    assert replies.locator("..").evaluate(sides) == ["2px", "0px"]


def test_ten_thousand_comments_stay_smooth(demo: Demo, browse: Browse) -> None:
    parents: list[int | None] = [None] * 1000
    parents += [place % 1000 for place in range(9000)]
    plant(demo, "/many/", parents)
    page = browse()
    page.goto(serve(page, demo, "/many/", ELEMENT))
    expect(page.get_by_role("heading", name="10,000 comments")).to_be_visible()
    # Of fifty threads of ten comments, six each are drawn.
    assert page.locator("[part~=comment]").count() == 300
    # What a further window takes does not grow with what stands there; machines are noisy, so within a wide margin.
    took = []
    for number in range(2, 8):
        began = page.evaluate("performance.now()")
        # By key: threads that come into sight take their real height, which moves what is below them under a pointer.
        page.get_by_role("button", name="Show more comments").press("Enter")
        expect(page.locator("[part=list] > li")).to_have_count(50 * number, timeout=20_000)
        took.append(page.evaluate("performance.now()") - began)
    assert page.locator("[part~=comment]").count() == 2100
    assert median(took[3:]) < 4 * median(took[:3]), took


def test_each_comment_says_its_language_as_the_fragment_does(demo: Demo, browse: Browse) -> None:
    ids = plant(demo, "/tongues/", [None] * (len(TEXTS) + 1))
    texts = dict(zip(ids, [*TEXTS.items(), ("", "Plain.")], strict=True))
    with planting(demo) as session:
        for number, (_lang, text) in texts.items():
            session.execute(update(Comment).where(Comment.id == number).values(html=f"<p>{text}</p>"))
    page = browse()
    page.goto(serve(page, demo, "/tongues/", ELEMENT))
    for number, (lang, _text) in texts.items():
        body = page.locator(f"#comment-{number} [part=body]")
        expect(body).to_have_attribute("dir", "auto")
        assert (body.get_attribute("lang") or "") == lang
    page.goto(f"{demo.service}/sites/demo/thread?page=/tongues/")
    for number, (lang, _text) in texts.items():
        assert (page.locator(f"#comment-{number} .body").get_attribute("lang") or "") == lang
