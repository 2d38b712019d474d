"""Signals from the name, the e-mail address and the website. An empty field says nothing. Addresses stay out of
reasons."""

import re

from moderation.spam.lexicon import ABUSED_TLD, DISPOSABLE, FREE_MAIL, SELLING, SHORTENERS, TOPICS, phrases
from moderation.spam.links import domains_in, links_in
from moderation.spam.signals import Case, Finding, at_random, plural, ramp, signal
from moderation.spam.view import READ_FIELD, quoted

_NAME_WORD = re.compile(r"[^\W\d_]++")
_TURN = re.compile(r"[a-z](?=\d)|\d(?=[a-z])")
_BESIDE_NAME = 4
"""Letters beside the name in the host of somebody's home page: "blog", "dr", "the"."""
_PIECE = 3
"""Letters that make a piece of a name one that can be recognised elsewhere."""


@signal("author.many_words")
def many_words(case: Case) -> Finding:
    """A name of four words or more is a phrase for search engines."""
    count = len(case.view.name_words)
    carried = 1.0 if case.view.website or case.view.links else 0.6
    return carried * ramp(count - 3, 2), f"The name has {plural(count, 'word')}." if count else "No name to read."


@signal("author.selling_name")
def selling_name(case: Case) -> Finding:
    """A name that sells."""
    words = case.view.name_words
    found = [word for word in words if word in SELLING]
    if said := phrases().found_in(frozenset(words), words):
        found += [phrase for name in TOPICS for phrase in said.get(name, [])]
    return ramp(len(found), 2), f"The name sells: {quoted(found[0])}." if found else "The name does not sell."


@signal("author.lower_phrase")
def lower_phrase(case: Case) -> Finding:
    """Two or more Latin words without a capital: a search term rather than a name. Two are enough beside a link or website."""
    name = case.submission.author[:500].strip()
    if not (name.isascii() and name.islower()):
        return 0.0, "The name is no search term."
    carried = bool(case.view.website or case.view.links)
    words = [word for word in case.view.name_words if len(word) > 1]
    if len(words) <= (1 if carried else 2):
        return 0.0, "The name is no search term."
    return (0.5 if not carried else 1.0 if len(words) > 2 else 0.6), "The name is a phrase without capitals."


@signal("author.link_name")
def link_name(case: Case) -> Finding:
    """A link for a name."""
    name = case.view.name
    linked = "." in name and bool(links_in(name) or domains_in(name))
    return (1.0, "The name holds a link.") if linked else (0.0, "The name holds no link.")


@signal("author.page_website", needs="website")
def page_website(case: Case) -> Finding:
    """The website is one page, found by a query or a file name. People give their home page."""
    site = case.view.website
    page = site is not None and ("?" in site.path or site.path.endswith((".php", ".html", ".htm", ".asp", ".aspx")))
    return (1.0, "The website is a single page.") if page else (0.0, "The website is not a single page.")


@signal("author.selling_website", needs="website")
def selling_website(case: Case) -> Finding:
    """A website whose address sells."""
    found = case.view.website_sells
    return (
        (1.0, f"The website's address sells: {quoted(found)}.") if found else (0.0, "No website whose address sells.")
    )


@signal("author.long_website", needs="website")
def long_website(case: Case) -> Finding:
    """The website is a page deep inside a site. People give their home page."""
    site = case.view.website
    length = len(site.address) if site else 0
    return ramp(length - 30, 30), f"The website's address has {length} characters." if length else "No website."


@signal("author.abused_website", needs="website")
def abused_website(case: Case) -> Finding:
    """A website under a much abused domain, or behind a shortener."""
    site = case.view.website
    found = site is not None and (site.host.rpartition(".")[2] in ABUSED_TLD or site.host in SHORTENERS)
    return (
        (1.0, f"A much abused kind of website: {quoted(site.host)}.")
        if found and site
        else (0.0, "No much abused website.")
    )


@signal("author.hyphen_website", needs="website")
def hyphen_website(case: Case) -> Finding:
    """A website whose host is strung together from keywords."""
    site = case.view.website
    count = site.host.count("-") if site else 0
    return ramp(
        count - 1, 2
    ), f"The website's host has {count} hyphens." if count > 1 else "No website with many hyphens."


@signal("author.disposable_mail")
def disposable_mail(case: Case) -> Finding:
    """An address made to be thrown away. Some readers want that; it counts for little."""
    labels = case.view.mail_domain.split(".")
    found = not DISPOSABLE.isdisjoint([".".join(labels[at:]) for at in range(min(3, len(labels) - 1))])
    return (1.0, "A throw-away e-mail address.") if found else (0.0, "Not a known throw-away e-mail address.")


@signal("author.random_name")
def random_name(case: Case) -> Finding:
    """A name of letters at random, or in changing case."""
    found = [word for word in _NAME_WORD.findall(case.submission.author[:READ_FIELD]) if at_random(word)]
    return (
        (1.0, f"A name of letters at random: {quoted(found[0])}.") if found else (0.0, "No name of letters at random.")
    )


@signal("author.mail_shape")
def mail_shape(case: Case) -> Finding:
    """An address as programs make them up: letters and figures in turns, or full of dots. Its letters stay out of the
    reason. Digits behind a name say nothing: readers have them more often than spam."""
    local = case.submission.email[:500].rpartition("@")[0].partition("+")[0].lower()
    strength = max(ramp(len(_TURN.findall(local)) - 1, 2), ramp(local.count(".") - 2, 1))
    return (
        (strength, "The e-mail address looks made up by a program.")
        if strength
        else (0.0, "Nothing strange in the shape of the e-mail address.")
    )


@signal("author.disagree", needs="website")
def disagree(case: Case) -> Finding:
    """Name, e-mail address and website have not one piece in common, though the address is not of a free provider.
    Readers who write from work do that too: it counts for little. Names in other letters than addresses have are left
    out."""
    site, domain, words = case.view.website, case.view.mail_domain, case.view.name_words
    if site is None or not domain or not words or domain in FREE_MAIL or not case.view.name.isascii():
        return 0.0, "No name, address and website to compare."
    local = case.submission.email[:500].rpartition("@")[0].lower()
    owner = domain.rpartition(".")[0].rpartition(".")[2] or domain
    pieces = [word for word in words if len(word) >= _PIECE]
    agree = owner in site.host or any(word in local or word in domain or word in site.host for word in pieces)
    if agree or not pieces:
        return 0.0, "Name, address and website do not contradict one another."
    return 1.0, "Name, e-mail address and website have nothing in common."


@signal("author.styled_name")
def styled_name(case: Case) -> Finding:
    """A name spelt in decorative letters that sells once they are made plain."""
    typed = case.submission.author[:500]
    words = [word for word in case.view.name_words if word in SELLING and word not in typed.lower()]
    return (1.0, f"The name hides {quoted(words[0])}.") if words else (0.0, "The name hides nothing.")


@signal("author.own_website", "author", needs="website")
def own_website(case: Case) -> Finding:
    """The host of the website is the author's name and little more: their own home page. Not for names or addresses that
    sell, nor for phrases without capitals."""
    site, words, name = case.view.website, case.view.name_words, case.submission.author[:READ_FIELD].strip()
    no = 0.0, "The website does not carry the author's name."
    longest = max(words, key=len, default="")
    if site is None or len(longest) < 4 or longest not in site.host or len(words) > 3 or "." in case.view.name:
        return no
    if case.view.website_sells or len(site.path) > 12 or (len(words) > 1 and name.islower()):
        return no
    label = next((label for label in site.host.split(".") if longest in label), "")
    rest = label
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "", 1)
    if not label or sum(map(str.isalnum, rest)) > _BESIDE_NAME or any(word in SELLING for word in words):
        return no
    return 1.0, "The website carries the author's name."


@signal("author.mail_at_website", "author", needs="website")
def mail_at_website(case: Case) -> Finding:
    """The e-mail address belongs to the website's host. Little: both are only typed."""
    site, domain = case.view.website, case.view.mail_domain
    if site is None or not domain or domain in FREE_MAIL or case.view.website_sells:
        return 0.0, "E-mail address and website do not support each other."
    same = site.host == domain or site.host.endswith(f".{domain}")
    return (
        (1.0, "E-mail address and website belong together.")
        if same
        else (0.0, "E-mail address and website do not support each other.")
    )
