"""The replay's answer is that of judging every comment anew: on real comments, by policies and lists of every kind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from moderation.database import writing
from moderation.extensions import db
from moderation.models import Comment, Moderator, Site, now
from moderation.models.lists import store
from moderation.review import replay
from moderation.review.replay import Preview, preview
from moderation.spam import Facts, Policy, Score, Submission, Tally, judge, score, submission_of
from moderation.spam.entries import ListName
from moderation.spam.lists import read
from moderation.spam.matching import Matcher, facts_of
from moderation.spam.view import view_of
from moderation.text.sanitize import sanitize
from tests.conftest import SHARED
from tests.factories import Make
from tests.reader import Reader
from tests.thorough import examples

CORPUS = SHARED / "spam" / "dev"
EVERY = 80
OPEN = Policy(hold_everything=False)
LISTS: dict[ListName, str] = {
    "block": "word:subscribe\nhttp # whoever links\ndomain:youtube.com",
    "hold": "word:the\n判\nemail:*@gmail.com",
    "allow": "ip:9.9.0.0/16\ndomain:blogspot.com",
}


class Real(NamedTuple):
    """A comment of the corpus as it is stored, and what a moderator says of it."""

    submission: Submission
    spam: bool
    address: str


@cache
def corpus() -> list[Real]:
    """Some comments of every source."""
    if not CORPUS.is_dir():
        pytest.skip(f"NOT REPLAYED: there are no labelled comments in {CORPUS}")
    found = []
    for path in sorted(CORPUS.glob("*.jsonl")):
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            if at % EVERY == 0:
                record = json.loads(line)
                record = {
                    **record,
                    "text": sanitize(record["text"]).source,
                    "email": record.get("email") or "a@gmail.com",
                }
                address = f"9.9.{at % 3}.{at % 7}" if at % 2 else "198.51.100.1"
                found.append(Real(submission_of(record), record["label"] == "spam", address))
    return found


@pytest.fixture
def moderator(make: Make) -> Moderator:
    return make.moderator()


def stored(make: Make, site: Site, moderator: Moderator, real: Real, **columns: Any) -> Comment:
    """A real comment that came in and was decided on."""
    sent = real.submission
    comment = make.comment(
        site, sent.text, author=sent.author or "–", email=sent.email, url=sent.url or None, ip=real.address, **columns
    )
    make.decide(comment, "spam" if real.spam else "approved", moderator)
    return comment


@pytest.fixture
def comments(make: Make, site: Site, moderator: Moderator) -> dict[int, Real]:
    """The corpus on the site `demo`, decided on; by number."""
    return {
        stored(make, site, moderator, real).id: real._replace(
            submission=Submission(
                real.submission.author or "–", real.submission.email, real.submission.url, real.submission.text
            )
        )
        for real in corpus()
    }


def matchers(texts: dict[ListName, str]) -> dict[ListName, Matcher]:
    return {name: Matcher([line.entry for line in read(text, name)[0] if line.entry]) for name, text in texts.items()}


def put(app: Flask, site: Site, texts: dict[ListName, str]) -> None:
    with app.app_context(), writing() as session:
        for name, text in texts.items():
            store(session, site.id, name, read(text, name)[0])


@cache
def scored(submission: Submission) -> Score:
    return score(submission)


def by_hand(real: Real, policy: Policy, lists: dict[ListName, Matcher]) -> str:
    """What one comment gets when it is scored and judged anew, on its own."""
    view = view_of(real.submission)
    facts = facts_of(lists, real.submission, view, address=real.address, verified=Tally(), on=now().date())
    return judge(scored(real.submission), policy, facts).status


def ask(app: Flask, site: Site, proposed: Policy, **more: Any) -> Preview:
    with app.app_context():
        return preview(site, proposed, days=30, at=now(), **more)


def listed(found: Preview) -> dict[int, tuple[str, str]]:
    return {each.id: (each.before, each.after) for group in found.replay.changes.values() for each in group}


def check(found: Preview, comments: dict[int, Real], judged: Callable[[Real], tuple[str, str]]) -> None:
    """Every change that is due and no other, and every comment counted once."""
    due = {number: judged(real) for number, real in comments.items()}
    assert listed(found) == {number: both for number, both in due.items() if both[0] != both[1]}
    assert len(found.decided) == len(comments)
    for at, counts in enumerate((found.replay.before, found.replay.after)):
        told = {(spam, status): n for spam, by_status in counts.items() for status, n in by_status.items() if n}
        assert told == Counter((comments[number].spam, both[at]) for number, both in due.items())
    assert {case.id for group in found.groups for case in group.cases} <= listed(found).keys()
    assert sum(group.total for group in found.groups) == found.replay.changed


def test_the_answer_is_that_of_judging_each_comment_anew(
    app: Flask, make: Make, site: Site, comments: dict[int, Real]
) -> None:
    proposals = [
        Policy(),
        OPEN,
        Policy(hold_everything=False, spam_above=0.8, hold_above=0.8),
        Policy(hold_everything=False, approve_below=0.3),
        Policy(hold_everything=False, approve_below=0.0, hold_above=0.2, spam_above=0.999),
        Policy(hold_everything=False, hold_links=1),
        Policy(hold_everything=False, hold_first=1),
    ]
    changes = 0
    for proposed in proposals:
        found = ask(app, site, proposed)
        check(found, comments, lambda real, to=proposed: (by_hand(real, Policy(), {}), by_hand(real, to, {})))  # type: ignore[misc]
        changes += found.replay.changed
    assert changes > 50, "this has something to say"


chances = st.floats(0, 1)


@examples(25)
@given(data=st.data())
def test_whatever_the_rules_are(app: Flask, make: Make, data: st.DataObject) -> None:
    site, comments = _once(app, make)
    low, middle, high = sorted(data.draw(st.tuples(chances, chances, chances)))
    proposed = Policy(
        hold_everything=data.draw(st.booleans()),
        approve_below=low if low < high else 0.0,
        hold_above=middle,
        spam_above=high if low < high else 1.0,
        hold_links=data.draw(st.integers(0, 3)),
        hold_first=data.draw(st.integers(0, 1)),
    )
    check(ask(app, site, proposed), comments, lambda real: (by_hand(real, OPEN, {}), by_hand(real, proposed, {})))


def _once(app: Flask, make: Make) -> tuple[Site, dict[int, Real]]:
    """A site with a part of the corpus, made with the first example and there for the others."""
    with app.app_context():
        site = db.session.scalars(select(Site).where(Site.key == "kept")).one_or_none()
        numbers = list(db.session.scalars(select(Comment.id).order_by(Comment.id)))
    some = [real._replace(submission=_named(real)) for real in corpus()[::3]]
    if site is None:
        site, moderator = make.site("kept", hold_everything=False), make.moderator("kept@example.org")
        numbers = [stored(make, site, moderator, real).id for real in some]
    return site, dict(zip(numbers, some, strict=True))


def _named(real: Real) -> Submission:
    sent = real.submission
    return Submission(sent.author or "–", sent.email, sent.url, sent.text)


@pytest.mark.parametrize("name", ["block", "hold", "allow"])
def test_a_changed_list_does_in_the_preview_what_it_does_to_each_comment(
    app: Flask, make: Make, moderator: Moderator, name: ListName
) -> None:
    site = make.site("listed", hold_everything=False)
    some = [real._replace(submission=_named(real)) for real in corpus()[::2]]
    comments = {stored(make, site, moderator, real).id: real for real in some}
    others = {key: text for key, text in LISTS.items() if key != name}
    put(app, site, others)
    before, after = matchers(others), matchers(LISTS)
    found = ask(app, site, OPEN, changed_lists={name: after[name]})
    check(found, comments, lambda real: (by_hand(real, OPEN, before), by_hand(real, OPEN, after)))
    if name != "allow":
        assert found.replay.changed >= 5


def test_what_the_preview_of_a_list_says_is_what_intake_does(app: Flask, make: Make, moderator: Moderator) -> None:
    rules: dict[str, Any] = {"hold_everything": False, "approve_below": 0.9998, "hold_above": 0.9999, "spam_above": 1.0}
    site = make.site("demo", **rules)
    texts = ["The bus was late.", "A c a s i n o on the corner.", "See https://shop.example/x for it.", "A kind word."]
    numbers = {}
    for text in texts:
        answer = Reader(app).post(comment=text)
        assert answer.status_code == 201
        numbers[text] = answer.get_json()["id"]
        make.decide(make.load(Comment(id=numbers[text])), "approved", moderator)
    proposed: dict[ListName, str] = {"block": "word:casino", "hold": "domain:shop.example"}
    with app.app_context():
        found = preview(site, site.policy, days=7, at=now(), changed_lists=matchers(proposed))
    put(app, site, proposed)
    real = {}
    for text in texts:
        answer = Reader(app, page="/2026/10/again/").post(comment=text)
        real[numbers[text]] = make.load(Comment(id=answer.get_json()["id"])).status
    said = dict.fromkeys(numbers.values(), "approved") | {
        number: after for number, (_before, after) in listed(found).items()
    }
    assert said == real
    assert sorted(real.values()) == ["approved", "approved", "pending", "spam"]


def test_a_comment_is_judged_as_its_author_sent_it(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    edited = make.comment(site, "Nothing to see.", original="The casino is open.")
    make.decide(edited, "approved", moderator)
    found = ask(app, site, Policy(), changed_lists=matchers({"block": "word:casino"}))
    assert listed(found) == {edited.id: ("pending", "spam")}


def test_only_a_moderators_standing_word_counts(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    make.comment(site)
    make.comment(site, status="approved")
    for status in ("trash", "pending"):
        make.decide(make.comment(site, status="spam"), status, moderator)
    make.comment(site, staff=moderator)
    other = make.site("other")
    make.decide(make.comment(other), "spam", moderator)
    changed_mind = make.comment(site)
    make.decide(changed_mind, "approved", moderator)
    make.decide(changed_mind, "spam", moderator)
    found = ask(app, site, OPEN)
    assert [(one.id, one.spam) for one in found.decided] == [(changed_mind.id, True)]


def test_the_facts_of_when_it_came_in_count(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    def known(facts: Facts) -> Comment:
        verdict = judge(score(Submission("Amina", "a@example.org", "", "Hm.")), Policy(), facts)
        comment = make.comment(site, "Hm.", probability=0.5, verdict=verdict.to_dict())
        make.decide(comment, "approved", moderator)
        return comment

    regular, trusted = known(Facts(verified=Tally(approved=2))), known(Facts(trusted=True))
    known(Facts())
    known(Facts(trusted=True, verified=Tally(spam=1)))
    found = ask(app, site, Policy(hold_everything=False, approve_below=0.0))
    assert listed(found) == {one.id: ("pending", "approved") for one in (regular, trusted)}


def test_older_decisions_are_left_out(app: Flask, make: Make, site: Site, moderator: Moderator) -> None:
    comment = make.comment(site, at=now() - timedelta(days=200))
    make.decide(comment, "approved", moderator)
    with app.app_context():
        for days, later, due in ((7, 6, 1), (7, 8, 0), (30, 29, 1), (30, 31, 0), (90, 89, 1), (90, 91, 0)):
            found = preview(site, OPEN, days=days, at=now() + timedelta(days=later))
            assert len(found.decided) == due


def test_the_last_decided_come_first_and_a_cut_is_said(
    app: Flask, make: Make, site: Site, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    comments = [make.comment(site) for _ in range(4)]
    for comment in reversed(comments):
        make.decide(comment, "approved", moderator)
    monkeypatch.setattr(replay, "MOST", 3)
    found = ask(app, site, OPEN)
    assert (found.cut, {one.id for one in found.decided}) == (True, {comment.id for comment in comments[:3]})
    monkeypatch.setattr(replay, "MOST", 4)
    assert not ask(app, site, OPEN).cut
    monkeypatch.setattr(replay, "SCAN", 2)
    found = ask(app, site, OPEN)
    assert (found.cut, {one.id for one in found.decided}) == (True, {comment.id for comment in comments[:2]})


def test_a_long_group_names_some_and_counts_the_rest(
    app: Flask, make: Make, site: Site, moderator: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: Sequence[int] = [make.comment(site, probability=0.02 + at / 1000).id for at in range(5)]
    for number in numbers:
        make.decide(Comment(id=number, site_id=site.id), "approved", moderator)
    monkeypatch.setattr(replay, "SHOWN", 2)
    (group,) = ask(app, site, OPEN).groups
    assert (group.change, group.total, group.more) == ("ham_published", 5, 3)
    assert [case.id for case in group.cases] == [numbers[4], numbers[3]], "where the filter errs most, first"
