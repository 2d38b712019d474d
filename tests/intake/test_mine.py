"""The private page: an author sees what became of a comment, edits it, and takes it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from moderation import lifecycle, private_link
from moderation.extensions import db
from moderation.intake import mine_views
from moderation.models import Comment, CommentVersion, Decision, Site, Status, now
from moderation.settings import current
from tests.factories import ORIGIN, Make
from tests.intake.test_hosted import value
from tests.reader import PAGE, Reader
from tests.thorough import examples

# What the filter does not object to is published by itself.
OPEN: dict[str, Any] = {"hold_everything": False, "approve_below": 0.9}
SPAM = "Buy cheap viagra casino pills https://a.example https://b.example https://c.example best price online now"


class Author:
    """Somebody who sent a comment and has its private link."""

    def __init__(self, app: Flask, make: Make, **rules: Any) -> None:
        self.app, self.make = app, make
        self.site = make.site(**rules)
        self.client: FlaskClient = app.test_client()
        answer = Reader(app).post(page=f"{ORIGIN}{PAGE}", comment="I ride the N1 home.").get_json()
        self.path = answer["manage_url"].removeprefix("http://comments.example")
        self.comment = make.load(Comment(id=answer["id"]))

    def now(self) -> Comment:
        self.comment = self.make.load(self.comment)
        return self.comment

    def page(self) -> str:
        return self.client.get(self.path).text

    def json(self) -> dict[str, Any]:
        answer = self.client.get(f"/v1{self.path}", headers={"Origin": ORIGIN})
        assert answer.status_code == 200
        return dict(answer.get_json())

    def edit(self, text: str, **fields: str) -> TestResponse:
        fields = {"seen": str(self.now().version), **fields}
        return self.client.post(f"{self.path}/edit", data={"comment": text, **fields})

    def withdraw(self) -> TestResponse:
        return self.client.post(f"{self.path}/withdraw")

    def versions(self) -> list[tuple[str, int | None]]:
        with self.app.app_context():
            query = select(CommentVersion.source, CommentVersion.moderator_id).order_by(CommentVersion.number)
            return [(row.source, row.moderator_id) for row in db.session.execute(query)]

    def ago(self, **ages: Any) -> None:
        """Let what was decided be as long ago."""
        with self.app.app_context():
            db.session.execute(update(Decision).values(created_at=now() - timedelta(**ages)))
            db.session.commit()


@pytest.fixture
def author(app: Flask, make: Make) -> Author:
    """Somebody whose comment waits."""
    return Author(app, make)


@pytest.fixture
def published(app: Flask, make: Make) -> Author:
    """Somebody whose comment was published at once."""
    return Author(app, make, **OPEN)


def test_the_page_shows_the_comment_as_it_is_and_leads_to_its_place(author: Author, make: Make) -> None:
    assert "Your comment is awaiting moderation." in author.page()
    assert "<p>I ride the N1 home.</p>" in author.page()
    assert f'href="{ORIGIN}{PAGE}"' in author.page()
    make.decide(author.comment, "approved")
    assert "Your comment is published." in author.page()
    assert f'href="{ORIGIN}{PAGE}#comment-{author.comment.id}"' in author.page()


def test_no_other_page_learns_the_address_and_nobody_keeps_the_answer(author: Author) -> None:
    for path in (author.path, f"{author.path}/withdraw", f"{author.path}x"):
        answer = author.client.post(path) if path.endswith("withdraw") else author.client.get(path)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    headers = author.client.get(author.path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; form-action 'self'")


@pytest.mark.parametrize(
    ("status", "told", "editable"),
    [
        ("pending", "pending", True),
        ("spam", "pending", True),
        ("approved", "approved", True),
        ("trash", "trash", False),
    ],
)
def test_programs_read_the_same_and_spam_reads_as_waiting(
    author: Author, make: Make, status: Status, told: str, editable: bool
) -> None:
    make.decide(author.comment, status)
    seen = author.json()
    assert (seen["id"], seen["status"], seen["editable"]) == (author.comment.id, told, editable)
    assert seen["html"] == author.comment.html
    assert seen["message"] in author.page()
    assert "spam" not in author.page()


def test_only_the_sites_pages_read_it_across_origins(author: Author) -> None:
    own = author.client.get(f"/v1{author.path}", headers={"Origin": ORIGIN})
    assert own.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert own.headers["Cache-Control"] == "no-store"
    other = author.client.get(f"/v1{author.path}", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
    assert author.client.get(f"/v1{author.path}x").status_code == 404


def test_a_waiting_comment_is_edited_and_goes_on_waiting(author: Author) -> None:
    answer = author.edit("I ride the **N2** home.")
    assert answer.status_code == 303
    comment = author.now()
    assert (comment.status, comment.source) == ("pending", "I ride the **N2** home.")
    assert comment.html == "<p>I ride the <strong>N2</strong> home.</p>"
    assert (comment.original, comment.edited_at) == (None, None), "nobody had read the former text"
    assert author.versions() == [("I ride the N1 home.", None), ("I ride the **N2** home.", None)]
    assert author.make.log(comment)[-1] == ("author", "pending", "pending")
    with author.app.app_context():
        note = db.session.scalars(select(Decision.note).order_by(Decision.id.desc()).limit(1)).one()
    assert note == "edited by its author"


def test_an_edit_is_judged_as_a_new_comment_is(author: Author) -> None:
    before = author.comment
    author.edit(SPAM)
    after = author.now()
    assert after.probability > before.probability
    assert after.verdict is not None
    assert after.verdict["status"] == "spam"
    assert after.text_key != before.text_key
    assert (after.ip, after.email_key, after.nonce) == (before.ip, before.email_key, before.nonce)


def test_a_published_comment_is_edited_for_a_while_and_readers_see_it(published: Author) -> None:
    version = published.make.page(published.site, PAGE).version
    assert "You can edit or withdraw it for 15 more minutes." in published.page()
    assert published.edit("I ride the N2 home.").status_code == 303
    comment = published.now()
    assert comment.status == "approved"
    assert comment.edited_at is not None
    page = published.make.page(published.site, PAGE)
    assert page.version == version + 1
    assert (page.approved, page.pending) == (1, 0)


def test_nobody_swaps_a_published_comment_for_spam(published: Author) -> None:
    version = published.make.page(published.site, PAGE).version
    published.edit(SPAM)
    assert published.now().status == "pending"
    assert published.make.log(published.comment)[-1] == ("author", "approved", "pending")
    page = published.make.page(published.site, PAGE)
    assert page.version == version + 1
    assert (page.approved, page.pending) == (0, 1)
    assert published.make.counts(published.site)["pending"] == 1
    public = published.client.get("/v1/sites/demo/comments", query_string={"page": PAGE})
    assert public.get_json()["comments"] == []
    assert "Your comment is awaiting moderation." in published.page()


def test_where_everything_is_held_an_edit_of_what_was_approved_waits(author: Author, make: Make) -> None:
    make.decide(author.comment, "approved", make.moderator())
    author.edit("I ride the N2 home.")
    assert author.now().status == "pending"


def test_what_a_moderator_had_put_right_waits_once_its_author_changes_it_again(published: Author, make: Make) -> None:
    make.edit(published.comment, "I ride home.", make.moderator())
    published.edit("I ride the N2 home.")
    comment = published.now()
    assert (comment.status, comment.source, comment.original) == ("pending", "I ride the N2 home.", None)


def test_what_a_moderator_put_right_and_took_back_is_again_its_authors_own(published: Author, make: Make) -> None:
    moderator = make.moderator()
    published.edit("I ride the N2 home.")
    make.edit(published.comment, "I ride home.", moderator)
    with published.app.app_context():
        lifecycle.undo_edit(published.comment.id, 3, at=now(), moderator=moderator, within=[published.site.id])
    assert (published.now().source, published.comment.original) == ("I ride the N2 home.", None)
    published.edit("I ride the N3 home.")
    assert published.now().status == "approved"


@pytest.mark.parametrize(
    ("minutes", "age", "may"),
    [(15, timedelta(minutes=14), True), (15, timedelta(minutes=16), False), (0, timedelta(0), False)],
)
def test_after_so_many_minutes_nothing_is_changed_and_the_words_are_given_back(
    app: Flask, make: Make, minutes: int, age: timedelta, may: bool
) -> None:
    author = Author(app, make, **OPEN, edit_minutes=minutes)
    author.ago(seconds=age.total_seconds())
    assert author.json()["editable"] is may
    assert ("Edit this comment" in author.page()) is may
    answer = author.edit("A better word")
    assert answer.status_code == (303 if may else 409)
    assert may or "A better word" in answer.text
    answer = author.withdraw()
    assert answer.status_code == (303 if may else 409)
    assert author.now().status == ("trash" if may else "approved")


def test_to_confirm_an_approval_gives_no_more_time(published: Author, make: Make) -> None:
    published.ago(minutes=16)
    make.decide(published.comment, "approved", make.moderator())
    assert not published.json()["editable"]


def test_an_approval_later_gives_its_own_time(author: Author, make: Make) -> None:
    author.ago(days=3)
    make.decide(author.comment, "approved")
    assert author.json()["editable"]


def test_a_published_comment_is_withdrawn_and_gone_for_readers(published: Author) -> None:
    assert published.withdraw().status_code == 303
    assert published.now().status == "trash"
    assert published.make.page(published.site, PAGE).approved == 0
    assert "withdrawn or not published" in published.page()
    assert published.withdraw().status_code == 303, "a double click is no error"
    assert published.edit("Too late").status_code == 409
    assert published.make.log(published.comment)[-1] == ("author", "approved", "trash")


def test_nothing_is_changed_by_looking(author: Author) -> None:
    for path in ("edit", "withdraw"):
        assert author.client.get(f"{author.path}/{path}").status_code == 405
    assert author.now().version == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x" * 10_001, "This is 10001 characters long; at most 10000 fit. Please shorten it."),
        ("<b>" * 201, "There are 201 pieces of markup in this; at most 200 are taken. Please use fewer."),
        (" \n", "Please type your comment."),
    ],
)
def test_a_text_that_cannot_be_taken_stays_in_the_form_with_the_reason(
    author: Author, text: str, sentence: str
) -> None:
    answer = author.edit(text)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert value(answer.text, "comment") == text
    assert author.now().source == "I ride the N1 home."


def test_a_preview_changes_nothing_and_keeps_the_words(author: Author) -> None:
    answer = author.edit("A *new* word", preview="1")
    assert answer.status_code == 200
    assert "<p>A <em>new</em> word</p>" in answer.text
    assert value(answer.text, "comment") == "A *new* word"
    assert author.now().version == 1


def test_the_same_text_again_is_no_edit(author: Author) -> None:
    assert author.edit("I ride the N1 home.").status_code == 303
    assert author.now().version == 1
    assert author.versions() == []


def test_who_was_overtaken_keeps_the_words_and_can_save_them_then(author: Author, make: Make) -> None:
    make.edit(author.comment, "Put otherwise.", make.moderator())
    answer = author.edit("My own word", seen="1")
    assert answer.status_code == 409
    assert "<p>Put otherwise.</p>" in answer.text
    assert value(answer.text, "comment") == "My own word"
    assert author.now().source == "Put otherwise."
    again = author.edit(value(answer.text, "comment"), seen=value(answer.text, "seen"))
    assert again.status_code == 303
    assert author.now().source == "My own word"


@pytest.mark.parametrize("seen", ["", "0", "-1", "x", "9" * 40, "\u0663"])
def test_a_form_that_was_tampered_with_changes_nothing(author: Author, seen: str) -> None:
    assert author.edit("Other", seen=seen).status_code == 409
    assert author.now().version == 1


def test_a_moderator_who_read_the_former_text_does_not_publish_the_new_one(author: Author, make: Make) -> None:
    author.edit("Something else entirely")
    with author.app.app_context():
        outcome = lifecycle.decide(
            [author.comment.id],
            "approved",
            at=now(),
            moderator=make.moderator(),
            within=[author.site.id],
            seen={author.comment.id: 1},
        )
    assert outcome.conflicts == [author.comment.id]


def test_edits_are_limited_as_previews_are(make: Make, app_with: Callable[..., Flask]) -> None:
    author = Author(app_with(refused_limit=2), make)
    answers = [author.edit(f"Text {number}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert value(answers[-1].text, "comment") == "Text 2"


def test_an_author_cannot_use_up_the_versions_that_moderators_need(
    author: Author, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.lifecycle.edits.MOST_BY_AUTHOR", 2)
    assert author.edit("Once").status_code == 303
    assert author.edit("Twice").status_code == 409
    assert make.edit(author.now(), "By a moderator", make.moderator()) == 3


def test_the_page_speaks_urdu_all_the_way(author: Author) -> None:
    answer = author.client.post(f"{author.path}/edit?lang=ur", data={"comment": "", "seen": "1"})
    assert 'lang="ur"' in answer.text
    assert "lang=ur" in answer.text.split("<form")[1]


@examples(25)
@given(st.text(max_size=200))
def test_whatever_is_typed_is_stored_as_a_preview_shows_it_or_comes_back(app: Flask, make: Make, text: str) -> None:
    site = make.site(f"s{now().timestamp()}".replace(".", ""))
    comment = make.comment(site, "First")
    with app.app_context():
        path = private_link.link(current(), db.session.get_one(Site, site.id), comment)
    path = path.removeprefix("http://comments.example")
    client = app.test_client()
    shown = client.post(f"{path}/edit", data={"comment": text, "seen": "1", "preview": "1"})
    saved = client.post(f"{path}/edit", data={"comment": text, "seen": "1"})
    if saved.status_code == 303:
        assert make.load(comment).html in shown.text
    else:
        assert (shown.status_code, saved.status_code) == (422, 422)
        assert make.load(comment).source == "First"


def test_a_link_that_is_too_old_gives_the_typed_words_back(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    later = now() + timedelta(days=91)
    monkeypatch.setattr(mine_views, "now", lambda: later)
    answer = author.client.post(
        f"{author.path}/edit", data={"comment": "An hour of typing", "seen": "1"}, headers={"Accept": "text/html"}
    )
    assert answer.status_code == 404
    assert "An hour of typing" in answer.text
