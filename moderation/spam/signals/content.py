"""Signals from the words of a comment."""

import re
from itertools import takewhile
from string import ascii_letters, ascii_lowercase, digits

from moderation.spam.lexicon import SPELT, STRONG
from moderation.spam.signals import Case, Finding, at_random, plural, ramp, signal, title_words
from moderation.spam.view import first_tag, quoted

_PHONE = re.compile(r"\d(?<![\w.:/-]\d)(?:[ ().-]{0,2}\d){8,14}+(?![\w:/-])")
_MESSENGER_LETTERS = frozenset(f"{ascii_lowercase}. ")
_FEWEST_DIGITS = 8
_HANDLE = re.compile(
    r"(?:t\.me/|wa\.me/)\w|(?:telegram|skype|wechat|viber|icq|qq|line id|discord)\s{0,2}[:@=：]\s{0,2}@?\w|telegram\s{1,2}@\w|"
    r"(?:whats\s?app|viber|telegram|imo|wechat|qq)\W{1,5}(?:number\W{1,3}|no\W{1,3})?\+?\d{4}"
)
_MESSENGERS = frozenset(["telegram", "skype", "wechat", "viber", "icq", "qq", "discord", "whatsapp", "whats", "imo"])
_LUCKY = frozenset(
    ["777", "7777", "4d", "17", "88", "77", "99", "33", "55", "66", "69", "138", "168", "188", "303", "365", "388"]
)
"""Numbers as gambling sites have them behind their names."""
# Begins with what is rare, and what stands before is looked up from there: several times faster.
_NUMBER = re.compile(r"[0-9](?:(?<=[a-z].)|(?<=[a-z] .))(?:[0-9]{1,3}+|d)(?!\w)")
_DIGITS_ALONE = bytes(code if chr(code) in digits else ord(" ") for code in range(256))
_WHOLE = re.compile(r"(?<![\w@])[a-z]{3,12}\Z")
_LONGEST_BRAND = 12
_GAMBLING_ENDINGS = ("toto", "togel", "slot", "win", "bet", "hoki")
_HONEST_ENDINGS = frozenset(
    [
        "win",
        "twin",
        "darwin",
        "baldwin",
        "godwin",
        "goodwin",
        "edwin",
        "erwin",
        "irwin",
        "bet",
        "abet",
        "tibet",
        "alphabet",
        "sherbet",
        "slot",
        "timeslot",
        "time-slot",
    ]
)
# Begin with what is rare; what stands before is looked up from there.
_MAIL = re.compile(r"@(?<=[\w.+-]@)[a-z0-9-]{2,63}+\.[a-z]{2,12}+(?![\w:/-])")
_SPELT_MAIL = re.compile(
    r" at (?:gmail|yahoo|hotmail|outlook|proton(?:mail)?|usa|mail)(?:(?: dot |\.)(?:com|ru|me))?\b"
)
_SMALL = ascii_lowercase.encode()
_NO_LETTERS = bytes(set(range(128)) - set(ascii_letters.encode()))
_FEWEST_LETTERS = 20
"""Letters below which capitals say nothing: a greeting, an abbreviation."""
_REPEATING = 400
_MARKUP = re.compile(
    r"</?[a-z][^<>]{0,500}+>|\[/?(?:b|i|u|s|img|quote|size|colou?r|font|center|list|code|youtube)\b[^\[\]\n]{0,200}+\]"
)
_CODE = ("{", "}", "()", ";\n", ";\r\n", "==", "!=", "->", "=>", "`", "_", "::", "</", " = ", "();")
_NO_CODE = bytes(set(range(256)) - set(b"{}()=`_<>"))
_CODE_WORDS = frozenset(
    [
        "error",
        "errors",
        "exception",
        "version",
        "script",
        "server",
        "config",
        "code",
        "function",
        "class",
        "method",
        "file",
        "compile",
    ]
)
_BLANK_LINES = re.compile(r"\n[ \t]{1,5}\r?\n|\r\n\r\n\r\n|\n\n\n")
_DOUBLED = re.compile(r"[^\W\d_] {2,5}[^\W\d_]")
_BEGINNING, _LONG_ENOUGH = 30, 6
_ANY_WORD = re.compile(r"[^\W\d_]++")
_SHORT_TEXT, _FEW_WORDS = 100, 6


@signal("content.messenger")
def messenger(case: Case) -> Finding:
    """An account on a messenger to write to."""
    skeleton = case.view.skeleton
    named = not _MESSENGERS.isdisjoint(case.view.vocabulary) or ".me/" in skeleton or "line id" in skeleton
    found = _HANDLE.search(skeleton) if named else None
    if found is None:
        return 0.0, "No messenger account."
    # The account, often a telephone number, stays out of the reason.
    name = "".join(takewhile(_MESSENGER_LETTERS.__contains__, found[0])).strip()
    return 1.0, f"Gives a messenger account ({name})."


@signal("content.phone")
def phone(case: Case) -> Finding:
    """A telephone number. The number itself stays out of the reason, which may be kept longer than the comment."""
    found = case.view.digits > _FEWEST_DIGITS and _PHONE.search(case.view.prose)
    return (1.0, "Gives a telephone number.") if found else (0.0, "No telephone number.")


@signal("content.gambling_brand")
def gambling_brand(case: Case) -> Finding:
    """Names as gambling sites have them: a word with a lucky number, or ending in win, toto, slot."""
    view, found = case.view, set[str]()
    # To look for the letters anywhere is many times quicker than to look at each word.
    if standing := tuple([ending for ending in _GAMBLING_ENDINGS if ending in view.skeleton]):
        endings = {word for word in view.vocabulary if word.endswith(standing) and len(word) > 5}
        found |= endings - _HONEST_ENDINGS
    if view.digits:
        found |= _lucky_names(view.prose)
    if not found:
        return 0.0, "No name like that of a gambling site."
    return ramp(len(found), 2), f"A name like that of a gambling site: {quoted(min(found))}."


def _lucky_names(prose: str) -> set[str]:
    """Words with a lucky number behind them."""
    numbers = prose.encode(errors="surrogatepass").translate(_DIGITS_ALONE).decode().split()
    if _LUCKY.isdisjoint(numbers) and "4d" not in prose:
        return set()
    names = set()
    for match in _NUMBER.finditer(prose):
        apart = prose[match.start() - 1] == " "
        if match[0] not in _LUCKY or (apart and match[0] != "777"):
            continue
        end = match.start() - apart
        if word := _WHOLE.search(prose, max(0, end - _LONGEST_BRAND), end):
            names.add(f"{word[0]}{prose[end : match.end()]}")
    return names


@signal("content.markup", needs="tags")
def markup(case: Case) -> Finding:
    """HTML or BBCode other than links, typed by hand. Real readers may write a tag or two."""
    first = first_tag(case.view.skeleton)
    found = _MARKUP.findall(case.view.skeleton, first) if first >= 0 else []
    tags = [tag for tag in found if not tag.startswith(("<a ", "</a", "<br", "<p>", "</p"))]
    if not tags:
        return 0.0, "No tags typed by hand."
    return ramp(len(tags), 4), f"{plural(len(tags), 'tag')}, such as {quoted(tags[0])}."


@signal("content.starts_bold", needs="tags")
def starts_bold(case: Case) -> Finding:
    """A title in bold at the very start: how trackbacks announce themselves."""
    starts = case.view.skeleton.lstrip().startswith(("<strong>", "<b>", "<h1>", "<h2>"))
    return (
        (1.0, "Begins with a title in bold, as trackbacks do.")
        if starts
        else (0.0, "Does not begin with a title in bold.")
    )


@signal("content.removed")
def removed(case: Case) -> Finding:
    """Markup that sanitising had to take out."""
    out = case.submission.removed
    if not out:
        return 0.0, "Sanitising removed nothing."
    return ramp(len(out), 2), f"Sanitising removed {', '.join(map(quoted, out[:5]))}."


@signal("content.blank_lines")
def blank_lines(case: Case) -> Finding:
    """Doubled empty lines, as robots' templates leave them."""
    count = len(_BLANK_LINES.findall(case.view.typed.strip())) if "\n" in case.view.typed else 0
    return ramp(count, 3), f"{plural(count, 'doubled empty line')}." if count else "No doubled empty lines."


@signal("content.doubled_spaces")
def doubled_spaces(case: Case) -> Finding:
    """Doubled spaces inside sentences, where a template's slots were filled."""
    count = len(_DOUBLED.findall(case.view.prose)) if "  " in case.view.prose else 0
    strength = ramp(count - 1, 6)
    return strength, f"{count} doubled spaces inside sentences." if strength else "Hardly any doubled spaces."


@signal("content.repetition")
def repetition(case: Case) -> Finding:
    """The same words over and over."""
    words = case.view.words[:_REPEATING]
    if len(words) < 12:
        return 0.0, "Too few words to repeat themselves."
    distinct = len(set(words) if case.view.links or len(words) == _REPEATING else case.view.vocabulary)
    share = 1 - distinct / len(words)
    # In longer texts the same words come again by themselves.
    if share < (0.5 if len(words) < _REPEATING else 0.8):
        return 0.0, "The words do not repeat themselves much."
    return ramp(share - 0.5, 0.4), f"{share:.0%} of the words are repetitions."


@signal("content.shouting")
def shouting(case: Case) -> Finding:
    """Most letters are capitals. Readers shout too, when they are angry: it counts for little."""
    capitals, letters = _capitals(case.view.typed)
    share = capitals / letters if letters >= _FEWEST_LETTERS else 0.0
    return ramp(share - 0.5, 0.3), f"{share:.0%} of the letters are capitals." if share > 0.5 else "Does not shout."


def _capitals(typed: str) -> tuple[int, int]:
    """How many capitals and how many letters that have two cases there are."""
    if typed.isascii():
        letters = typed.encode().translate(None, _NO_LETTERS)
        return len(letters.translate(None, _SMALL)), len(letters)
    if typed == typed.lower():
        return 0, 0
    capitals = sum(map(str.isupper, typed))
    return capitals, capitals + sum(map(str.islower, typed))


@signal("content.gibberish")
def gibberish(case: Case) -> Finding:
    """A few words and most of them letters at random, in changing case, or along a row of the keyboard: a robot's test."""
    typed = case.view.typed
    words = _ANY_WORD.findall(typed) if len(typed) <= _SHORT_TEXT else []
    if not 1 <= len(words) <= _FEW_WORDS:
        return 0.0, "Not a few random letters."
    odd = [word for word in words if at_random(word)]
    return (
        (1.0, f"Letters at random: {quoted(odd[0])}.")
        if len(odd) * 2 > len(words)
        else (0.0, "Not a few random letters.")
    )


@signal("content.scrambled")
def scrambled(case: Case) -> Finding:
    """Words whose inner letters were shuffled, at the beginning: how robots make each copy another text. Two neighbours
    that changed places are a slip that everybody makes."""
    words = case.view.words[:_BEGINNING]
    if not case.view.prose.isascii():
        return 0.0, "No Latin text to look for shuffled letters in."
    found = [word for word in words if len(word) >= _LONG_ENOUGH and word not in SPELT and is_shuffled(word)]
    return ramp(len(found), 2) if found else 0.0, (
        f"Letters shuffled inside words: {quoted(found[0])}." if found else "No letters shuffled inside words."
    )


def is_shuffled(word: str) -> bool:
    """Whether a word is one of the lists' words with its inner letters in another order."""
    for right in _SHUFFLED.get(_key(word), ()):
        apart = [at for at, (one, other) in enumerate(zip(word, right, strict=True)) if one != other]
        if len(apart) > 2 or apart[1] - apart[0] > 1:
            return True
    return False


def _key(word: str) -> str:
    return word[0] + "".join(sorted(word[1:-1])) + word[-1]


_SHUFFLED: dict[str, list[str]] = {}
for _word in sorted(SPELT):
    if len(_word) >= _LONG_ENOUGH:
        _SHUFFLED.setdefault(_key(_word), []).append(_word)


@signal("content.styled", needs="disguises")
def styled(case: Case) -> Finding:
    """Letters from decorative alphabets, which look like words and are none to a filter."""
    count = case.view.styled
    return ramp(count, 4), f"{count} decorative letters that imitate others." if count else "No decorative letters."


@signal("content.hidden", needs="disguises")
def hidden(case: Case) -> Finding:
    """Invisible characters inside words. Joiners that Persian, Urdu, Hindi and emoji need do not count."""
    count = case.view.hidden
    return ramp(
        count, 3
    ), f"{plural(count, 'invisible character')} inside words." if count else "Nothing invisible in words."


@signal("content.mixed_script", needs="disguises")
def mixed_script(case: Case) -> Finding:
    """Latin words with look-alike letters from other scripts."""
    count = case.view.mixed
    return ramp(
        count, 3
    ), f"{plural(count, 'word')} with look-alike letters." if count else "No words of mixed scripts."


@signal("content.disguised", needs="disguises")
def disguised(case: Case) -> Finding:
    """Words that sell, written so that a filter would miss them: the difference of the two views."""
    found = sorted(case.view.decoded & STRONG)
    return (1.0, f"Hides the word {quoted(found[0])}.") if found else (0.0, "No word that sells is disguised.")


@signal("content.mail_address")
def mail_address(case: Case) -> Finding:
    """An e-mail address to write to, plain or spelt out. The address stays out of the reason. Readers leave theirs in the
    field that asks for it."""
    prose = case.view.prose
    found = ("@" in prose and _MAIL.search(prose)) or (" at " in prose and _SPELT_MAIL.search(prose))
    return (1.0, "Gives an e-mail address.") if found else (0.0, "Gives no e-mail address.")


@signal("content.title_slot", needs="title")
def title_slot(case: Case) -> Finding:
    """The page's whole title word for word, as a template's slot gives it. Readers quote a few words."""
    title = " ".join(case.submission.page_title[:500].lower().split())
    if len(title.split()) < 3 or title not in " ".join(case.view.prose.split()):
        return 0.0, "Does not quote the whole title."
    return 1.0, "Quotes the whole title of the page."


@signal("content.oversize")
def oversize(case: Case) -> Finding:
    """Longer than what is read: something may stand in the middle."""
    rest = len(case.submission.text) - len(case.view.typed)
    return (1.0, f"{rest} characters in the middle were not read.") if rest > 0 else (0.0, "Read whole.")


@signal("content.code", "author")
def code(case: Case) -> Finding:
    """Program text and the words around it: the reader of a technical page. Bounded, for it could be imitated."""
    prose = case.view.prose
    # The words of links and of markup are left out: a link must never speak for its author.
    words = case.view.vocabulary if case.view.words is case.view.spoken else case.view.words
    count = len(_CODE_WORDS.intersection(words))
    if (
        prose.encode(errors="surrogatepass").translate(None, _NO_CODE)
        or (":" in prose and "::" in prose)
        or (";" in prose and (";\n" in prose or ";\r" in prose))
    ):
        count += sum(map(prose.count, _CODE))
    strength = ramp(count - 1, 4)
    return strength, "Talks in program text." if strength else "No program text."


@signal("content.own_words", "author", needs="title")
def own_words(case: Case) -> Finding:
    """Words that the page's title has too. Little, since a robot can read a title as well."""
    shared = title_words(case)
    return ramp(
        len(shared), 2
    ), f"Shares {', '.join(map(quoted, shared[:3]))} with the title." if shared else "No word of the title."
