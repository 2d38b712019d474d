"""Paging through threads: each comment once, whatever the trees, the order, the limit, and what arrives meanwhile."""

import base64
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from moderation.extensions import db
from moderation.models import Comment, Page, Site, Status, now
from moderation.publish import thread
from moderation.publish.thread import BadCursor, Cursor
from tests.conftest import empty
from tests.thorough import examples

# For each comment: which earlier one it replies to (taken modulo their number; None: a new thread), and its status.
Tree = list[tuple[int | None, Status]]
trees: st.SearchStrategy[Tree] = st.lists(
    st.tuples(
        st.none() | st.integers(0, 40),
        st.sampled_from(["approved", "approved", "approved", "pending", "spam", "trash"]),
    ),
    max_size=25,
)


def replies(to: int, number: int) -> Tree:
    """Approved replies to one comment."""
    return [(to, "approved")] * number


class Garden:
    """One page with trees of comments, planted straight into the table because thousands of them are needed."""

    def __init__(self, app: Flask) -> None:
        empty(app)
        self.app = app
        self.client = app.test_client()
        self.planted: list[dict[str, Any]] = []
        with app.app_context():
            db.session.add(Site(id=1, key="demo", name="Demo", origins=["https://news.example"]))
            db.session.flush()
            db.session.add(Page(id=1, site_id=1, key="/a/", version=1))
            db.session.commit()

    def plant(self, tree: Sequence[tuple[int | None, Status]], html: str = "<p>x</p>") -> None:
        """Add comments behind those that stand already."""
        rows = []
        for parent, status in tree:
            number = len(self.planted) + 1
            above = self.planted[parent % len(self.planted)] if parent is not None and self.planted else None
            row = {
                "id": number,
                "site_id": 1,
                "page_id": 1,
                "parent_id": above["id"] if above else None,
                "thread_id": above["thread_id"] if above else number,
                "depth": above["depth"] + 1 if above else 1,
                "author": "A",
                "email": "a@example.org",
                "source": "x",
                "html": html,
                "sanitiser": "x",
                "status": status,
                "first_status": "pending",
                "version": 1,
                "text_key": "x",
                "created_at": now(),
            }
            self.planted.append(row)
            rows.append(row)
        if rows:
            with self.app.app_context():
                db.session.execute(insert(Comment), rows)
                db.session.commit()

    def visible(self) -> list[int]:
        """The ids that readers may see."""
        return [row["id"] for row in self.planted if row["status"] == "approved"]

    def page(self, **query: object) -> dict[str, Any]:
        """One answer."""
        answer = self.client.get("/v1/sites/demo/comments", query_string={"page": "/a/", **query})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.get_json()
        return body

    def walk(self, arriving: Sequence[Tree] = (), **query: object) -> list[dict[str, Any]]:
        """All answers from the first to the last, while trees arrive between them."""
        waiting = list(arriving)
        answers = [self.page(**query)]
        while answers[-1]["next"] is not None:
            if waiting:
                self.plant(waiting.pop(0))
            answers.append(self.page(**query, cursor=answers[-1]["next"]))
            assert len(answers) < 200
        return answers


def served(answers: list[dict[str, Any]]) -> list[int]:
    return [comment["id"] for answer in answers for comment in answer["comments"]]


@pytest.mark.parametrize("sort", ["oldest", "newest"])
@examples(25)
@given(tree=trees, limit=st.integers(1, 6), most=st.integers(1, 8), arriving=st.lists(trees, max_size=3))
def test_every_comment_comes_exactly_once_while_others_arrive(
    app: Flask, sort: str, tree: Tree, limit: int, most: int, arriving: list[Tree]
) -> None:
    garden = Garden(app)
    garden.plant(tree)
    before = set(garden.visible())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thread, "MOST_COMMENTS", most)
        answers = garden.walk(arriving, sort=sort, limit=limit)
    ids = served(answers)
    assert len(ids) == len(set(ids))
    assert before <= set(ids) <= set(garden.visible())
    assert all(len(answer["comments"]) <= most for answer in answers)


@pytest.mark.parametrize("sort", ["oldest", "newest"])
@examples(25)
@given(tree=trees, limit=st.integers(1, 6))
def test_threads_stand_in_order_and_parents_before_children(app: Flask, sort: str, tree: Tree, limit: int) -> None:
    garden = Garden(app)
    garden.plant(tree)
    answers = garden.walk(sort=sort, limit=limit)
    thread_of = {row["id"]: row["thread_id"] for row in garden.planted}
    threads = [thread_of[number] for number in served(answers)]
    assert threads == sorted(threads, reverse=sort == "newest")
    seen: set[int | None] = {None}
    for answer in answers:
        assert len({thread_of[comment["id"]] for comment in answer["comments"]}) <= limit
        for comment in answer["comments"]:
            assert comment["parent_id"] in seen
            seen.add(comment["id"])


def test_limit_counts_threads_and_replies_come_with_them(app: Flask) -> None:
    garden = Garden(app)
    garden.plant([(None, "approved"), (0, "approved"), (None, "approved"), (None, "approved"), (0, "approved")])
    first, second = garden.walk(limit=2)
    assert served([first]) == [1, 2, 5, 3]
    assert served([second]) == [4]
    newest = garden.walk(limit=2, sort="newest")
    assert [served([answer]) for answer in newest] == [[4, 3], [1, 2, 5]]


def test_a_thread_too_large_for_one_answer_goes_on_inside_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread, "MOST_COMMENTS", 3)
    garden = Garden(app)
    garden.plant([(None, "approved"), *replies(0, 7), (None, "approved")])
    assert [served([answer]) for answer in garden.walk()] == [[1, 2, 3], [4, 5, 6], [7, 8], [9]]
    assert [served([answer]) for answer in garden.walk(sort="newest")] == [[9], [1, 2, 3], [4, 5, 6], [7, 8]]


def test_a_reply_keeps_its_parent_when_that_stood_in_the_piece_before(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "MOST_COMMENTS", 2)
    garden = Garden(app)
    garden.plant([(None, "approved"), (0, "approved"), (1, "approved")])
    assert [comment["parent_id"] for answer in garden.walk() for comment in answer["comments"]] == [None, 1, 2]


def test_an_answer_is_bounded_in_its_length_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread, "MOST_CHARACTERS", 250)
    garden = Garden(app)
    garden.plant([(None, "approved"), (None, "approved"), *replies(1, 4), (None, "approved")], html="x" * 100)
    assert [served([answer]) for answer in garden.walk()] == [[1], [2, 3, 4], [5, 6], [7]]


def test_a_real_answer_holds_at_most_two_thousand_comments(app: Flask) -> None:
    garden = Garden(app)
    garden.plant([(None, "approved"), *replies(0, 2500)])
    answers = garden.walk()
    assert [len(answer["comments"]) for answer in answers] == [2000, 501]
    assert served(answers) == garden.visible()


def test_a_cursor_stays_good_when_the_thread_it_names_is_gone(app: Flask) -> None:
    garden = Garden(app)
    garden.plant([(None, "approved")] * 4)
    following = garden.page(limit=2)["next"]
    with app.app_context():
        db.session.query(Comment).filter(Comment.id == 2).update({"status": "trash"})
        db.session.commit()
    assert served([garden.page(limit=2, cursor=following)]) == [3, 4]


@given(st.text(max_size=40))
def test_no_text_breaks_the_cursor(text: str) -> None:
    try:
        cursor = Cursor.parse(text, "oldest")
    except BadCursor:
        return
    assert str(cursor) == text


@given(st.sampled_from(thread.SORTS), st.integers(1, 2**31 - 1), st.none() | st.integers(1, 2**31 - 1))
def test_a_cursor_reads_back_as_what_was_written(sort: thread.Sort, number: int, last: int | None) -> None:
    cursor = Cursor(sort, number, last)
    assert Cursor.parse(str(cursor), sort) == cursor


@pytest.mark.parametrize(
    "number", ["o2147483648", "o99999999999999999999", "o0", "o1.0", "o01", "x1", "o1.", "o1\n", ""]
)
def test_a_made_up_cursor_is_refused_by_name(app: Flask, number: str) -> None:
    garden = Garden(app)
    cursor = base64.urlsafe_b64encode(number.encode()).decode().rstrip("=")
    answer = garden.client.get("/v1/sites/demo/comments", query_string={"page": "/a/", "cursor": cursor})
    assert answer.status_code == 400
    assert list(answer.get_json()["errors"]) == ["cursor"]


@pytest.mark.parametrize("cursor", ["bzE", "bzE=", "bzF", "bzE\n"])
def test_one_place_has_one_cursor(cursor: str) -> None:
    if cursor == "bzE":
        assert Cursor.parse(cursor, "oldest") == Cursor("oldest", 1)
    else:
        with pytest.raises(BadCursor):
            Cursor.parse(cursor, "oldest")


def test_a_cursor_of_the_other_order_is_refused(app: Flask) -> None:
    garden = Garden(app)
    garden.plant([(None, "approved")] * 2)
    following = garden.page(limit=1, sort="newest")["next"]
    answer = garden.client.get("/v1/sites/demo/comments", query_string={"page": "/a/", "cursor": following})
    assert answer.status_code == 400


@pytest.mark.parametrize("sort", ["oldest", "newest"])
@examples(25)
@given(tree=trees, number=st.integers(1, 30), limit=st.integers(1, 5))
def test_behind_a_link_to_a_comment_its_thread_comes_first_and_those_after_it(
    app: Flask, sort: str, tree: Tree, number: int, limit: int
) -> None:
    garden = Garden(app)
    garden.plant(tree)
    thread_of = {row["id"]: row["thread_id"] for row in garden.planted}
    every = served([garden.page(sort=sort, limit=100)])
    threads = list(dict.fromkeys(thread_of[each] for each in every))
    first = threads.index(thread_of[number]) if number in every else 0
    expected = [each for each in every if thread_of[each] in threads[first : first + limit]]
    assert served([garden.page(sort=sort, limit=limit, around=number)]) == expected


@pytest.mark.parametrize("around", ["0", "-1", "x", "2147483648", "1.0", "١"])
def test_a_comment_number_that_cannot_be_is_refused_by_name(app: Flask, around: str) -> None:
    answer = Garden(app).client.get("/v1/sites/demo/comments", query_string={"page": "/a/", "around": around})
    assert answer.status_code == 400
    assert list(answer.get_json()["errors"]) == ["around"]


def test_a_place_in_the_list_is_given_by_cursor_or_by_comment_never_by_both(app: Flask) -> None:
    garden = Garden(app)
    garden.plant([(None, "approved")] * 3)
    cursor = garden.page(limit=1)["next"]
    answer = garden.client.get("/v1/sites/demo/comments", query_string={"page": "/a/", "around": 1, "cursor": cursor})
    assert answer.status_code == 400
