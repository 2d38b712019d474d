"""The log as a file: what the filter shows, safe to open, and cut with a clear mark."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from moderation import lifecycle
from moderation.extensions import db
from moderation.models import Event, Moderator, Site, now
from moderation.review import log, log_export
from moderation.review.log import Question
from moderation.review.owner_forms import LogForm
from tests.factories import Make
from tests.review.browser import Browser
from tests.review.test_boundaries import snapshot


@pytest.fixture
def owner(app: Flask, make: Make, site: Site) -> Moderator:
    """The owner, and a log of some entries."""
    owner = make.moderator("owner@example.org", role="owner", sites=[site], name="=Olga")
    comments = [make.comment(site) for _ in range(6)]
    with app.app_context():
        ids = [comment.id for comment in comments]
        lifecycle.decide(ids, "spam", at=now(), moderator=owner, within=[site.id], note='=HYPERLINK("x";"y")')
        batch = lifecycle.decide(ids[:2], "approved", at=now(), moderator=owner, within=[site.id]).batch
        lifecycle.undo(batch, at=now(), moderator=owner, within=[site.id])
    make.decide(comments[5], "trash")
    return owner


@pytest.fixture
def desk(app: Flask, owner: Moderator) -> Browser:
    browser = Browser(app)
    browser.enter("owner@example.org")
    browser.get("/desk/demo/log")
    return browser


def of_csv(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def of_json(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]


FILTERS: list[dict[str, str]] = [
    {},
    {"policy": "yes"},
    {"what": "spam"},
    {"what": "undone"},
    {"who": "author"},
    {"who": "command"},
    {"what": "moderator."},
    {"since": "2026-01-01", "until": "2026-01-02"},
]


@pytest.mark.parametrize("asked", FILTERS, ids=str)
def test_a_file_has_what_the_filter_shows(app: Flask, site: Site, desk: Browser, asked: dict[str, str]) -> None:
    with app.test_request_context():
        page = log.page(LogForm(MultiDict(asked)).question(site))
        assert page.next is None
        wanted = [(entry.kind, entry.comment_id) for line in page.lines for entry in line]
    as_json = of_json(desk.post("/desk/demo/log/export", format="jsonl", **asked))
    assert [(row["kind"], row["comment_id"]) for row in as_json] == wanted
    as_csv = of_csv(desk.post("/desk/demo/log/export", format="csv", **asked))
    rest = [row for row in as_csv if row["kind"] != "log.exported"]
    assert [(row["kind"], row["comment_id"]) for row in rest] == [(kind, str(number or "")) for kind, number in wanted]


def test_a_file_tells_the_whole_of_an_entry(desk: Browser, owner: Moderator, site: Site) -> None:
    answer = desk.post("/desk/demo/log/export", format="jsonl")
    assert answer.mimetype == "application/x-ndjson"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="log-demo-')
    assert answer.headers["Cache-Control"] == "no-store"
    rows = of_json(answer)
    assert rows[0]["kind"] == "withdrawn.trash"
    spam = next(row for row in rows if row["kind"] == "decided.spam")
    assert spam["who"] == "=Olga"
    assert spam["moderator_id"] == owner.id
    assert spam["note"] == '=HYPERLINK("x";"y")'
    assert spam["said"] == f"=Olga marked comment {spam['comment_id']} as spam"
    assert [row["undo"] for row in rows].count(True) == 2
    assert [row["taken_back"] for row in rows].count(True) == 2


def test_a_spreadsheet_runs_nothing_of_what_stands_in_a_file(desk: Browser) -> None:
    raw = desk.post("/desk/demo/log/export", format="csv").get_data().decode("utf-8")
    assert raw.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(raw.lstrip("\ufeff"), newline="")))
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    assert any(cell == '\'=HYPERLINK("x";"y")' for row in rows for cell in row)


@given(st.text(max_size=30))
def test_no_cell_begins_a_formula_and_none_loses_a_letter(words: str) -> None:
    cell = log_export.safe(words)
    assert not cell.lstrip(" \u00a0\u3000").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert cell in {words, f"'{words}"}


def test_that_it_was_taken_is_written_down_with_the_filter(app: Flask, site: Site, desk: Browser) -> None:
    desk.post("/desk/demo/log/export", format="csv", what="spam", policy="yes")
    with app.app_context():
        rows = db.session.scalars(select(Event).where(Event.kind == "log.exported")).all()
        assert [(row.site_id, row.detail) for row in rows] == [
            (site.id, {"filter": {"what": "spam", "policy": "yes", "format": "csv"}})
        ]
    assert "exported this log" in desk.get("/desk/demo/log").text


@pytest.mark.parametrize(
    ("form", "field"), [({}, "format"), ({"format": "xlsx"}, "format"), ({"format": "csv", "since": "x"}, "since")]
)
def test_a_file_that_cannot_be_made_is_none_and_is_not_written_down(
    app: Flask, desk: Browser, form: dict[str, str], field: str
) -> None:
    before = snapshot(app)
    answer = desk.client.post(
        "/desk/demo/log/export", data={"csrf_token": desk.token, **form}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]
    assert snapshot(app) == before


@pytest.mark.parametrize("most", [0, 1, 5, 1000])
def test_a_file_that_was_cut_says_so_in_its_last_line(app: Flask, site: Site, owner: Moderator, most: int) -> None:
    with app.test_request_context():
        question = Question(site.id, policy=True)
        wanted = len(list(log.walk(question)))
        rows = [json.loads(line) for line in "".join(log_export.lines(question, "jsonl", most)).splitlines()]
        cells = list(csv.reader(io.StringIO("".join(log_export.lines(question, "csv", most)), newline="")))
        full = list(csv.reader(io.StringIO("".join(log_export.lines(question, "csv", wanted)), newline="")))
    assert len(full) == wanted + 1, "exactly so many are not cut"
    if most < wanted:
        assert rows[-1] == {"cut": True, "rows": most}
        assert cells[-1][1] == "cut"
        assert f"Cut after {most} entries" in cells[-1][-1]
    assert len(rows) == len(cells) - 1 == min(most + 1, wanted)


def test_a_long_file_is_read_and_sent_in_parts(
    app: Flask, site: Site, owner: Moderator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.test_request_context():
        whole = "".join(log_export.lines(Question(site.id, policy=True), "jsonl"))
        monkeypatch.setattr(log_export, "_PART", 3)
        monkeypatch.setattr(log, "_FIRST", 2)
        monkeypatch.setattr(log, "_MOST", 4)
        parts = list(log_export.lines(Question(site.id, policy=True), "jsonl"))
    assert "".join(parts) == whole
    assert len(parts) > 4
    assert all(part.count("\n") <= 3 for part in parts)
