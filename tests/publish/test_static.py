"""Approved comments as files: what a site's build finds, and what must be gone from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from flask import Flask

from moderation.publish import static, thread
from moderation.publish.comments import Query
from moderation.publish.folder import OWN, Folder, FolderError
from moderation.publish.static import Kind, Outcome
from tests.factories import ORIGIN, Make
from tests.publish.test_fragment import Outline

Publish = Callable[..., Outcome]
SECRETIVE = "quentin@private.example"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the files go."""
    return tmp_path / "out" / "comments"


@pytest.fixture
def publish(app: Flask, root: Path) -> Publish:
    """Publish the site `demo`."""

    def run(kinds: Sequence[Kind] = ("html", "json"), lang: str = "en", site: str = "demo") -> Outcome:
        with app.app_context():
            return static.publish(site, root, kinds=kinds, lang=lang)

    return run


def files(root: Path) -> dict[str, bytes]:
    """Every file with its bytes."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def index(root: Path) -> dict[str, dict[str, object]]:
    pages: dict[str, dict[str, object]] = json.loads((root / "index.json").read_bytes())["pages"]
    return pages


def test_a_page_becomes_two_files_and_a_line_of_the_index(app: Flask, make: Make, publish: Publish, root: Path) -> None:
    site = make.site()
    one = make.comment(
        site, status="approved", page="/2026/buses/", page_url=f"{ORIGIN}/2026/buses/", page_title="Buses"
    )
    make.comment(site, status="approved", page="/2026/buses/", parent=one)
    make.comment(site, status="approved", page="post-17")
    assert publish() == Outcome(pages=2, written=4)
    entry = index(root)["/2026/buses/"]
    assert {name: entry[name] for name in ("url", "title", "count", "html", "json")} == {
        "url": f"{ORIGIN}/2026/buses/",
        "title": "Buses",
        "count": 2,
        "html": "2026/buses/comments.html",
        "json": "2026/buses/comments.json",
    }
    assert entry["version"] == make.page(site, "/2026/buses/").version
    assert set(files(root)) == {
        OWN,
        "index.json",
        *(str(page[kind]) for page in index(root).values() for kind in ("html", "json")),
    }
    live = app.test_client()
    told = json.loads((root / "2026/buses/comments.json").read_bytes())
    assert told == live.get("/v1/sites/demo/comments?page=/2026/buses/").get_json()
    thread = live.get("/sites/demo/thread?page=/2026/buses/").text
    # The data for search engines is of one answer, and is written in braces, which generators take for their own.
    thread = re.sub(r'<script type="application/ld\+json">.*?</script>', "", thread)
    assert (root / "2026/buses/comments.html").read_text() == thread


@pytest.mark.parametrize(("most", "limit"), [(2000, 100), (2, 1), (3, 2)])
def test_every_comment_of_a_page_is_there_however_many_windows_it_takes(
    make: Make, publish: Publish, root: Path, monkeypatch: pytest.MonkeyPatch, most: int, limit: int
) -> None:
    monkeypatch.setattr(thread, "MOST_COMMENTS", most)
    monkeypatch.setattr(static, "_ALL", Query("oldest", limit, None))
    site = make.site()
    made = []
    for _ in range(3):
        made.append(make.comment(site, status="approved"))
        made += [make.comment(site, status="approved", parent=made[-1]) for _ in range(3)]
    publish()
    outline = Outline((root / "a/comments.html").read_text())
    assert list(outline.levels) == [f"comment-{comment.id}" for comment in made]
    assert "12 comments" in outline.words
    told = json.loads((root / "a/comments.json").read_bytes())
    assert [comment["id"] for comment in told["comments"]] == [comment.id for comment in made]
    assert (told["next"], told["page"]["count"]) == (None, 12)


def test_without_javascript_a_permalink_leads_to_its_comment(make: Make, publish: Publish, root: Path) -> None:
    site = make.site()
    comment = make.comment(site, status="approved", page_url=f"{ORIGIN}/a/")
    publish(["html"])
    outline = Outline((root / "a/comments.html").read_text())
    assert f"comment-{comment.id}" in outline.values("article", "id")
    assert f"{ORIGIN}/a/#comment-{comment.id}" in outline.values("a", "href")
    form = "http://comments.example/sites/demo/reply?page=%2Fa%2F&lang=en&page_url=https%3A%2F%2Fnews.example%2Fa%2F"
    assert f"{form}&parent_id={comment.id}" in outline.values("a", "href")


def test_nothing_but_approved_comments_and_nothing_about_people(make: Make, publish: Publish, root: Path) -> None:
    site, other = make.site(), make.site("other")
    make.comment(site, "Fit to print.", status="approved", email=SECRETIVE, ip="203.0.113.9")
    for status in ("pending", "spam", "trash"):
        make.comment(site, f"Never {status} here.", status=status, email=SECRETIVE)
        make.comment(site, f"Never {status} here.", status=status, page=f"/only-{status}/", page_title="Hidden title")
    make.comment(other, "Never elsewhere.", status="approved", page="/elsewhere/")
    publish()
    everything = b"".join(files(root).values()).decode()
    assert "Fit to print." in everything
    for secret in ("Never", SECRETIVE, "quentin", "203.0.113.9", "Hidden title", "/only-", "/elsewhere/"):
        assert secret not in everything


def test_a_comment_that_is_withdrawn_or_erased_is_gone_with_the_next_run(
    make: Make, publish: Publish, root: Path
) -> None:
    site = make.site()
    stays = make.comment(site, "The bus is late.", status="approved", page="/a/")
    goes = make.comment(site, "My name is on the door.", status="approved", page="/a/")
    alone = make.comment(site, "My name is on the door.", status="approved", page="/deep/down/here/")
    publish()
    make.decide(goes, "trash")
    make.decide(alone, "trash")
    assert publish() == Outcome(pages=1, written=2, unchanged=0, removed=2)
    assert b"on the door" not in b"".join(files(root).values())
    assert f"comment-{stays.id}" in (root / "a/comments.html").read_text()
    assert not (root / "deep").exists()
    assert list(index(root)) == ["/a/"]
    make.decide(stays, "trash")
    publish()
    assert set(files(root)) == {OWN, "index.json"}


def test_only_what_has_changed_is_touched(make: Make, publish: Publish, root: Path) -> None:
    site = make.site()
    make.comment(site, status="approved", page="/a/")
    make.comment(site, status="approved", page="/b/")
    publish()
    before = {name: (root / name).stat().st_mtime_ns for name in files(root)}
    assert publish() == Outcome(pages=2, unchanged=4)
    assert {name: (root / name).stat().st_mtime_ns for name in files(root) if name != OWN} == {
        name: at for name, at in before.items() if name != OWN
    }
    make.comment(site, status="approved", page="/b/")
    assert publish() == Outcome(pages=2, written=2, unchanged=2)
    assert (root / "a/comments.html").stat().st_mtime_ns == before["a/comments.html"]
    (root / "a/comments.html").unlink()
    assert publish() == Outcome(pages=2, written=1, unchanged=3)


def test_an_edited_comment_is_written_anew(make: Make, publish: Publish, root: Path) -> None:
    site = make.site()
    comment = make.comment(site, "Call me at home.", status="approved")
    publish()
    make.edit(comment, "Call me.", make.moderator(sites=[site]))
    assert publish() == Outcome(pages=1, written=2)
    assert b"at home" not in b"".join(files(root).values())


def test_pages_of_any_name_have_their_files_in_the_folder(make: Make, publish: Publish, root: Path) -> None:
    site = make.site()
    keys = [
        "/",
        "/A/",
        "/a/",
        "/a",
        "/a.html",
        "/a.html/b",
        "/../../x/",
        "اردو",
        "/con/",
        ".moderation-publish",
        "index",
    ]
    for key in keys:
        make.comment(site, f"On {key}", status="approved", page=key)
    assert publish(["html"]) == Outcome(pages=len(keys), written=len(keys))
    assert set(root.parent.rglob("*")) == {root, *root.rglob("*")}
    for key in keys:
        assert f"On {key}" in (root / str(index(root)[key]["html"])).read_text()
    assert publish(["html"]).unchanged == len(keys)


def test_other_words_or_another_template_write_the_files_anew(
    make: Make, publish: Publish, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.comment(make.site(), status="approved")
    publish(["html"])
    assert publish(["html"], lang="ur").written == 1
    assert 'dir="rtl"' in (root / "a/comments.html").read_text()
    publish(["html"])
    monkeypatch.setattr("moderation.publish.fragment.stream_template", lambda *_, **_more: iter(["Another template."]))
    assert publish(["html"]).written == 1


def test_the_kind_that_is_not_asked_for_any_more_goes(make: Make, publish: Publish, root: Path) -> None:
    make.comment(make.site(), status="approved")
    publish()
    assert publish(["html"]) == Outcome(pages=1, unchanged=1, removed=1)
    assert "json" not in index(root)["/a/"]
    assert not (root / "a/comments.json").exists()


def test_a_reader_cannot_speak_to_the_generator(make: Make, publish: Publish, root: Path) -> None:
    words = "{{ site.secret }} {% include secret %} {# x #} ${secret} #{secret}"
    make.comment(
        make.site(),
        f"{words} `{words}`",
        status="approved",
        author=words,
        url="https://x.example/{{y}}",
        page="/{{k}}/",
    )
    publish(["html"])
    [name] = [str(entry["html"]) for entry in index(root).values()]
    text = (root / name).read_text()
    assert not set(text) & set("{}")
    assert words in re.sub(r"\s+", " ", Outline(text).words)


def test_a_run_that_died_leaves_nothing_that_the_next_one_does_not_know(
    make: Make, publish: Publish, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make.site()
    first = make.comment(site, "Said and regretted.", status="approved", page="/a/")
    make.comment(site, status="approved", page="/b/")

    def dies(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("moderation.publish.folder.Folder.finish", dies)
        with pytest.raises(KeyboardInterrupt):
            publish()
    assert (root / "a/comments.html").exists()
    assert not (root / "index.json").exists()
    (root / "a/comments.html.part").write_text("half a file")
    with (root / OWN).open("a") as own:
        own.write('"/half')
    make.decide(first, "trash")
    assert publish() == Outcome(pages=1, unchanged=2, removed=2)
    assert not (root / "a").exists()
    assert (root / OWN).read_text() == "demo\n"


def test_somebody_elses_folder_is_left_alone(make: Make, publish: Publish, root: Path, tmp_path: Path) -> None:
    make.comment(make.site(), status="approved")
    make.site("other")
    root.mkdir(parents=True)
    (root / "mine.txt").write_text("mine")
    with pytest.raises(FolderError, match="is not empty"):
        publish()
    assert list(files(root)) == ["mine.txt"]
    (root / "mine.txt").unlink()
    publish()
    with pytest.raises(FolderError, match="site demo"):
        publish(site="other")
    (root / "mine.txt").write_text("mine")
    publish()
    assert (root / "mine.txt").exists()


def test_an_index_that_somebody_changed_leads_to_no_other_file(make: Make, publish: Publish, root: Path) -> None:
    site = make.site()
    make.comment(site, status="approved")
    publish()
    victim = root.parent / "victim.html"
    victim.write_text("mine")
    pages = {**index(root), "../victim": {"html": "../victim.html", "tag": 1}, "/../victim": {"html": str(victim)}}
    (root / "index.json").write_text(json.dumps({"site": "demo", "pages": pages}))
    publish()
    assert victim.exists()
    for broken in ("", "[]", '{"pages": []}', '{"pages": {"/a/": 1}}'):
        (root / "index.json").write_text(broken)
        with pytest.raises(FolderError, match="empty the folder"):
            publish()


def test_two_runs_do_not_mix(app: Flask, make: Make, publish: Publish, root: Path) -> None:
    make.comment(make.site(), status="approved")
    publish()
    with Folder.claimed(root, "demo"), pytest.raises(FolderError, match="at work"):
        publish()
