"""The sites that the benches measure are sites as the service itself would have made them."""

from __future__ import annotations

from collections import Counter

from flask import Flask
from sqlalchemy import select

from bench.fill import fill, pour, thread_page
from moderation.extensions import db
from moderation.models import STATUSES, Comment, Page, Site
from tests.factories import Make


def test_filled_comments_are_counted_and_served(app: Flask, make: Make) -> None:
    site_id = make.site().id
    with app.app_context():
        site = db.session.get_one(Site, site_id)
        fill(site, 40)
        thread_page(site, "/read/", 12, replies=2)
        pour(site, 30, on_page=10)
        kept = {
            status: getattr(db.session.get_one(Site, site_id, populate_existing=True), status) for status in STATUSES
        }
        there = Counter(db.session.scalars(select(Comment.status)))
        assert kept == {status: there[status] for status in STATUSES}
        assert there.total() == 82
        for page in db.session.scalars(select(Page)):
            on_page = Counter(db.session.scalars(select(Comment.status).where(Comment.page_id == page.id)))
            assert {status: getattr(page, status) for status in STATUSES} == {each: on_page[each] for each in STATUSES}
    page = app.test_client().get("/v1/sites/demo/comments?page=/read/").get_json()
    assert page["page"]["count"] == len(page["comments"]) == 12
    poured = app.test_client().get("/v1/sites/demo/comments?page=/poured/0/").get_json()
    assert poured["page"]["count"] == len(poured["comments"]) == 10
