"""Other people's pages, each as docs/hosts.md says to build it, on an origin of their own: comments are shown and sent."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from sqlalchemy import select

from moderation.app import create_app
from moderation.extensions import db
from moderation.models import Comment, Site
from moderation.settings import Settings
from tests.browser.conftest import Demo
from tests.browser.hosts import Answer, Host, command, tag
from tests.factories import Make

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
# The production files of React 18.3.1 as the npm registry has them, unchanged, with their licence beside them.
REACT = Path(__file__).parent / "react"


@dataclass(frozen=True, slots=True)
class Place:
    """A web site that the demo's service knows, and what to put comments there with."""

    demo: Demo
    host: Host
    make: Make
    site: Site

    def comment(self, path: str, words: str, parent: Comment | None = None) -> Comment:
        """An approved comment on a page."""
        url = self.host.origin + path
        return self.make.comment(self.site, words, status="approved", page=path, page_url=url, parent=parent)

    def received(self, words: str) -> Comment:
        """The one comment with these words, as it came in."""
        with self.make.app.app_context():
            return db.session.scalars(select(Comment).where(Comment.source == words)).one()


@pytest.fixture(scope="module")
def place(demo: Demo) -> Iterator[Place]:
    """A web site of its own beside the demo's."""
    host = Host()
    command(demo, "site", "set", "demo", f"origin+={host.origin}")
    folder = demo.folder / "var" / "demo"
    key = (folder / "secret.key").read_text()
    app = create_app(Settings(database_url=f"sqlite:///{folder}/moderation.db", secret_key=key))
    with app.app_context():
        site = db.session.scalars(select(Site).where(Site.key == "demo")).one()
    yield Place(demo, host, Make(app), site)
    host.close()


def send(page: Page | FrameLocator, words: str) -> None:
    """Fill in the form and send it, with the embed or without."""
    page.get_by_role("textbox", name="Comment").fill(words)
    page.get_by_role("textbox", name="Name").fill("Tove Lind")
    page.get_by_role("textbox", name="Email").fill("tove@example.org")
    page.get_by_role("button", name="Post Comment").click()
    expect(page.get_by_text("Your comment is awaiting moderation.")).to_be_visible()


def complaints(page: Page) -> list[str]:
    """What the browser complains of from now on."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda fault: heard.append(str(fault)))
    return heard


def shown(page: Page) -> list[str]:
    """The texts that the embed shows, once it shows any."""
    expect(page.locator("[part~=comment]").first).to_be_visible()
    return page.locator("[part~=comment] [part~=body]").all_inner_texts()


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/plain/", ""),
        ("/strict/", "default-src 'none'; script-src {0}; connect-src {0}"),
    ],
)
def test_plain_html_and_a_strict_policy(place: Place, browse: Browse, path: str, policy: str) -> None:
    words = f"Sent from {path}"
    place.comment(path, "Here before.")
    headers = {"Content_Security_Policy": policy.format(place.demo.service)} if policy else {}
    page = browse()
    heard = complaints(page)
    page.goto(place.host.page(path, tag(place.demo.service), **headers))
    assert shown(page) == ["Here before."]
    send(page, words)
    assert place.received(words).page_url == place.host.origin + path
    assert not [line for line in heard if "favicon" not in line and "404" not in line], heard


def published(place: Place, path: str, folder: Path) -> str:
    """The comments as a static site's build finds them."""
    command(place.demo, "publish", "--site", "demo", str(folder), "--format", "html")
    name: str = json.loads((folder / "index.json").read_text())["pages"][path]["html"]
    return (folder / name).read_text()


def included(place: Place, path: str, _folder: Path) -> str:
    """The comments as a host's server gets them while it makes the page."""
    with urllib.request.urlopen(f"{place.demo.service}/sites/demo/thread?page={path}", timeout=60) as answer:
        text: str = answer.read().decode()
    return text


@pytest.mark.parametrize("baked", [published, included])
def test_comments_that_stand_in_the_page_are_read_without_scripts_and_are_live_with_them(
    place: Place, browse: Browse, tmp_path: Path, baked: Callable[[Place, str, Path], str]
) -> None:
    path = f"/{baked.__name__}/"
    first = place.comment(path, "A first word.")
    answer = place.comment(path, "And an answer.", parent=first)
    url = place.host.page(path, tag(place.demo.service, baked(place, path, tmp_path / "out")))

    plain = browse(java_script_enabled=False)
    plain.goto(f"{url}#comment-{answer.id}")
    expect(plain.locator(f"#comment-{first.id} ~ ol > li > #comment-{answer.id}")).to_contain_text("And an answer.")
    expect(plain.locator(f"article:target#comment-{answer.id}")).to_be_visible()
    expect(plain.get_by_role("heading", name="2 comments")).to_be_visible()
    plain.get_by_role("link", name="Leave a Reply", exact=True).click()
    send(plain, f"Without scripts from {path}")
    plain.get_by_role("link", name="Back to the article").click()
    assert plain.url.split("#")[0] == url

    place.comment(path, "Said after the build.")
    live = browse()
    live.goto(f"{url}#comment-{answer.id}")
    assert shown(live) == ["A first word.", "And an answer.", "Said after the build."]
    expect(live.locator("section.leave-a-reply")).not_to_be_visible()
    expect(live.locator(f"[part~=comment]#comment-{answer.id}")).to_be_focused()
    send(live, f"With scripts from {path}")


APP = """
const { createElement: h, useState, StrictMode } = React;
function Comments({ page }) { return h("leave-a-reply", { key: page, page, lang: "en" }); }
function App() {
  const [page, turn] = useState("/react/one/");
  return h("div", null,
    h("button", { onClick: () => turn(page === "/react/one/" ? "/react/two/" : "/react/one/") }, "Turn the page"),
    h("button", { onClick: () => turn(page ? null : "/react/one/") }, "Open or shut"),
    page && h(Comments, { page }));
}
ReactDOM.createRoot(document.getElementById("app")).render(h(StrictMode, null, h(App)));
"""


def test_a_react_page_mounts_turns_and_mounts_again(place: Place, browse: Browse) -> None:
    place.comment("/react/one/", "On the first page.")
    place.comment("/react/two/", "On the second page.")
    for name in ("react.production.min.js", "react-dom.production.min.js"):
        place.host.pages[f"/{name}"] = Answer((REACT / name).read_text())
    place.host.pages["/app.js"] = Answer(APP)
    scripts = "".join(
        f'<script src="/{name}"></script>'
        for name in ("react.production.min.js", "react-dom.production.min.js", "app.js")
    )
    script = tag(place.demo.service).partition("\n")[0]
    page = browse()
    heard = complaints(page)
    page.goto(place.host.page("/react/", f'{script}<div id="app"></div>{scripts}'))
    assert shown(page) == ["On the first page."]
    page.get_by_role("button", name="Turn the page").click()
    expect(page.get_by_text("On the second page.")).to_be_visible()
    assert shown(page) == ["On the second page."]
    shut = page.get_by_role("button", name="Open or shut")
    shut.click()
    expect(page.locator("leave-a-reply")).to_have_count(0)
    shut.click()
    expect(page.get_by_text("On the first page.")).to_be_visible()
    send(page, "Sent from a page of React's.")
    with place.make.app.app_context():
        assert db.session.get_one(Comment, place.received("Sent from a page of React's.").id) is not None
    assert not [line for line in heard if "favicon" not in line and "404" not in line], heard


def test_a_page_without_any_script_has_comments_in_a_frame_and_a_form_behind_a_link(
    place: Place, browse: Browse
) -> None:
    place.comment("/still/", "Read in a frame.")
    service, url = place.demo.service, f"{place.host.origin}/still/"
    frame = f'<iframe src="{service}/sites/demo/thread?page={url}&framed=1" title="Comments" width="100%" height="600"></iframe>'
    link = f'<a href="{service}/sites/demo/reply?page={url}">Write a comment</a>'
    page = browse()
    heard = complaints(page)
    policy = f"default-src 'none'; script-src 'none'; frame-src {service}"
    page.goto(place.host.page("/still/", f"{frame}{link}", Content_Security_Policy=policy))
    assert "<script" not in page.content()
    expect(page.frame_locator("iframe").get_by_text("Read in a frame.")).to_be_visible()
    data = page.frame_locator("iframe").locator("script[type='application/ld+json']").text_content()
    assert json.loads(data or "")["comment"][0]["text"] == "Read in a frame."
    page.get_by_role("link", name="Write a comment").click()
    send(page, "Sent from a page without scripts.")
    page.get_by_role("link", name="Back to the article").click()
    assert page.url.split("#")[0] == url
    page.frame_locator("iframe").get_by_role("link", name=re.compile("^Leave a Reply to")).click()
    expect(page.get_by_role("textbox", name="Comment")).to_be_visible()
    assert page.url.startswith(f"{service}/sites/demo/reply")
    assert not [line for line in heard if "favicon" not in line and "404" not in line], heard


def test_a_plain_form_of_the_sites_own_posts_and_leads_back(place: Place, browse: Browse) -> None:
    service, url = place.demo.service, f"{place.host.origin}/own-form/"
    with urllib.request.urlopen(f"{service}/v1/sites/demo/form?page=/own-form/", timeout=60) as answer:
        token = json.load(answer)["token"]
    fields = "".join(f'<label>{name} <input name="{name}"></label>' for name in ("comment", "author", "email"))
    hidden = f'<input type="hidden" name="page" value="{url}"><input type="hidden" name="token" value="{token}">'
    body = (
        f'<form method="post" action="{service}/v1/sites/demo/comments">{hidden}{fields}<button>Post it</button></form>'
    )
    page = browse(java_script_enabled=False)
    page.goto(place.host.page("/own-form/", body))
    for name, value in (("comment", "Sent by my own form."), ("author", "Tove"), ("email", "tove@example.org")):
        page.get_by_label(name).fill(value)
    page.get_by_role("button", name="Post it").click()
    page.wait_for_url(re.compile("own-form|/sites/demo/"))
    assert place.received("Sent by my own form.").author == "Tove"
