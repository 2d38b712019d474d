"""The log alone makes the learned state again."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text, update

from moderation.extensions import db
from moderation.learning import anew, counts, marks
from moderation.models import (
    TOTAL,
    Comment,
    CommentPrint,
    LearnedToken,
    Moderator,
)
from moderation.spam import Submission
from moderation.spam.prints import prints_of
from moderation.spam.tokens import tokens_of
from moderation.spam.view import view_of
from tests.factories import Make
from tests.learning.state import (
    counted,
    decide,
    is_true,
    learned,
    marked,
    relearn,
    some_comments,
)


@pytest.mark.parametrize(
    "damage",
    [
        update(LearnedToken).where(LearnedToken.token == "cheap").values(spam=9),
        delete(LearnedToken),
        delete(LearnedToken).where(LearnedToken.token == TOTAL),
        update(Comment).values(taught=None, standing=False, learned=False),
        update(Comment).values(learned=False),
        update(Comment).values(standing=True, learned=True),
        update(Comment).values(taught="ham"),
        update(LearnedToken).where(LearnedToken.token == TOTAL).values(made_with="0"),
    ],
    ids=["count", "all counts", "total", "words", "learned", "marks", "wrong words", "older version"],
)
@pytest.mark.usefixtures("small")
def test_the_log_alone_makes_the_state_again(app: Flask, make: Make, moderator: Moderator, damage: Any) -> None:
    site, other = make.site(), make.site("other")
    for number, comment_id in enumerate(some_comments(make, site)):
        decide(app, [comment_id], "spam" if number % 3 else "approved", moderator, site)
    make.decide(make.comment(other), "spam", moderator)
    good, untouched = (marked(app, site), counted(app, site)), counted(app, other)
    with app.app_context():
        db.session.execute(damage)
        db.session.commit()
    told = relearn(app, site)
    assert told.differed
    assert (marked(app, site), counted(app, site)) == good
    assert (told.total, told.tokens) == (good[1][TOTAL], len(good[1]) - 1)
    assert not relearn(app, site).differed
    relearn(app, other)
    assert counted(app, other) == untouched


def test_decisions_of_before_there_was_learning_are_learned_at_the_first_relearning(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site()
    comment = make.comment(site, "A long enough text about the night buses of this town, of which there are few.")
    make.decide(comment, "approved", moderator)
    was = counted(app, site)
    with app.app_context():
        db.session.execute(update(Comment).values(taught=None, standing=False, learned=False))
        db.session.execute(delete(LearnedToken))
        db.session.commit()
        assert [found.key for found in anew.stale_sites()] == ["demo"]
        anew.relearn(site)
        assert anew.stale_sites() == []
        prints = set(db.session.scalars(select(CommentPrint.print).where(CommentPrint.comment_id == comment.id)))
    assert counted(app, site) == was
    assert prints == prints_of(view_of(Submission(author="", email="", url="", text=comment.source)))


def test_a_site_on_which_no_moderator_decided_anything_has_nothing_to_learn_anew(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    quiet, said = make.site("quiet"), make.site("said")
    make.comment(quiet, status="spam")
    make.comment(quiet, staff=moderator)
    make.decide(make.comment(said), "approved", moderator)
    with app.app_context():
        assert anew.stale_sites() == []
        db.session.execute(update(Comment).values(taught=None, standing=False, learned=False))
        db.session.execute(delete(LearnedToken))
        db.session.commit()
        assert [site.key for site in anew.stale_sites()] == ["said"]
        db.session.add(LearnedToken(site_id=quiet.id, token=TOTAL, spam=1, ham=0, made_with="older"))
        db.session.commit()
        assert [site.key for site in anew.stale_sites()] == ["quiet", "said"]


def test_which_sites_have_something_to_learn_is_looked_up_by_indexes(app: Flask, make: Make) -> None:
    make.site()
    with app.app_context():
        words = anew._stale().compile(db.engine, compile_kwargs={"literal_binds": True})
        if db.engine.dialect.name == "sqlite":
            steps = [row.detail for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
            slow = [step for step in steps if step.startswith("SCAN") and not step.startswith("SCAN site")]
        else:
            # How it looks depends on how much there is; here it must look as it would among many.
            for way in ("seqscan", "bitmapscan", "sort"):
                db.session.execute(text(f"SET LOCAL enable_{way} = off"))
            steps = list(db.session.scalars(text(f"EXPLAIN {words}")))
            slow = [step for step in steps if "Seq Scan" in step]
    slow += [step for step in steps if "B-TREE" in step or "Sort" in step]
    assert slow == []
    assert any(name in step for step in steps for name in ("ix_decision_by_moderator", "ix_decision_log")), steps


def test_a_state_of_another_tokeniser_is_made_anew_before_a_word_is_taken_back(
    app: Flask, make: Make, moderator: Moderator
) -> None:
    site = make.site()
    kept, gone = make.comment(site, "cheap pills"), make.comment(site, "cheap bus")
    decide(app, [kept.id, gone.id], "spam", moderator, site)
    with app.app_context():
        db.session.execute(update(LearnedToken).values(token=func.replace(LearnedToken.token, "cheap", "older")))
        db.session.execute(update(LearnedToken).where(LearnedToken.token == TOTAL).values(made_with="0"))
        db.session.commit()
    decide(app, [gone.id], "trash", moderator, site)
    is_true(app, site)


def test_other_bounds_of_another_version_are_put_right_at_the_next_decision(
    app: Flask, make: Make, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make.site()
    ids = some_comments(make, site)
    decide(app, ids[:9], "spam", moderator, site)
    monkeypatch.setattr(marks, "AUTHOR_MOST", 1)
    monkeypatch.setattr(counts, "MADE_WITH", "2")
    decide(app, ids[9:], "spam", moderator, site)
    assert learned(app, site) == set(ids[6:])
    is_true(app, site)


# What is read


typed = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)


@given(author=typed, source=typed, title=typed, key=typed, agent=typed, honeypot=typed)
def test_what_is_not_stored_changes_no_token_and_no_fingerprint(
    author: str, source: str, title: str, key: str, agent: str, honeypot: str
) -> None:
    stored = counts.stored_submission(
        author=author, email="a@b.example", url=None, source=source, page_title=title, page_url=None
    )
    whole = Submission(
        author=author,
        email="a@b.example",
        url="",
        text=source,
        page_key=key,
        page_title=title,
        user_agent=agent,
        referrer=agent,
        seconds_to_fill=1.0,
        honeypot=honeypot,
        removed=("script",),
        has_parent=True,
        via="form",
        proof=True,
    )
    assert tokens_of(view_of(stored)) == tokens_of(view_of(whole))
    assert prints_of(view_of(stored)) == prints_of(view_of(whole))


def test_the_looks_at_the_border_of_a_large_site_use_the_indexes(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("how PostgreSQL looks depends on how much there is")
        given = {"site": 1, "label": "spam", "author": "x", "changes": 1}
        for whose in ("author", "nobody", "site"):
            for look in marks._looks(whose):
                words = look.words(db.engine.dialect)
                asked = f"EXPLAIN QUERY PLAN {words.text}", words.parameters(given)
                plan = str(db.session.connection().exec_driver_sql(*asked).all())
                assert ("ix_comment_learned" if whose == "site" else "ix_comment_standing") in plan
                assert "SCAN" not in plan
                assert "B-TREE" not in plan, "sorted"
