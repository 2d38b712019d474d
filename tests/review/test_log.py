"""The log: who did what, when, as the owner asks for it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text

from moderation import lifecycle
from moderation.database import writing
from moderation.extensions import db
from moderation.models import Comment, Decision, Event, Moderator, Site, now, record
from moderation.review import log, log_kinds
from moderation.review.log import Entry, Place, Question
from tests.factories import Make
from tests.review.browser import Browser
from tests.thorough import examples

START = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def owner(make: Make, site: Site) -> Moderator:
    return make.moderator("owner@example.org", role="owner", sites=[site], name="Olga")


@pytest.fixture
def desk(app: Flask, owner: Moderator) -> Browser:
    """The owner's browser."""
    browser = Browser(app)
    browser.enter("owner@example.org")
    return browser


def lines(page: str) -> list[str]:
    """The lines of the page as they are read."""
    found = re.findall(r'<li>\s*<time datetime[^>]*dir="ltr">(.*?)</li>', page, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", line)).split()) for line in found]


def write(app: Flask, site: Site | None, kind: str, owner: Moderator | None = None, **more: object) -> None:
    with app.app_context(), writing() as session:
        record(session, kind, moderator=owner, site_id=site.id if site else None, **more)  # type: ignore[arg-type]


def all_pages(question: Question) -> list[list[Entry]]:
    """The lines of all pages, one page after the other."""
    found: list[list[Entry]] = []
    while True:
        page = log.page(question)
        found += page.lines
        if page.next is None:
            return found
        question = replace(question, cursor=page.next)


def test_each_line_says_who_did_what_and_leads_to_the_comment(
    app: Flask, make: Make, site: Site, desk: Browser, owner: Moderator
) -> None:
    mo = make.moderator("mo@example.org", sites=[site], name="Mo <b>")
    comment = make.comment(site)
    with app.app_context():
        lifecycle.decide([comment.id], "pending", at=now(), moderator=owner, within=[site.id])
        lifecycle.decide([comment.id], "spam", at=now(), moderator=mo, within=[site.id], note="=same <i>flood</i>")
        batch = lifecycle.decide([comment.id], "trash", at=now(), moderator=owner, within=[site.id]).batch
        lifecycle.undo(batch, at=now(), moderator=mo, within=[site.id])
    page = desk.get("/desk/demo/log").text
    said = [line[6:] for line in lines(page)]
    assert said[3] == f"Olga confirmed that comment {comment.id} waits"
    assert said[0] == f"Mo <b> took a decision back: comment {comment.id} is spam again (undo)"
    assert said[1] == f"Olga put comment {comment.id} in the trash taken back since"
    assert said[2] == f"Mo <b> marked comment {comment.id} as spam =same <i>flood</i>"
    assert f'<a href="/desk/demo/comments/{comment.id}">{comment.id}</a>' in page
    assert "<i>flood" not in page
    assert not any("The policy" in line for line in said)
    assert any(
        f"The policy held comment {comment.id}" in line for line in lines(desk.get("/desk/demo/log?policy=yes").text)
    )


def test_a_reply_and_what_an_author_takes_back_stand_in_it(
    app: Flask, make: Make, site: Site, desk: Browser, owner: Moderator
) -> None:
    comment = make.comment(site, status="approved")
    reply = make.comment(site, parent=comment, staff=owner)
    make.decide(comment, "trash")
    said = "\n".join(lines(desk.get("/desk/demo/log").text))
    assert f"Olga replied as staff with comment {reply.id}" in said
    assert f"The author took comment {comment.id} back" in said
    assert len(lines(desk.get("/desk/demo/log?who=author").text)) == 2, "approved by the factory, as its author would"


def test_many_decisions_of_one_act_are_one_line_that_leads_to_each(
    app: Flask, make: Make, site: Site, desk: Browser, owner: Moderator
) -> None:
    comments = [make.comment(site) for _ in range(7)]
    with app.app_context():
        lifecycle.decide([each.id for each in comments], "spam", at=now(), moderator=owner, within=[site.id])
    page = desk.get("/desk/demo/log?what=spam").text
    assert [line[6:] for line in lines(page)] == ["Olga marked 7 comments as spam Show each"]
    link = re.search(r'href="(/desk/demo/log\?batch=[^"]+)"', page)
    assert link
    each = lines(desk.get(link[1]).text)
    assert len(each) == 7
    assert "marked comment" in each[0]
    assert lines(desk.get("/desk/demo/log?batch=nothing").text) == []


def test_what_concerns_other_sites_is_not_in_it(
    app: Flask, make: Make, site: Site, desk: Browser, owner: Moderator
) -> None:
    other = make.site("other")
    comment = make.comment(other)
    chief = make.moderator("chief@example.org", name="Chief")
    outcome = make.decide(comment, "spam", chief)
    write(app, other, "policy.changed", chief)
    write(app, None, "list.changed", chief, words="everywhere")
    said = "\n".join(lines(desk.get("/desk/demo/log?policy=yes").text))
    assert "everywhere" in said, "what concerns no single site concerns each"
    assert "changed the policy" not in said
    assert "comment" not in said
    assert lines(desk.get(f"/desk/demo/log?batch={outcome.batch}").text) == []


@pytest.mark.parametrize("kind", sorted({*log_kinds.KINDS, "never.heard", "of", "x" * 40}))
def test_every_kind_shows_sensibly_whatever_its_detail_is(
    app: Flask, make: Make, site: Site, desk: Browser, owner: Moderator, kind: str
) -> None:
    comment = make.comment(site)
    details: list[dict[str, object]] = [
        {},
        {"name": "N", "role": ["moderator", "owner"], "changes": {"spam_above": [0.97, 0.9]}},
        {"old": None, "new": [1, 2, 3], "who": "<script>", "id": "%(x)s", "kind": 5, "long": "y" * 5000},
        {"changes": ["a", "b", "c"], "spam_above": {"old": 1, "new": 2}, "deep": {"a": {"b": [1]}}},
    ]
    for detail in details:
        with app.app_context(), writing() as session:
            session.add(Event(kind=kind, site_id=site.id, moderator_id=owner.id, comment_id=comment.id, detail=detail))
    page = desk.get("/desk/demo/log")
    assert page.status_code == 200
    assert "<script>" not in page.text.partition("<main")[2]
    assert len(lines(page.text)) >= len(details)
    assert all(len(line) < 2500 for line in lines(page.text))
    if kind not in log_kinds.KINDS:
        assert f"Olga did: {kind}" in lines(page.text)[0]
        assert len(lines(desk.get("/desk/demo/log?what=other").text)) == len(details)
    if kind == "site.changed":
        assert "spam_above 0.97 → 0.9" in lines(page.text)[2]


def test_what_a_command_did_is_said_to_be_by_command(app: Flask, make: Make, site: Site, desk: Browser) -> None:
    write(app, site, "site.changed", None, changes={"name": ["Old", "New"]})
    said = lines(desk.get("/desk/demo/log?who=command&what=site.").text)
    assert [line[6:] for line in said] == ["Somebody by command changed the settings of the site Name Old → New"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("until=2026-02-30", "until"),
        ("since=2026-10-02&until=2026-10-01", "until"),
        ("since=9999-12-31", "since"),
        ("who=king", "who"),
        ("who=99999999999", "who"),
        ("what=nonsense", "what"),
    ],
)
def test_a_filter_that_cannot_be_read_says_which_field_and_what_would_do(desk: Browser, query: str, field: str) -> None:
    page = desk.get(f"/desk/demo/log?{query}")
    assert page.status_code == 422
    assert f'id="{field}-fault"' in page.text


@examples(40)
@given(
    query=st.dictionaries(
        st.sampled_from(["who", "what", "since", "until", "policy", "batch", "cursor"]),
        st.text(max_size=60),
        max_size=7,
    )
)
def test_nothing_that_is_asked_breaks_it(desk: Browser, query: dict[str, str]) -> None:
    assert desk.client.get("/desk/demo/log", query_string=query).status_code in {200, 400, 422}


@pytest.mark.parametrize("cursor", ["x", "1~d", "1~x1", "99999999999999999~d1", "1~d9999999999", "-1~e1", "٣~d1"])
def test_a_made_up_place_is_refused(desk: Browser, cursor: str) -> None:
    assert desk.get(f"/desk/demo/log?cursor={cursor}").status_code == 400


@pytest.fixture
def long(app: Flask, make: Make, site: Site, owner: Moderator) -> list[Moderator]:
    """A log of two moderators, authors, the policy, commands and batches, many of it in the same moment."""
    mo = make.moderator("mo@example.org", sites=[site], name="Mo")
    comments = [make.comment(site, at=START + timedelta(minutes=n // 3)) for n in range(12)]
    with app.app_context():
        for n, comment in enumerate(comments):
            at, who = START + timedelta(hours=n // 4), (owner, mo, None)[n % 3]
            done = lifecycle.decide([comment.id], "spam", at=at, moderator=who, within=[site.id])
            if who is not None and n % 2:
                lifecycle.undo(done.batch, at=at + timedelta(days=1), moderator=owner, within=[site.id])
        ids = [comment.id for comment in comments]
        lifecycle.decide(ids, "trash", at=START + timedelta(days=2), moderator=mo, within=[site.id])
        with writing() as session:
            for n, kind in enumerate(["policy.changed", "note.added", "list.changed", "odd.one"] * 3):
                who, at = (owner, mo, None)[n % 3], START + timedelta(hours=n // 4)
                record(session, kind, moderator=who, site_id=site.id if n % 4 else None, at=at)
    return [owner, mo]


def everything(site: Site) -> list[Entry]:
    """All rows, by a plain sort of both tables."""
    rows = [log._decision(row) for row in db.session.scalars(db.select(Decision).where(Decision.site_id == site.id))]
    rows += [log._event(row) for row in db.session.scalars(db.select(Event))]
    return sorted(rows, key=lambda entry: entry.place, reverse=True)


def test_its_pages_one_after_the_other_have_every_row_once_and_in_order(
    app: Flask, site: Site, long: list[Moderator], monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        wanted = everything(site)
        assert len(wanted) > 50
        for size in (1, 3, 50):
            for scan in (1, 7, 1000):
                monkeypatch.setattr(log, "PAGE", size)
                monkeypatch.setattr(log, "SCAN", scan)
                monkeypatch.setattr(log, "_FIRST", 2)
                found = all_pages(Question(site.id, policy=True))
                assert [entry for line in found for entry in line] == wanted, (size, scan)


WHOS = ["", "author", "command", "owner", "mo", "99"]


@examples(50)
@given(
    who=st.sampled_from(WHOS),
    what=st.sampled_from(["", *log_kinds.DECISIONS, "policy.", "note.", "list.", "moderator.", "other"]),
    policy=st.booleans(),
    since=st.none() | st.integers(0, 60).map(lambda hours: START + timedelta(hours=hours)),
    until=st.none() | st.integers(0, 60).map(lambda hours: START + timedelta(hours=hours)),
)
def test_a_filter_gives_what_a_plain_look_through_all_rows_gives(
    app: Flask,
    site: Site,
    long: list[Moderator],
    who: str,
    what: str,
    policy: bool,
    since: datetime | None,
    until: datetime | None,
) -> None:
    ids = {"owner": str(long[0].id), "mo": str(long[1].id)}
    question = Question(site.id, ids.get(who, who), what, policy, since, until)

    def wanted(entry: Entry) -> bool:
        area = entry.kind.partition(".")[0]
        if what in {"approved", "spam", "trash", "pending"}:
            right = area in {"decided", "confirmed"} and entry.to_status == what
        elif what == "other":
            right = entry.kind == "odd.one"
        else:
            right = not what or area == what.rstrip(".")
        by = {
            "": entry.actor != "policy" or policy or what == "arrived",
            "author": entry.actor == "author",
            "command": entry.actor == "event" and entry.moderator_id is None,
        }
        right = right and by.get(who, str(entry.moderator_id) == ids.get(who, who))
        return right and (not since or entry.at >= since) and (not until or entry.at < until)

    with app.app_context():
        expected = [entry for entry in everything(site) if wanted(entry)]
        assert [entry for line in all_pages(question) for entry in line] == expected


@contextmanager
def queries(app: Flask) -> Iterator[list[tuple[str, object]]]:
    """The statements that are sent meanwhile, with their values."""
    sent: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, values: object, *_more: object) -> None:
        sent.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "question",
    [
        Question(1),
        Question(1, policy=True),
        Question(1, who="1", what="spam"),
        Question(1, since=START, until=START + timedelta(days=400), cursor="1790812800000000~d9"),
        Question(1, cursor="1790812800000000~e9", policy=True),
    ],
    ids=str,
)
def test_no_page_reads_more_than_a_bounded_part_of_an_index(
    app: Flask, site: Site, long: list[Moderator], question: Question
) -> None:
    with app.app_context():
        postgres = db.engine.dialect.name == "postgresql"
        with queries(app) as sent:
            log.page(replace(question, site_id=site.id))
        walks = [each for each in sent if "LIMIT" in each[0]]
        assert 1 <= len(walks) <= 5
        for statement, values in walks:
            if postgres:
                # Small tables are read whole or sorted whatever the index; told not to, the plan is that of a large one.
                for way in ("seqscan", "bitmapscan", "sort"):
                    db.session.execute(text(f"SET LOCAL enable_{way} = off"))
            connection = db.session.connection()
            explain = "EXPLAIN " if postgres else "EXPLAIN QUERY PLAN "
            plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, values))  # type: ignore[arg-type]
            assert re.search("ix_decision_log|ix_event_of_(no_)?site", plan), plan
            assert "SCAN" not in plan, plan
            assert "Sort" not in plan, plan
            assert "TEMP B-TREE" not in plan, plan


def test_a_rare_filter_stops_and_says_that_there_is_more(
    app: Flask, make: Make, site: Site, desk: Browser, long: list[Moderator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "SCAN", 5)
    page = desk.get(f"/desk/demo/log?who={long[0].id}&what=replied").text
    assert "there are more" in page
    assert "Look further" in page
    with app.app_context():
        seen = list(log.walk(Question(site.id)))
        first = log.page(Question(site.id, what="other"))
        assert first.looked
        assert first.next is not None
        assert log.cursor_of(seen[4]) == log.page(Question(site.id, who="99")).next


def test_a_place_is_named_to_the_microsecond() -> None:
    at = datetime(2026, 10, 1, 12, 0, 0, 123457, tzinfo=UTC)
    entry = Entry(Place(at, 1, 7), "moderator", "decided.spam", 1, 1)
    assert log._place(log.cursor_of(entry)) == entry.place


def test_a_comment_that_is_gone_leaves_its_events_readable(
    app: Flask, make: Make, site: Site, desk: Browser, owner: Moderator
) -> None:
    comment: Comment = make.comment(site)
    write(app, site, "note.added", owner, comment_id=comment.id)
    with app.app_context(), writing() as session:
        session.execute(db.update(Event).values(comment_id=None))
    assert any("Olga left a note on comment –" in line for line in lines(desk.get("/desk/demo/log").text))
