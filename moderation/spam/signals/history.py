"""Signals from what a site has decided before. Their weights are set by hand.

Approvals count in favour a little and are capped: a known name and address can be typed by anyone. What was marked as
spam counts against. Trash says nothing: things are thrown away for many reasons.
"""

from math import log2

from moderation.spam import prints
from moderation.spam.signals import Case, Finding, plural, ramp, signal
from moderation.spam.types import Tally
from moderation.spam.view import quoted

_EVERYBODYS = frozenset(
    [
        "facebook.com", "twitter.com", "x.com", "youtube.com", "youtu.be", "google.com", "plus.google.com",
        "instagram.com", "linkedin.com", "tiktok.com", "wikipedia.org", "en.wikipedia.org", "github.com", "medium.com",
        "reddit.com", "t.me", "wordpress.com", "blogspot.com", "weibo.com", "vk.com",
    ]
)  # fmt: skip
"""Hosts on which everybody has a page: one spammer's page there says nothing of the next."""


def _spam_strength(tally: Tally) -> float:
    """1 for three spam comments and nothing approved; approvals thin it out."""
    share = tally.spam / (tally.spam + tally.approved) if tally.spam > 0 else 0.0
    return ramp(log2(1 + max(0, tally.spam)), 2) * share


def _approved_strength(tally: Tally) -> float:
    """1 for seven approved comments and no spam; any spam of weight takes it away."""
    if tally.approved <= 0 or tally.spam * 5 >= tally.approved:
        return 0.0
    return ramp(log2(1 + tally.approved), 3)


def _against(tally: Tally, party: str) -> Finding:
    strength = _spam_strength(tally)
    return (
        strength,
        f"{plural(tally.spam, 'earlier comment')} {party} marked as spam." if strength else f"No spam {party}.",
    )


def _in_favour(tally: Tally, party: str) -> Finding:
    strength = _approved_strength(tally)
    return (
        strength,
        f"{plural(tally.approved, 'earlier comment')} {party} approved." if strength else f"No good past {party}.",
    )


@signal("history.author_spam", needs="past")
def author_spam(case: Case) -> Finding:
    """Earlier spam under this e-mail address."""
    return _against(case.history.author, "by this author")


@signal("history.network_spam", needs="past")
def network_spam(case: Case) -> Finding:
    """Earlier spam from this network."""
    return _against(case.history.network, "from this network")


@signal("history.link_spam", needs="past")
def link_spam(case: Case) -> Finding:
    """Earlier spam that links where this comment links; the worst host counts."""
    own = [item for item in case.history.links.items() if item[0] not in _EVERYBODYS]
    worst = max(own, key=lambda item: _spam_strength(item[1]), default=None)
    if worst is None or not (strength := _spam_strength(worst[1])):
        return 0.0, "No spam with these links."
    return strength, f"{plural(worst[1].spam, 'earlier comment')} with a link to {quoted(worst[0])} marked as spam."


@signal("history.text_spam", needs="past")
def text_spam(case: Case) -> Finding:
    """The same text was marked as spam here. Approvals of it thin that out, and a few words are said by many."""
    tally = case.history.same_text
    if tally.spam <= 0:
        return 0.0, "Not a text marked as spam."
    telling = ramp(len(case.view.words), prints.SHORTEST)
    strength = telling * tally.spam / (tally.spam + 2 * tally.approved)
    return strength, f"The same text was marked as spam {plural(tally.spam, 'time')}."


@signal("history.near_spam", needs="past")
def near_spam(case: Case) -> Finding:
    """A run of words was in comments marked as spam here: the same template with other slots."""
    tally = case.history.near_text
    strength = _spam_strength(tally)
    return (
        (strength, f"Shares a run of words with {plural(tally.spam, 'comment')} marked as spam.")
        if strength
        else (0.0, "Shares no run of words with spam.")
    )


@signal("history.near_wave", needs="rush")
def near_wave(case: Case) -> Finding:
    """A run of words stands in several comments of the last hour: a campaign, or readers who quote the same line."""
    count = case.history.recent_near
    return ramp(count - 2, 6), f"Shares a run of words with {plural(count, 'comment')} of the last hour."


@signal("history.text_repeated", needs="past")
def text_repeated(case: Case) -> Finding:
    """The same text has been sent before and nobody has judged it. Short words of thanks repeat honestly."""
    count = case.history.same_text.pending
    if count <= 0 or len(case.submission.text) < 30:
        return 0.0, "Not a text sent before."
    return ramp(count, 3), f"The same text was sent {plural(count, 'time')} before."


@signal("history.network_rate", needs="rush")
def network_rate(case: Case) -> Finding:
    """Many comments from one network within an hour. A school or an office may do that too."""
    count = case.history.recent_network
    return ramp(count - 4, 16), f"{plural(count, 'comment')} from this network within an hour."


@signal("history.site_rate", needs="rush")
def site_rate(case: Case) -> Finding:
    """A wave: many comments on the whole site within a minute."""
    count = case.history.recent_site
    return ramp(count - 10, 50), f"{plural(count, 'comment')} on this site within a minute."


@signal("history.author_approved", "author", needs="past")
def author_approved(case: Case) -> Finding:
    """Approved comments under this e-mail address. Anyone can type an address, so this is little."""
    return _in_favour(case.history.author, "by this author")


@signal("history.network_approved", "author", needs="past")
def network_approved(case: Case) -> Finding:
    """Approved comments from this network."""
    return _in_favour(case.history.network, "from this network")


@signal("history.both_approved", "author", needs="past")
def both_approved(case: Case) -> Finding:
    """Address and network are both known for approved comments: harder to pretend than either."""
    strength = min(_approved_strength(case.history.author), _approved_strength(case.history.network))
    return (
        strength,
        "Author and network are known together." if strength else "Author and network are not known together.",
    )


@signal("history.verified_approved", "author", needs="past")
def verified_approved(case: Case) -> Finding:
    """Approved comments from the same browser, which proved it by a secret. The only past that cannot be typed."""
    return _in_favour(case.history.verified, "from this browser")


@signal("history.verified_spam", needs="past")
def verified_spam(case: Case) -> Finding:
    """Earlier spam from the same browser."""
    return _against(case.history.verified, "from this browser")


@signal("history.links_approved", "author", needs="past")
def links_approved(case: Case) -> Finding:
    """Every host linked has been in approved comments."""
    links = case.history.links
    if not links or len(links) < len({link.host for link in case.view.links}):
        return 0.0, "Not all links are known from approved comments."
    strength = min(_approved_strength(tally) for tally in links.values())
    return (
        strength,
        "All links are known from approved comments."
        if strength
        else "Not all links are known from approved comments.",
    )
