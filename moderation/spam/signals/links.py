"""Signals from the links in a comment."""

import re

from moderation.spam.lexicon import ABUSED_TLD, SELLING, SHORTENERS, selling_part
from moderation.spam.links import Link, imitates
from moderation.spam.signals import Case, Finding, plural, ramp, signal
from moderation.spam.types import Tally
from moderation.spam.view import first_tag, quoted

_LOOKED_AT = 20
"""Links whose addresses are read closely."""
_A_FEW, _ENOUGH_WORDS = 12, 48
_ANCHOR_TEXT = re.compile(r"<a\b[^<>]{0,2000}+>([^<]{1,200}+)|\[url\b[^\[\]]{0,2000}+\]([^\[]{1,200}+)")
_WORD = re.compile(r"[^\W\d_]++")
_NUMBER_HOST = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


@signal("links.any", needs="links")
def any_link(case: Case) -> Finding:
    """Any link. To the site itself or a place that readers cite it counts for less."""
    strange, strangeness = case.view.strange, case.view.strangeness
    if strange is None:
        return 0.0, "No links."
    if strangeness == 1:
        return 1.0, f"Links to {quoted(strange.host)}."
    where = "places that readers cite" if strangeness < 0.5 else "articles"
    return strangeness, f"Links only to {where}: {quoted(strange.host)}."


@signal("links.count", needs="links")
def count_links(case: Case) -> Finding:
    """How many links, beyond the first."""
    links = case.view.links
    hosts = {link.host for link in links}
    new = len(hosts - {host for host, tally in case.history.links.items() if tally != Tally()})
    met = f", {new} of them new to this site" if case.history.known and new else ""
    return ramp(len(links) - 1, 4), f"{plural(len(links), 'link')} to {plural(len(hosts), 'host')}{met}."


@signal("links.anchor", needs="links")
def anchor(case: Case) -> Finding:
    """A link as HTML. Readers paste addresses; robots bring anchors."""
    count = sum(link.form == "anchor" for link in case.view.links)
    return (
        (case.view.strangeness, f"{plural(count, 'link')} written as HTML.")
        if count
        else (0.0, "No link written as HTML.")
    )


@signal("links.bbcode", needs="tags")
def bbcode(case: Case) -> Finding:
    """A link in BBCode, which a comment form does not take: a robot tries all of them."""
    found = any(link.form == "bbcode" for link in case.view.links) or "[/url]" in case.view.skeleton
    return (1.0, "A link in BBCode.") if found else (0.0, "No BBCode.")


@signal("links.same_host", needs="links")
def same_host(case: Case) -> Finding:
    """The same host again and again."""
    links = case.view.links
    again = len(links) - len({link.host for link in links})
    return ramp(again, 2), f"{plural(again, 'link')} to a host already linked." if again else "No host linked twice."


@signal("links.at_end", needs="links")
def at_end(case: Case) -> Finding:
    """The comment ends on a link."""
    ends = bool(case.view.links) and _touches(
        case.view.skeleton[-300:].rstrip(" \r\n\t.!"), case.view.links[-_LOOKED_AT:]
    )
    return (case.view.strangeness, "Ends on a link.") if ends else (0.0, "Does not end on a link.")


def _touches(tail: str, links: tuple[Link, ...]) -> bool:
    return tail.endswith(("</a>", "[/url]")) or any(tail.endswith(link.address[-200:]) for link in links)


@signal("links.at_start")
def at_start(case: Case) -> Finding:
    """The comment starts with a link."""
    start = case.view.skeleton.lstrip()[:12]
    starts = start.startswith(("<a ", "[url", "http://", "https://", "www."))
    return (case.view.strangeness, "Starts with a link.") if starts else (0.0, "Does not start with a link.")


@signal("links.density", needs="links")
def density(case: Case) -> Finding:
    """Little else beside the links. More words than a few sentences thin nothing out: they may be padding."""
    links, words = len(case.view.links), len(case.view.words)
    if not links:
        return 0.0, "No links beside the words."
    return case.view.strangeness * links / (
        links + min(words, _ENOUGH_WORDS) / 8
    ), f"{plural(words, 'word')} beside {plural(links, 'link')}."


@signal("links.front_door", needs="links")
def front_door(case: Case) -> Finding:
    """A few words and the front door of some site. Readers send people to a page."""
    strange, count = case.view.strange, len(case.view.words)
    if strange is None or strange.path.strip("/") or count > _A_FEW:
        return 0.0, "No front door of a site beside a few words."
    return case.view.strangeness, f"{plural(count, 'word')} beside the front door of {quoted(strange.host)}."


@signal("links.abused_domain", needs="links")
def abused_domain(case: Case) -> Finding:
    """A top-level domain that costs little and is much abused."""
    found = [link.host for link in case.view.links[:_LOOKED_AT] if link.host.rpartition(".")[2] in ABUSED_TLD]
    return ramp(
        len(found), 2
    ), f"A much abused kind of domain: {quoted(found[0])}." if found else "No much abused kind of domain."


@signal("links.shortener", needs="links")
def shortener(case: Case) -> Finding:
    """A link that does not say where it goes."""
    found = [link.host for link in case.view.links[:_LOOKED_AT] if link.host in SHORTENERS]
    return (1.0, f"A shortened link by {quoted(found[0])}.") if found else (0.0, "No shortened links.")


@signal("links.selling_address", needs="links")
def selling_address(case: Case) -> Finding:
    """Words that sell inside an address."""
    found = [link for link in case.view.links[:_LOOKED_AT] if selling_part(link.address)]
    return ramp(
        len(found), 2
    ), f"An address that sells: {quoted(found[0].address)}." if found else "No address that sells."


@signal("links.selling_text", needs="links")
def selling_text(case: Case) -> Finding:
    """Words that sell as the text of a link."""
    if not any(link.form in ("anchor", "bbcode") for link in case.view.links):
        return 0.0, "No link with a text of its own."
    found: list[str] = []
    for match in _ANCHOR_TEXT.finditer(case.view.skeleton, first_tag(case.view.skeleton)):
        found += [word for word in _WORD.findall(match[1] or match[2]) if word in SELLING]
    return ramp(
        len(found), 2
    ), f"A link on words that sell: {quoted(found[0])}." if found else "No link on words that sell."


@signal("links.hyphens", needs="links")
def hyphens(case: Case) -> Finding:
    """Host names strung together from keywords."""
    found = [link.host for link in case.view.links[:_LOOKED_AT] if link.host.count("-") >= 2]
    return (1.0, f"A host made of keywords: {quoted(found[0])}.") if found else (0.0, "No host made of keywords.")


@signal("links.number_host", needs="links")
def number_host(case: Case) -> Finding:
    """A bare number for a host, or a name whose letters imitate Latin ones. Other names in other scripts are honest."""
    found = [
        link.host for link in case.view.links[:_LOOKED_AT] if _NUMBER_HOST.fullmatch(link.host) or imitates(link.host)
    ]
    return (1.0, f"A host that hides its name: {quoted(found[0])}.") if found else (0.0, "No host that hides its name.")


@signal("links.rebuilt")
def rebuilt(case: Case) -> Finding:
    """A link pulled apart so that a filter would miss it."""
    count = case.view.rebuilt
    return (
        (1.0, f"{plural(count, 'link')} written so as not to look like one.") if count else (0.0, "No link in pieces.")
    )


@signal("links.unread")
def unread(case: Case) -> Finding:
    """Links in the middle of a text too long to be read whole."""
    count = case.view.unread
    return ramp(count, 2), f"{plural(count, 'link')} in the part not read." if count else "No links in a part not read."


@signal("links.website_again", needs="links")
def website_again(case: Case) -> Finding:
    """The website field's host once more in the text."""
    site = case.view.website
    again = site is not None and any(link.host == site.host for link in case.view.links)
    return (1.0, "Links to the author's website once more.") if again else (0.0, "No link to the author's website.")
