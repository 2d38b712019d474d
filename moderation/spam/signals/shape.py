"""Signals from the shape of a comment: what robots' templates leave behind, and how readers talk to one another."""

import re
from bisect import bisect_left

from moderation.spam.lexicon import SELLING
from moderation.spam.signals import Case, Finding, plural, ramp, signal
from moderation.spam.view import quoted

_RULE = re.compile(r"(?:^|\n)[ \t]{0,10}(?:-{4,80}|={4,80}|_{4,80}|\*{4,80}|~{4,80})[ \t]{0,10}\r?\n\s{0,20}\S")
_TRACKBACK = re.compile(r"\[(?:\.\.\.|…)\]|\.\.\. ?\[?trackback|\[trackback\]")
_UNQUOTED = re.compile(r"<a\s[^<>]{0,200}?href\s{0,5}=\s{0,5}[^\"'\s>]")
_FILLED_IN = "blog|site|page|post|title|keyword|name|url|link|author|website|topic|firstname|city|domain"
_SLOT = re.compile(
    rf"\{{[^{{}}|\n]{{1,60}}\|[^{{}}\n]{{1,200}}\}}|%{{1,2}}(?:{_FILLED_IN})[a-z_]{{0,20}}%|[\[{{]{{1,2}}(?:{_FILLED_IN})[\]}}]|"
    r"#(?:file_links|keyword|spin)\b"
)
_GREETED = re.compile(
    r"\s{0,20}(?:hi|hey|hello|dear|thanks|thank you|hallo|lieber|liebe|danke|bonjour|salut|merci|hola|gracias|ciao|grazie|"
    r"oi|olá|obrigado|merhaba|привет|здравствуйте|спасибо)[ ,]{1,3}@?([^\W\d_]{2,30}+)[\s,.!:;-]",
    re.IGNORECASE,
)
_EVERYBODY = frozenset(
    [
        "all", "everyone", "everybody", "there", "guys", "folks", "friend", "friends", "admin", "webmaster", "sir", "madam",
        "team", "dear", "mate", "buddy", "man", "blogger", "owner", "author", "members", "people", "guest", "world", "again",
        "alle", "zusammen", "tous", "todos", "tutti", "всем", "друзья", "админ", "herkese",
    ]
)  # fmt: skip
_CALLED = re.compile(r"\s{0,20}@[\w.-]{2,40}+")
# Begins with what is rare, so that it is quick where there is none.
_SMILEY = re.compile(
    r"[:;=^](?:(?<=[:;])['-]?[)(]|(?<!\w[:;=])(?<=[:;=])['-]?[dp)](?!\w)|(?<!\w:)(?<=:)[a-z]{2,20}:(?!\w)|(?<=\^)_?\^)"
)
_FACE = re.compile("[\U0001f600-\U0001f64f\U0001f914\U0001f923-\U0001f92f]|哈哈|呵呵|嘿嘿|ㅋㅋ|ㅎㅎ|ㅠㅠ")
_LAUGHTER = frozenset(["lol", "haha", "hahaha", "hehe", "hihi", "jaja", "jajaja", "mdr", "wkwk", "wkwkwk", "rofl",
                       "хаха", "ахах", "هههه", "ہاہا"])  # fmt: skip
_MANY_LETTERS = 12
_SHORT = 15
_VOWELS = frozenset("aeiouy")
_RANDOM_RUN = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}+")


@signal("links.unquoted", needs="tags")
def unquoted(case: Case) -> Finding:
    """A link as HTML without quotation marks round the address: how robots' templates write them."""
    found = "<a" in case.view.skeleton and _UNQUOTED.search(case.view.skeleton)
    return (1.0, "A link as HTML without quotation marks.") if found else (0.0, "No unquoted link as HTML.")


@signal("content.signature")
def signature(case: Case) -> Finding:
    """A ruled line and something beneath it, as robots for forums sign. The form has no place for signatures."""
    found = "\n" in case.view.skeleton and _RULE.search(case.view.skeleton)
    return (1.0, "Signed beneath a ruled line.") if found else (0.0, "No ruled line with something beneath it.")


@signal("content.selling_share", needs="listed words")
def selling_share(case: Case) -> Finding:
    """Every third word sells, in a short comment or a stretch of a longer one: search terms rather than a sentence."""
    view, selling = case.view, case.view.traded & SELLING
    if not selling:
        return 0.0, "No words that sell."
    at = [place for place, word in enumerate(view.words) if word in selling]
    # Of the words in links those that sell alone count, so that a link more thins nothing out.
    linked = max(0, sum(word in selling for word in view.spoken) - len(at))
    if len(view.words) <= _SHORT:
        most, of = len(at) + linked, len(view.words) + linked
    else:
        # The thickest stretch, so that words around it thin nothing out either; two words there are chance.
        thickest = max((bisect_left(at, place + _SHORT) - nth for nth, place in enumerate(at)), default=0)
        most, of = min(_SHORT, thickest + linked), _SHORT
        most = most if most > 2 else 0
    return ramp(most / max(1, of) - 0.1, 0.3), f"{most} of {of} words sell: {quoted(min(selling))}."


@signal("content.slots")
def slots(case: Case) -> Finding:
    """A template whose slots were left as they are: a robot that was set up wrongly."""
    skeleton = case.view.skeleton
    if "{" not in skeleton and "%" not in skeleton and "[" not in skeleton and "#" not in skeleton:
        return 0.0, "No slots of a template."
    found = [match[0] for match in _SLOT.finditer(skeleton)]
    return ramp(len(found), 2), f"A template's slot: {quoted(found[0])}." if found else "No slots of a template."


@signal("links.random_host")
def random_host(case: Case) -> Finding:
    """A host whose name nobody could say: letters at random, registered to be thrown away."""
    hosts = [link.host for link in case.view.links[:20]]
    if case.view.website:
        hosts.append(case.view.website.host)
    found = [host for host in hosts if _at_random(host)]
    return (
        (1.0, f"A host of letters at random: {quoted(found[0])}.") if found else (0.0, "No host of letters at random.")
    )


@signal("content.trackback")
def trackback(case: Case) -> Finding:
    """The marks of a trackback, typed into a comment form."""
    skeleton = case.view.skeleton
    found = ("[" in skeleton or "trackback" in skeleton) and _TRACKBACK.search(skeleton)
    return (1.0, "Written like a trackback.") if found else (0.0, "Not written like a trackback.")


@signal("content.masked", needs="disguises")
def masked(case: Case) -> Finding:
    """Words of spam in pieces, with digits for letters or with their letters apart: written past a filter."""
    count = case.view.masked
    found = ", ".join(map(quoted, sorted(case.view.decoded)[:3]))
    return ramp(count, 2), f"{plural(count, 'word')} in disguise: {found}." if count else "No words in disguise."


@signal("content.foreign_script", needs="title")
def foreign_script(case: Case) -> Finding:
    """Letters of another script than the page's title, beside a link or website. Never the script alone: readers of all
    languages read all pages."""
    title = case.submission.page_title[:500]
    if not title or not (case.view.links or case.view.website):
        return 0.0, "No script to compare with the title's beside a link."
    ours, theirs = _script(title), _script(case.view.prose[:2000])
    if not ours or not theirs or ours == theirs:
        return 0.0, "Not another script than the title's."
    return 1.0, f"Links, in {theirs} letters under a title in {ours} letters."


@signal("content.answers_someone", "author")
def answers_someone(case: Case) -> Finding:
    """Speaks to somebody by name. Robots greet everybody. Little, since a robot could read a name too."""
    start = case.submission.text[:120]
    if _CALLED.match(start):
        return 1.0, "Speaks to somebody by name."
    greeted = _GREETED.match(start)
    named = greeted is not None and greeted[1][:1].isupper() and greeted[1].lower() not in _EVERYBODY
    return (1.0, "Greets somebody by name.") if named else (0.0, "Speaks to nobody by name.")


@signal("content.smiles", "author")
def smiles(case: Case) -> Finding:
    """Laughter and smileys, which robots' templates hardly ever have. Little, since they are easily put there."""
    view = case.view
    found = len(view.vocabulary & _LAUGHTER)
    prose = view.prose
    if ":" in prose or ";" in prose or "=" in prose or "^" in prose:
        found += len(_SMILEY.findall(prose))
    if not view.prose.isascii():
        found += len(_FACE.findall(view.prose))
    return ramp(found, 2), "Laughs or smiles." if found else "No laughter and no smiley."


@signal("behaviour.reply", "author")
def reply(case: Case) -> Finding:
    """A reply to a comment. Robots begin threads; little, since they could reply too."""
    return (1.0, "Replies to a comment.") if case.submission.has_parent else (0.0, "Not a reply.")


def _at_random(host: str) -> bool:
    name = host.rpartition(".")[0].rpartition(".")[2]
    letters = [letter for letter in name if letter.isalpha()]
    if len(letters) < 6 or not host.isascii():
        return False
    vowels = sum(letter in _VOWELS for letter in letters)
    runs = max(map(len, _RANDOM_RUN.findall(name)), default=0)
    return (
        runs >= 6
        or (len(letters) >= _MANY_LETTERS and vowels * 6 < len(letters))
        or (runs >= 5 and vowels * 4 < len(letters))
    )


_SCRIPTS = {
    "Latin": re.compile("[A-Za-z\u00c0-\u024f]"),
    "Cyrillic": re.compile("[\u0400-\u04ff]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Devanagari": re.compile("[\u0900-\u097f]"),
    "Bengali": re.compile("[\u0980-\u09ff]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
    "Korean": re.compile("[\uac00-\ud7af]"),
    "Chinese or Japanese": re.compile("[\u3040-\u30ff\u4e00-\u9fff]"),
}


def _script(text: str) -> str:
    """The script that most letters of a text belong to; nothing where no script has most."""
    if text.isascii():
        return "Latin" if any(letter.isalpha() for letter in text) else ""
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    name = max(counts, key=lambda one: counts[one])
    return name if counts[name] * 2 > sum(counts.values()) else ""
