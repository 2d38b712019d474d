"""The embed on pages of other people's: several elements, apps, any language tag, and a service that fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Demo
from tests.browser.pages import ELEMENT, LONG, TAG, plant, serve, watch

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]


def test_a_page_in_another_language_costs_one_small_question_more_or_none_if_the_tag_names_it(
    demo: Demo, browse: Browse
) -> None:
    page = browse()
    asked = watch(page, demo)
    address = serve(page, demo, "/fr/", ELEMENT, lang="fr")
    page.goto(address + "#respond")
    expect(page.get_by_role("heading", name="Aucun commentaire")).to_be_visible()
    expect(page.get_by_role("button", name="Laisser un commentaire")).to_be_visible()
    assert asked.count("/embed/fr.json") == 1
    asked.clear()
    second = serve(page, demo, "/fr/2/", ELEMENT, lang="fr", head=TAG.replace("embed.js", "embed.js?lang=fr"))
    page.goto(second)
    expect(page.get_by_role("heading", name="Aucun commentaire")).to_be_visible()
    assert "/embed/fr.json" not in asked


def test_several_elements_on_one_page_each_show_their_own(demo: Demo, browse: Browse) -> None:
    plant(demo, "/one/", [None])
    plant(demo, "/two/", [None, None])
    page = browse()
    page.goto(
        serve(
            page,
            demo,
            "/both/",
            '<leave-a-reply page="/one/"></leave-a-reply><leave-a-reply page="/two/"></leave-a-reply>',
        )
    )
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    page.locator("leave-a-reply").nth(1).scroll_into_view_if_needed()
    expect(page.get_by_role("heading", name="2 comments")).to_be_visible()


def test_apps_that_change_pages_without_loading_them_are_followed(demo: Demo, browse: Browse) -> None:
    plant(demo, "/app/a/", [None])
    plant(demo, "/app/b/", [None, None, None])
    page = browse()
    page.goto(serve(page, demo, "/app/a/", ELEMENT))
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    page.evaluate("history.pushState({}, '', '/app/b/')")
    expect(page.get_by_role("heading", name="3 comments")).to_be_visible()
    page.evaluate("history.back()")
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    page.evaluate("document.querySelector('leave-a-reply').setAttribute('page', '/app/b/')")
    expect(page.get_by_role("heading", name="3 comments")).to_be_visible()
    # Taken out, put back, and taken out for good: nothing is left running.
    page.evaluate(
        "window.element = document.querySelector('leave-a-reply'); element.remove(); document.body.append(element)"
    )
    expect(page.get_by_role("heading", name="3 comments")).to_be_visible()
    asked = watch(page, demo)
    page.evaluate("element.remove(); history.pushState({}, '', '/app/c/')")
    page.wait_for_timeout(200)
    assert asked == []


def test_numbers_of_comments_come_in_one_question(demo: Demo, browse: Browse) -> None:
    plant(demo, "/n/1/", [None])
    plant(demo, "/n/3/", [None] * 3)
    page = browse()
    asked = watch(page, demo)
    counts = "".join(f'<a href="#"><reply-count page="/n/{n}/">Comments</reply-count></a> ' for n in (0, 1, 3, 3))
    page.goto(serve(page, demo, "/list/", counts))
    expect(page.locator("reply-count")).to_have_text(["No comments yet", "1 comment", "3 comments", "3 comments"])
    assert asked.count("/v1/sites/demo/counts") == 1


def test_what_stands_in_the_element_is_shown_until_the_comments_are_there_and_when_they_do_not_come(
    demo: Demo, browse: Browse
) -> None:
    page = browse()
    address = serve(page, demo, "/baked/", "<leave-a-reply><p>Baked in at build.</p></leave-a-reply>")
    page.route("**/v1/sites/demo/comments?*", lambda route: route.abort())
    page.goto(address)
    expect(page.get_by_text("The comments cannot be loaded.")).to_be_visible()
    expect(page.get_by_text("Baked in at build.")).to_be_visible()
    page.unroute("**/v1/sites/demo/comments?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="No comments yet")).to_be_visible()
    expect(page.get_by_text("Baked in at build.")).to_be_hidden()
    expect(page.get_by_role("button", name="Post Comment")).to_be_visible()


@pytest.mark.parametrize("fault", ["down", "error", "not json", "offline"])
def test_when_the_service_fails_the_article_is_untouched_and_one_line_says_so(
    demo: Demo, browse: Browse, fault: str
) -> None:
    page = browse()
    address = serve(page, demo, "/fails/", "<p id=text>The article.</p>" + ELEMENT)
    answers: dict[str, Callable[[Route], None]] = {
        "down": lambda route: route.abort("connectionrefused"),
        "error": lambda route: route.fulfill(status=500, body='{"detail": "broken"}'),
        "not json": lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"),
        "offline": lambda route: route.abort("internetdisconnected"),
    }
    page.route("**/v1/**", answers[fault])
    page.goto(address)
    expect(page.get_by_text("The comments cannot be loaded.")).to_be_visible()
    expect(page.locator("#text")).to_have_text("The article.")
    page.unroute("**/v1/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="No comments yet")).to_be_visible()


def test_blocked_by_an_ad_blocker_the_page_keeps_its_own_link(demo: Demo, browse: Browse) -> None:
    page = browse()
    link = f'<leave-a-reply><a href="{demo.service}/sites/demo/reply?page=/blocked/">Comments</a></leave-a-reply>'
    address = serve(page, demo, "/blocked/", link)
    page.route("**/embed.js", lambda route: route.abort("blockedbyclient"))
    page.goto(address)
    expect(page.get_by_role("link", name="Comments")).to_be_visible()


@pytest.mark.parametrize("lang", ["zh-cmn-Hans-CN", "fr-x", "pt-BR ", "de_DE", "en-GB-oed", "x", ""])
def test_whatever_language_tag_a_page_has_its_comments_are_shown(demo: Demo, browse: Browse, lang: str) -> None:
    page = browse()
    path = f"/tag/{len(lang)}{lang[:1]}/"
    plant(demo, path, [None, None])
    page.goto(serve(page, demo, path, ELEMENT + "<reply-count></reply-count>", lang=lang))
    expect(page.locator("[part~=comment]")).to_have_count(2)
    expect(page.locator("reply-count")).to_contain_text("2")


def test_words_that_cannot_be_had_are_those_of_the_script(demo: Demo, browse: Browse) -> None:
    page = browse()
    address = serve(page, demo, "/nowords/", ELEMENT, lang="fr")
    page.route("**/embed/fr.json", lambda route: route.fulfill(status=503, body='{"title": "Unavailable"}'))
    page.goto(address)
    expect(page.get_by_role("heading", name="No comments yet")).to_be_visible()


def test_an_element_that_is_moved_about_shows_its_comments_once(demo: Demo, browse: Browse) -> None:
    plant(demo, "/moved/", [None, 0, 0])
    page = browse()
    page.goto(serve(page, demo, "/moved/", LONG + LONG + ELEMENT))
    page.evaluate(
        "() => { const element = document.querySelector('leave-a-reply');"
        " for (let n = 0; n < 3; n++) { element.remove(); document.querySelector('main').append(element); } }"
    )
    asked = watch(page, demo)
    page.locator("leave-a-reply").scroll_into_view_if_needed()
    expect(page.locator("[part~=comment]")).to_have_count(3)
    page.wait_for_timeout(300)
    assert asked.count("/v1/sites/demo/comments") == 1
    expect(page.locator("[part~=comment]")).to_have_count(3)
