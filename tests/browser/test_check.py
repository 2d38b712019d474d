"""The desk's check of an article, in a real browser: each wrong setting is named, with what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.hosts import Answer, Host, command, tag
from tests.browser.test_accessibility import faults, overflows
from tests.browser.test_main_job import sign_in

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
Check = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def host(demo: Demo) -> Iterator[Host]:
    """A web site whose origin the demo's site knows, at `localhost` and not at `127.0.0.1`."""
    host = Host()
    command(demo, "site", "set", "demo", f"origin+={host.origin}")
    yield host
    host.close()


@pytest.fixture
def desk(demo: Demo, browse: Browse) -> Page:
    """The desk's window."""
    page = browse()
    sign_in(page, demo)
    return page


@pytest.fixture
def check(demo: Demo, desk: Page) -> Check:
    """Check an article; what the desk finds amiss, once the article has answered or the desk has waited long enough."""

    def look(url: str) -> list[str]:
        desk.goto(f"{demo.service}/desk/demo/check?url={url}")
        with desk.context.expect_page():
            desk.get_by_role("button", name="Open the article and look").click()
        expect(desk.get_by_text("it should answer within ten seconds")).to_have_count(0, timeout=60_000)
        return desk.locator("#check-found li.bad").all_inner_texts()

    return look


def test_a_page_as_documented_is_well(demo: Demo, host: Host, desk: Page, check: Check) -> None:
    policy = f"default-src 'none'; script-src {demo.service}; connect-src {demo.service}"
    assert check(host.page("/well/", tag(demo.service), Content_Security_Policy=policy)) == []
    good = desk.locator("#check-found li.good")
    expect(good).to_have_count(6)
    expect(desk.locator("#check-found")).to_contain_text("the path of its address: /well/")
    expect(desk.get_by_text("takes 127.0.0.1 for the address of your browser")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/element/", ["no element leave-a-reply"]),
        ("/site/", ['data-site="demo"', "There is no site with this key"]),
        ("/none/", ['data-site="demo"', "There is no site with this key"]),
        ("/csp/", ["connect-src SERVICE"]),
        ("/default/", ["connect-src SERVICE"]),
        ("/moved/", ["moderation site set demo origin+=ELSEWHERE", "is not one of this site's origins"]),
        ("/alias/", ["loads the script from another address"]),
        ("/coop/", ["Cross-Origin-Opener-Policy"]),
        ("/script/", ["did not answer"]),
    ],
)
def test_what_is_wrong_is_named(demo: Demo, host: Host, desk: Page, check: Check, path: str, says: list[str]) -> None:
    service, elsewhere = demo.service, f"http://127.0.0.1:{host.port}"
    whole = tag(service)
    host.page("/element/", whole.partition("<leave")[0])
    host.page("/site/", tag(service, site="dmeo"))
    host.page("/none/", whole.replace("data-site", "data-key"))
    host.page("/csp/", whole, Content_Security_Policy=f"script-src {service}; connect-src 'self'")
    host.page("/default/", whole, Content_Security_Policy=f"default-src 'none'; script-src {service}")
    host.page("/arrived/", whole)
    host.pages["/moved/"] = Answer("", {"Location": f"{elsewhere}/arrived/"}, 302)
    host.page("/alias/", tag(service.replace("localhost", "127.0.0.1")))
    host.page("/coop/", whole, Cross_Origin_Opener_Policy="same-origin")
    host.page("/script/", whole, Content_Security_Policy="script-src 'self'")
    amiss = check(host.origin + path)
    assert len(amiss) == len(says), amiss
    for line, words in zip(amiss, says, strict=True):
        assert words.replace("SERVICE", service).replace("ELSEWHERE", elsewhere) in line, amiss
    desk.set_viewport_size({"width": 320, "height": 640})
    assert faults(desk) == []
    assert not overflows(desk)
    if path == "/script/":
        hints = desk.locator("#check-found li.quiet").all_inner_texts()
        assert [hint.split()[-1] for hint in hints] == [f"{service}/embed.js", service, "ERR_BLOCKED_BY_CLIENT"]


def test_a_blocker_and_a_meddling_proxy_are_told_apart(demo: Demo, host: Host, desk: Page, check: Check) -> None:
    url = host.page("/between/", tag(demo.service))
    desk.context.route("**/v1/sites/**", lambda route: route.abort("blockedbyclient"))
    assert ["a blocker in this browser" in line for line in check(url)] == [True]
    desk.context.unroute_all()
    meddled = {"Access-Control-Allow-Origin": "https://elsewhere.example"}
    desk.context.route("**/v1/sites/**", lambda route: route.fulfill(status=200, body="{}", headers=meddled))
    assert ["Access-Control-Allow-Origin" in line for line in check(url)] == [True]
    desk.context.unroute_all()
    desk.context.route(
        "**/v1/sites/**",
        lambda route: route.fulfill(status=502, body="Bad gateway", headers={"Access-Control-Allow-Origin": "*"}),
    )
    assert [line.split()[-1] for line in check(url)] == ["502"]


def test_a_key_of_its_own_and_a_closed_page_are_said_and_no_fault(
    demo: Demo, host: Host, desk: Page, check: Check
) -> None:
    command(demo, "site", "close", "demo", "post-17")
    assert check(host.page("/own/", tag(demo.service, attributes=' page="post-17"'))) == []
    quiet = desk.locator("#check-found li.quiet").all_inner_texts()
    assert ["post-17" in quiet[0], "takes no more comments" in quiet[1]] == [True, True]


def test_a_desk_at_another_address_than_the_services_own_says_so(demo: Demo, host: Host, browse: Browse) -> None:
    other = demo.service.replace("localhost", "127.0.0.1")
    page = browse()
    page.goto(f"{other}/desk/")
    page.get_by_label("Email").fill(demo.email)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#password")).to_have_count(0)
    page.goto(f"{other}/desk/demo/check?url={host.origin}/well/")
    expect(page.locator("#check-found li.bad")).to_contain_text(demo.service)
    expect(page.get_by_text(f"The service was asked for {other.removeprefix('http://')}")).to_be_visible()


def test_what_an_article_says_of_itself_is_text(demo: Demo, host: Host, desk: Page, check: Check) -> None:
    said = "{kind: 'reply:check', src: '<img src=x onerror=alert(1)>', elements: {}, comments: null, blocked: [{}]}"
    host.pages["/liar.js"] = Answer(f"opener.postMessage({said}, '*')")
    amiss = check(host.page("/liar/", '<script src="/liar.js"></script>'))
    assert "<img src=x" in amiss[0]
    expect(desk.locator("#check-found img")).to_have_count(0)
