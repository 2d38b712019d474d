"""However much mail there is and however many comments, each step looks up the few rows that it needs."""

from __future__ import annotations

from datetime import timedelta

from moderation import lifecycle
from moderation.models import Site, now
from moderation.notify import digests, sending
from tests.factories import Make
from tests.notify.conftest import Post
from tests.plans import listening, walks


def test_no_step_of_mail_reads_a_table_from_end_to_end(made: Make, post: Post, site: Site) -> None:
    moderator = made.moderator()
    mine = made.comment(site, status="approved")
    reply = made.comment(site, parent=mine)
    made.comment(site)
    with listening(post.app) as said:
        post.subscribe(site, mine)
        with post.app.app_context():
            lifecycle.decide([reply.id], "approved", at=now(), moderator=moderator, within=[site.id])
            digests.begin(now())
        assert len(post.deliver(timedelta(minutes=1))) == 2
        post.server.letters.sort(key=lambda letter: letter["List-Unsubscribe"] or "")
        assert post.press(post.link("stop")) == 200
        with post.app.app_context():
            sending.tidy(now())
    assert walks(post.app, said) == []


def test_approving_asks_nothing_about_mail_where_there_are_no_replies_and_little_where_nobody_wants_it(
    made: Make, post: Post, site: Site
) -> None:
    moderator = made.moderator()
    first, parent = made.comment(site), made.comment(site, status="approved")
    reply = made.comment(site, parent=parent)
    found = []
    for comment in (first, reply):
        with listening(post.app) as said, post.app.app_context():
            lifecycle.decide([comment.id], "approved", at=now(), moderator=moderator, within=[site.id])
        found.append([statement for statement, _values in said if "subscription" in statement])
    assert [len(each) for each in found] == [0, 1]
