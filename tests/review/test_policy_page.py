"""The workshop of rules: tried by anybody at the desk, saved by owners, never over what somebody else saved."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from moderation.extensions import db
from moderation.models import Comment, Event, Job, Moderator, Site
from moderation.review.rules import RulesChanged, change_policy, digest_of
from moderation.spam import Policy, PolicyError
from moderation.spam.policy import SETTINGS
from tests.factories import Make
from tests.review.browser import Browser
from tests.thorough import examples

RULES = "/desk/demo/policy"


@pytest.fixture
def owner(app: Flask, make: Make, site: Site) -> Browser:
    """The browser of an owner."""
    make.moderator("owner@example.org", role="owner", name="Olga")
    browser = Browser(app)
    browser.enter("owner@example.org")
    return browser


@pytest.fixture
def moderator(make: Make) -> Moderator:
    return make.moderator("decides@example.org")


def rules(app: Flask) -> Policy:
    with app.app_context():
        return db.session.scalars(select(Site).where(Site.key == "demo")).one().policy


def events(app: Flask) -> list[tuple[str, dict[str, Any]]]:
    with app.app_context():
        rows = db.session.scalars(select(Event).where(Event.kind.not_like("moderator.%")).order_by(Event.id))
        return [(each.kind, each.detail) for each in rows]


def jobs(app: Flask) -> list[Job]:
    with app.app_context():
        return list(db.session.scalars(select(Job).order_by(Job.id)))


def seen(app: Flask) -> str:
    return digest_of(rules(app))


def decided(make: Make, site: Site, moderator: Moderator, status: Any, probability: float) -> Comment:
    comment = make.comment(site, f"Scored {probability}.", probability=probability, author=f"At {probability}")
    make.decide(comment, status, moderator)
    return comment


def test_which_comments_change_when_a_threshold_is_lowered(
    make: Make, site: Site, moderator: Moderator, browser: Browser
) -> None:
    comments = [decided(make, site, moderator, "spam", 0.80 + at / 1000) for at in range(30)]
    honest = decided(make, site, moderator, "approved", 0.85)
    decided(make, site, moderator, "spam", 0.79)
    decided(make, site, moderator, "approved", 0.1)
    page = browser.get(f"{RULES}?spam_above=0.8&hold_above=0.8&days=30")
    assert page.status_code == 200
    assert "31 comments would have gone another way" in page.text
    assert "1 legitimate comment would go among the spam" in page.text
    assert "30 more spam comments would be caught" in page.text
    linked = set(map(int, re.findall(r"/desk/demo/comments/(\d+)\"", page.text)))
    assert linked == {comment.id for comment in (*comments, honest)}, "each is one click away"
    assert page.text.index("would go among the spam") < page.text.index("would be caught"), "the worst first"


def test_the_curve_marks_both_thresholds_and_its_numbers_are_a_table(
    make: Make, site: Site, moderator: Moderator, browser: Browser
) -> None:
    for probability in (0.2, 0.85, 0.99):
        decided(make, site, moderator, "spam", probability)
    for probability in (0.01, 0.02, 0.85, 0.98):
        decided(make, site, moderator, "approved", probability)
    page = browser.get(f"{RULES}?spam_above=0.8&hold_above=0.8").text
    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert drawing.count('class="present"') == 2
    assert drawing.count('class="proposed"') == 2
    assert "style" not in drawing
    rows = {
        row[0]: (row[1], row[2])
        for row in re.findall(
            r'<bdi dir="ltr">([\d.]+)</bdi>.*?</th>\s*<td>\s*(\d+) .*?</td>\s*<td>\s*(\d+) ', page, re.DOTALL
        )
    }
    assert (rows["0.8"], rows["0.97"], rows["0.05"]) == (("2", "2"), ("1", "1"), ("3", "2"))
    assert "spam_above as it would be" in page


def test_without_decisions_the_page_says_that_there_is_nothing_to_compare_with(site: Site, browser: Browser) -> None:
    page = browser.get(RULES).text
    assert "there is nothing to compare with" in page
    assert "<svg" not in page


def test_an_owner_saves_and_everybody_can_read_what_was_changed(
    app: Flask, make: Make, site: Site, owner: Browser
) -> None:
    page = owner.get(f"{RULES}?spam_above=0.8&hold_above=0.7&max_depth=3")
    assert "Save these rules" in page.text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    answer = owner.post(RULES, **{name: value for name, value in form.items() if name != "csrf_token"})
    assert (answer.status_code, answer.location) == (303, f"{RULES}?days=30")
    assert rules(app) == Policy(spam_above=0.8, hold_above=0.7, max_depth=3)
    assert events(app) == [
        (
            "policy.changed",
            {
                "old": {"hold_above": 0.9, "spam_above": 0.97, "max_depth": 5},
                "new": {"hold_above": 0.7, "spam_above": 0.8, "max_depth": 3},
            },
        )
    ]
    (job,) = jobs(app)
    assert (job.kind, job.site_id, job.state, job.spec, len(job.batch)) == ("rank", site.id, "waiting", {}, 32)
    assert "The rules are saved." in owner.get(answer.location).text


def test_what_does_not_order_the_queue_does_not_order_it_anew(app: Flask, owner: Browser) -> None:
    assert owner.post(RULES, seen=seen(app), max_depth="3").status_code == 303
    assert (rules(app).max_depth, jobs(app)) == (3, [])


def test_saving_what_is_there_already_writes_nothing(app: Flask, owner: Browser) -> None:
    assert owner.post(RULES, seen=seen(app), max_depth="5", spam_above="0.970").status_code == 303
    assert (events(app), jobs(app)) == ([], [])


def test_a_moderator_may_try_and_not_save(app: Flask, browser: Browser) -> None:
    page = browser.get(f"{RULES}?spam_above=0.8&hold_above=0.8").text
    assert "Save these rules" not in page
    assert "Only an owner can save rules." in page
    for form in ({"spam_above": "0.8", "hold_above": "0.8"}, {}, {"spam_above": "nonsense"}):
        assert browser.post(RULES, seen=seen(app), **form).status_code == 403
    assert (rules(app), events(app), jobs(app)) == (Policy(), [], [])


@pytest.mark.parametrize("form_seen", ["", "0" * 16, "\0"])
def test_what_somebody_else_saved_meanwhile_is_not_overwritten(app: Flask, owner: Browser, form_seen: str) -> None:
    before = seen(app)
    assert owner.post(RULES, seen=before, max_depth="3").status_code == 303
    for stale in (before, form_seen):
        answer = owner.post(RULES, seen=stale, max_depth="5", spam_above="0.95")
        assert answer.status_code == 409
        assert "Somebody else changed the rules meanwhile." in answer.text
        assert 'value="0.95"' in answer.text, "what was typed is kept"
        assert re.search(r"max_depth</code>\s*<bdi[^>]*>3 → <b>5</b>", answer.text), "compared with what is there now"
    assert rules(app) == Policy(max_depth=3)
    tried = owner.get(f"{RULES}?seen={before}&spam_above=0.95")
    assert (tried.status_code, "Somebody else changed the rules meanwhile." in tried.text) == (200, True)
    current = re.search(r'name="seen" value="(\w+)"', tried.text)
    assert current is not None
    assert owner.post(RULES, seen=current[1], spam_above="0.95").status_code == 303, "and this is the way out"
    assert rules(app) == Policy(max_depth=3, spam_above=0.95)


@pytest.mark.parametrize(
    ("typed", "told", "marked"),
    [
        ({"spam_above": "2"}, "spam_above must be: a number from 0 to 1.", ["spam_above"]),
        ({"spam_above": "nan"}, "spam_above must be: a number from 0 to 1.", ["spam_above"]),
        ({"max_depth": "99999999999999999999"}, "max_depth must be: a whole number from 1 to 10.", ["max_depth"]),
        ({"hold_everything": "maybe"}, "hold_everything must be: yes or no.", ["hold_everything"]),
        ({"flood_mode": "\0"}, "flood_mode must be: auto, on, off.", ["flood_mode"]),
        ({"hold_above": "0.99"}, "hold_above must not be more than spam_above", ["hold_above", "spam_above"]),
        (
            {"approve_below": "1", "spam_above": "1", "hold_above": "1"},
            "change one of them",
            ["approve_below", "spam_above"],
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_value_that_cannot_be_is_named_and_kept(
    app: Flask, owner: Browser, typed: dict[str, str], told: str, marked: list[str]
) -> None:
    for answer in (
        owner.client.get(RULES, query_string=typed),
        owner.post(RULES, seen=seen(app), **typed),
    ):
        assert answer.status_code == 422
        assert told in answer.text
        invalid = re.findall(r'id="(\w+)"[^>]*aria-invalid="true"', answer.text)
        assert invalid == marked
        assert "Save these rules" not in answer.text
    assert (rules(app), events(app)) == (Policy(), [])


@examples(40)
@given(
    typed=st.dictionaries(st.sampled_from([one.name for one in SETTINGS] + ["days", "seen", "x"]), st.text(max_size=40))
)
def test_whatever_is_typed_nothing_breaks(app: Flask, make: Make, typed: dict[str, str]) -> None:
    browser = _kept_owner(app, make)
    typed = {name: value.encode("utf-8", "replace").decode() for name, value in typed.items()}
    assert browser.client.get("/desk/kept/policy", query_string=typed).status_code in {200, 400, 422}
    assert browser.post("/desk/kept/policy", **typed).status_code in {303, 400, 409, 422}


_browsers: dict[Flask, Browser] = {}


def _kept_owner(app: Flask, make: Make) -> Browser:
    """An owner's browser, made with the first example and there for the others."""
    with app.app_context():
        there = db.session.scalars(select(Site).where(Site.key == "kept")).one_or_none()
    if there is None:
        make.site("kept")
        make.moderator("kept@example.org", role="owner")
        _browsers[app] = Browser(app)
        _browsers[app].sign_in("kept@example.org")
    return _browsers[app]


@pytest.mark.parametrize("value", ["x" * 64_000, "9" * 64_000, "\ud800", "1e999"])
def test_huge_and_broken_values_are_refused(app: Flask, owner: Browser, value: str) -> None:
    sent = value.encode("utf-8", "surrogatepass")
    answer = owner.post(RULES, seen=seen(app), spam_above=sent)
    assert answer.status_code == 422
    assert rules(app) == Policy()


@pytest.mark.parametrize("days", ["0", "8", "-7", "x", "9" * 30, "٧"])
def test_other_numbers_of_days_are_refused(owner: Browser, days: str) -> None:
    assert owner.client.get(RULES, query_string={"days": days}).status_code == 400


def test_by_command_it_is_the_same_change(app: Flask, make: Make, site: Site) -> None:
    """Both ways come through one function, so that none forgets what the other writes."""
    with app.app_context():
        change_policy(site, {"spam_above": "0.95"}, None, seen=None)
        with pytest.raises(RulesChanged):
            change_policy(site, {"spam_above": "0.96"}, None, seen="0" * 16)
        with pytest.raises(PolicyError):
            change_policy(site, {"spam_above": "0.96", "hold_links": "-1"}, None, seen=None)
    assert rules(app).spam_above == 0.95
    assert [kind for kind, _detail in events(app)] == ["policy.changed"]
    assert [job.moderator_id for job in jobs(app)] == [None]


def test_the_workshop_of_another_site_does_not_exist(make: Make, browser: Browser) -> None:
    make.site("theirs")
    for path in ("/desk/theirs/policy", "/desk/theirs/lists"):
        assert browser.get(path).text == browser.get(path.replace("theirs", "nowhere")).text
        assert browser.get(path).status_code == 404


def test_the_pages_code_runs_nowhere_but_here() -> None:
    program = "import sys\nfor name in ('flask', 'sqlalchemy'): sys.modules[name] = None\nimport moderation.spam.replay"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
