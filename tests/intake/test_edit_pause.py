"""Between two edits of one comment its author waits as between two comments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from moderation.intake import judging, mine_views
from moderation.intake.judging import Judged
from moderation.models import now
from tests.factories import Make
from tests.intake.test_hosted import value
from tests.intake.test_mine import Author


@pytest.fixture
def author(app_with: Callable[..., Flask], make: Make) -> Author:
    """Somebody whose comment waits, where 15 seconds lie between two comments."""
    return Author(app_with(flood_seconds=15), make)


def test_a_slip_is_put_right_at_once_and_the_next_edit_waits_with_its_words_kept(author: Author) -> None:
    assert author.edit("I ride the N2 home.").status_code == 303, "a comment that has just been sent is no edit"
    answer = author.edit("I ride the N3 home.")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 15
    assert "too quickly. Please wait" in answer.text
    assert value(answer.text, "comment") == "I ride the N3 home."
    assert value(answer.text, "seen") == str(author.now().version)
    assert author.now().source == "I ride the N2 home."
    assert len(author.make.log(author.comment)) == 2
    author.ago(seconds=16)
    assert author.edit(value(answer.text, "comment")).status_code == 303
    assert author.now().source == "I ride the N3 home."


def test_of_twenty_edits_in_a_row_one_is_judged_and_stands_in_the_log(author: Author) -> None:
    codes = [author.edit(f"Text {number}").status_code for number in range(20)]
    assert codes == [303] + [429] * 19
    assert author.make.log(author.comment)[1:] == [("author", "pending", "pending")]


def test_who_guesses_the_version_that_another_edit_is_about_to_make_waits_too(
    author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = judging.judged

    def judged_while_another_is_stored(*given: Any) -> Judged:
        monkeypatch.setattr(judging, "judged", judged)
        assert author.edit("I ride the N2 home.").status_code == 303
        return judged(*given)

    monkeypatch.setattr(judging, "judged", judged_while_another_is_stored)
    assert author.edit("I ride the N3 home.", seen=str(author.now().version + 1)).status_code == 429
    assert author.now().source == "I ride the N2 home."


def test_what_is_wrong_with_the_text_is_told_before_the_wait(author: Author) -> None:
    author.edit("I ride the N2 home.")
    answer = author.edit(" \n")
    assert answer.status_code == 422
    assert "Please type your comment." in answer.text
    assert author.edit("x" * 10_001).status_code == 422


def test_a_double_click_is_no_second_edit(author: Author) -> None:
    first = author.now().version
    for _click in range(2):
        assert author.edit("I ride the N2 home.", seen=str(first)).status_code == 303
    assert len(author.versions()) == 2


def test_looking_at_a_preview_and_taking_back_do_not_wait(author: Author) -> None:
    author.edit("I ride the N2 home.")
    assert author.edit("I ride the N3 home.", preview="1").status_code == 200
    assert author.withdraw().status_code == 303


def test_a_moderators_edit_and_another_comments_do_not_make_an_author_wait(author: Author, make: Make) -> None:
    make.edit(author.comment, "I ride home.", make.moderator())
    make.decide(author.comment, "approved", make.moderator("second@example.org"))
    other = make.comment(author.site, "Another")
    make.decide(other, "pending")
    assert author.edit("I ride the N2 home.").status_code == 303


def test_a_clock_set_back_locks_no_author_out(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    assert author.edit("I ride the N2 home.").status_code == 303
    monkeypatch.setattr(mine_views, "now", lambda: now() - timedelta(hours=2))
    assert author.edit("I ride the N3 home.").status_code == 303


def test_where_nobody_waits_between_comments_nobody_waits_between_edits(app: Flask, make: Make) -> None:
    author = Author(app, make)
    assert [author.edit(f"Text {number}").status_code for number in range(3)] == [303] * 3
