"""Signals from lists of words and phrases: what is for sale, what robots say, where readers are asked to go."""

from moderation.spam.lexicon import (
    ADULT,
    DOUBTFUL,
    DOWNLOADS,
    FINANCE,
    GAMBLING,
    GOODS,
    PHARMA,
    SEO,
    SERVICES,
    UNSPACED,
    UNSURE,
)
from moderation.spam.signals import Case, Finding, ramp, signal, title_words
from moderation.spam.view import quoted

_LONE = 0.25
"""What is taken off where only doubtful words stand, and no link."""
_FEW_WORDS = 40


def _topic(case: Case, name: str, known: frozenset[str], full: float, what: str) -> Finding:
    """How much a comment speaks of a trade: sure words and phrases count once, doubtful ones half,
    and still less on their own without a link."""
    words = case.view.traded & known
    said = case.view.said
    unsure = name + UNSURE
    if not words and name not in said and unsure not in said:
        return 0.0, f"No words of {what}."
    sure = said.get(name, [])
    doubtful = sorted(words & DOUBTFUL) + [phrase for phrase in said.get(unsure, []) if phrase not in sure]
    sure = sure + sorted(words - DOUBTFUL)
    count = len(sure) + len(doubtful) / 2
    if not sure and not case.view.links:
        count = max(0.0, count - _LONE)
    if not count:
        return 0.0, f"No words of {what}."
    return ramp(count, full), f"Words of {what}: {', '.join(map(quoted, [*sure, *doubtful][:5]))}."


@signal("content.pharma", needs="listed words")
def pharma(case: Case) -> Finding:
    """Medicines sold by mail."""
    return _topic(case, "pharma", PHARMA, 2, "the medicine trade")


@signal("content.gambling", needs="listed words")
def gambling(case: Case) -> Finding:
    """Casinos, betting, Indonesian slots."""
    return _topic(case, "gambling", GAMBLING, 3, "gambling")


@signal("content.adult", needs="listed words")
def adult(case: Case) -> Finding:
    """Pornography and paid company."""
    return _topic(case, "adult", ADULT, 3, "the sex trade")


@signal("content.seo", needs="listed words")
def seo(case: Case) -> Finding:
    """Links, visitors and ranks for sale."""
    return _topic(case, "seo", SEO, 3, "search-engine marketing")


@signal("content.finance", needs="listed words")
def finance(case: Case) -> Finding:
    """Loans and quick profit."""
    return _topic(case, "finance", FINANCE, 3, "loans and trading")


@signal("content.goods", needs="listed words")
def goods(case: Case) -> Finding:
    """Branded goods, imitations, shops."""
    return _topic(case, "goods", GOODS, 3, "goods for sale")


@signal("content.services", needs="listed words")
def services(case: Case) -> Finding:
    """Trades, removals, essays, documents, clinics."""
    return _topic(case, "services", SERVICES, 3, "services for sale")


@signal("content.downloads", needs="listed words")
def downloads(case: Case) -> Finding:
    """Copies, cracks, streams, accounts, dark markets."""
    return _topic(case, "downloads", DOWNLOADS, 3, "copies and accounts for sale")


_SURE_PIECES = frozenset(word for word in UNSPACED if not word.startswith(UNSURE))
_PIECES: dict[str, list[str]] = {}
for _word in UNSPACED:
    _PIECES.setdefault(_word.lstrip(UNSURE)[0], []).append(_word.lstrip(UNSURE))


@signal("content.unspaced_selling")
def unspaced_selling(case: Case) -> Finding:
    """Words that sell in scripts without spaces, and in others where words are looked for inside words."""
    text = case.view.skeleton
    if text.isascii():
        return 0.0, "No text in a script that is searched for parts of words."
    letters = sorted(_PIECES.keys() & set(text))
    found = [word for letter in letters for word in _PIECES[letter] if word in text]
    # A word inside another that was found says nothing new.
    found = [word for word in found if not any(word != other and word in other for other in found)]
    sure = [word for word in found if word in _SURE_PIECES]
    count = len(sure) + (len(found) - len(sure)) / 2
    if not sure and not case.view.links:
        count = max(0.0, count - _LONE)
    return (
        (ramp(count, 2), f"Words that sell: {', '.join(map(quoted, found[:4]))}.")
        if count
        else (0.0, "No words that sell.")
    )


def _said(case: Case, name: str, full: float, yes: str, no: str) -> Finding:
    """How many phrases of a list stand in a comment; doubtful ones count half beside another or a link."""
    said, unsure = case.view.said, name + UNSURE
    if name not in said and unsure not in said:
        return 0.0, no
    sure = said.get(name, [])
    # The same words by two entries count once.
    doubtful = [phrase for phrase in said.get(unsure, []) if phrase not in sure]
    found = [*sure, *doubtful]
    count = len(sure) + len(doubtful) / 2
    if not sure and not case.view.links:
        count = max(0.0, count - _LONE)
    return (ramp(count, full), f"{yes}: {', '.join(map(quoted, found[:4]))}.") if count else (0.0, no)


@signal("content.robot", needs="phrases")
def robot(case: Case) -> Finding:
    """Sentences that comment robots carry and nobody else: two are certain."""
    return _said(case, "robots", 2, "Sentences of comment robots", "No sentences of comment robots.")


@signal("content.template", needs="phrases")
def template(case: Case) -> Finding:
    """Runs of words that comment robots use on every page."""
    return _said(case, "templates", 4, "Phrases that comment robots use", "No phrases of comment robots.")


@signal("content.praise_with_link")
def praise_with_link(case: Case) -> Finding:
    """Praise that fits any page, beside a link or website. Praise alone is what readers write."""
    if not (case.view.links or case.view.website):
        return 0.0, "No link or website that praise could carry."
    found = case.view.said.get("praise")
    if not found:
        return 0.0, "No praise that would fit any page."
    short = 1.0 if len(case.view.words) < _FEW_WORDS else 0.5
    about = title_words(case)
    of_the_page = f", and speaks of the page ({quoted(about[0])})" if about else ""
    return short / (
        2 if about else 1
    ), f"Praise that would fit any page, beside a link: {quoted(found[0])}{of_the_page}."


@signal("content.invitation", needs="phrases")
def invitation(case: Case) -> Finding:
    """Asking readers to come elsewhere: subscribe, follow, visit."""
    return _said(case, "invitations", 2, "Invites readers elsewhere", "No invitation to go elsewhere.")


@signal("content.testimonial", needs="phrases")
def testimonial(case: Case) -> Finding:
    """Testimonials for spell casters, lenders, hackers and the like."""
    return _said(case, "testimonials", 2, "Reads like a swindler's testimonial", "No testimonial of a swindler.")


@signal("content.offer", needs="phrases")
def offer(case: Case) -> Finding:
    """Offers to whoever runs or reads a site."""
    return _said(case, "offers", 3, "Offers something", "Offers nothing.")
