"""Signals from the name, the e-mail address and the website. An empty field says nothing. Addresses stay out of
reasons."""

from moderation.spam.lexicon import ABUSED_TLD, DISPOSABLE, FREE_MAIL, SELLING, SHORTENERS
from moderation.spam.links import domains_in, links_in
from moderation.spam.signals import Case, Finding, plural, ramp, signal
from moderation.spam.view import quoted


@signal("author.many_words")
def many_words(case: Case) -> Finding:
    """A name of four words or more is a phrase for search engines."""
    count = len(case.view.name_words)
    carried = 1.0 if case.view.website or case.view.links else 0.4
    return carried * ramp(count - 3, 2), f"The name has {plural(count, 'word')}." if count else "No name to read."


@signal("author.selling_name")
def selling_name(case: Case) -> Finding:
    """A name that sells."""
    found = [word for word in case.view.name_words if word in SELLING]
    return ramp(len(found), 2), f"The name sells: {quoted(found[0])}." if found else "The name does not sell."


@signal("author.lower_phrase")
def lower_phrase(case: Case) -> Finding:
    """Two or more Latin words without a capital, beside a link or website: a search term rather than a name."""
    name = case.submission.author[:500].strip()
    carried = bool(case.view.website or case.view.links)
    phrase = carried and " " in name and name.isascii() and name.islower() and len(case.view.name_words) > 1
    return (
        (1.0, "The name is a phrase without capitals.")
        if phrase
        else (0.0, "The name is not a search term with a link.")
    )


@signal("author.link_name")
def link_name(case: Case) -> Finding:
    """A link for a name."""
    name = case.view.name
    linked = bool(links_in(name) or domains_in(name))
    return (1.0, "The name holds a link.") if linked else (0.0, "The name holds no link.")


@signal("author.page_website")
def page_website(case: Case) -> Finding:
    """The website is one page, found by a query or a file name. People give their home page."""
    site = case.view.website
    page = site is not None and ("?" in site.path or site.path.endswith((".php", ".html", ".htm", ".asp", ".aspx")))
    return (1.0, "The website is a single page.") if page else (0.0, "The website is not a single page.")


@signal("author.selling_website")
def selling_website(case: Case) -> Finding:
    """A website whose address sells."""
    found = case.view.website_sells
    return (
        (1.0, f"The website's address sells: {quoted(found)}.") if found else (0.0, "No website whose address sells.")
    )


@signal("author.long_website")
def long_website(case: Case) -> Finding:
    """The website is a page deep inside a site. People give their home page."""
    site = case.view.website
    length = len(site.address) if site else 0
    return ramp(length - 30, 30), f"The website's address has {length} characters." if length else "No website."


@signal("author.abused_website")
def abused_website(case: Case) -> Finding:
    """A website under a much abused domain, or behind a shortener."""
    site = case.view.website
    found = site is not None and (site.host.rpartition(".")[2] in ABUSED_TLD or site.host in SHORTENERS)
    return (
        (1.0, f"A much abused kind of website: {quoted(site.host)}.")
        if found and site
        else (0.0, "No much abused website.")
    )


@signal("author.hyphen_website")
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
    found = case.view.mail_domain in DISPOSABLE
    return (1.0, "A throw-away e-mail address.") if found else (0.0, "Not a known throw-away e-mail address.")


@signal("author.styled_name")
def styled_name(case: Case) -> Finding:
    """A name spelt in decorative letters and selling, or carrying a lucky number, once they are made plain."""
    typed = case.submission.author[:500]
    words = [word for word in case.view.name_words if word in SELLING and word not in typed.lower()]
    return (1.0, f"The name hides {quoted(words[0])}.") if words else (0.0, "The name hides nothing.")


@signal("author.own_website", "author")
def own_website(case: Case) -> Finding:
    """A person's name in the host of the website: their own home page. Not for names or addresses that sell."""
    site, words = case.view.website, case.view.name_words
    if site is None or not words or len(words) > 3 or "." in case.view.name or any(word in SELLING for word in words):
        return 0.0, "The website does not carry the author's name."
    if case.view.website_sells or len(site.path) > 12:
        return 0.0, "The website does not carry the author's name."
    longest = max(words, key=len)
    if len(longest) < 4 or longest not in site.host:
        return 0.0, "The website does not carry the author's name."
    return 1.0, "The website carries the author's name."


@signal("author.mail_at_website", "author")
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
