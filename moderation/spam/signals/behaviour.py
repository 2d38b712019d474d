"""Signals from how a comment was sent. None of them can be learnt from collected comments: their weights are set by
hand."""

from moderation.spam.links import link_of
from moderation.spam.signals import Case, Finding, ramp, signal

_PROGRAMS = (
    "curl/", "wget/", "python-requests", "python-urllib", "aiohttp", "httpx", "libwww-perl", "go-http-client", "java/",
    "okhttp", "scrapy", "node-fetch", "axios", "headlesschrome", "phantomjs", "guzzlehttp",
)  # fmt: skip
_FAST_TYPING = 25.0
"""Characters a second that no hand types; a fast typist makes ten."""


@signal("behaviour.honeypot")
def honeypot(case: Case) -> Finding:
    """Something stood in the field that people do not see."""
    filled = bool(case.submission.honeypot.strip())
    return (1.0, "The hidden field was filled in.") if filled else (0.0, "The hidden field was left alone.")


@signal("behaviour.too_fast", needs="fill-in time")
def too_fast(case: Case) -> Finding:
    """Filled in within a few seconds. Below two it is a robot's; at six no longer strange."""
    seconds = case.submission.seconds_to_fill
    if seconds is None or seconds < 0:
        return 0.0, "It is not known how long filling in took."
    strength = 1.0 if seconds < 2 else ramp(6 - seconds, 4)
    return strength, f"Filled in within {seconds:.1f} seconds." if strength else "Time enough to fill it in."


@signal("behaviour.old_form", needs="fill-in time")
def old_form(case: Case) -> Finding:
    """A form that was fetched hours ago: robots collect tokens, and readers leave a page open over night."""
    seconds = case.submission.seconds_to_fill
    hours = (seconds or 0.0) / 3600
    strength = ramp(hours - 3, 9)
    return strength, f"The form was fetched {hours:.0f} hours before." if strength else "A fresh form."


@signal("behaviour.faster_than_typing", needs="fill-in time")
def faster_than_typing(case: Case) -> Finding:
    """More text than anyone can type in that time. Readers paste too, so this is little."""
    seconds, length = case.submission.seconds_to_fill, len(case.submission.text)
    if seconds is None or seconds < 0 or length < 200 or length < seconds * _FAST_TYPING:
        return 0.0, "Not faster than typing."
    return 1.0, f"{length} characters in {seconds:.0f} seconds: pasted or sent by a program."


@signal("behaviour.program", needs="agent")
def program(case: Case) -> Finding:
    """A program that does not pretend to be a browser."""
    agent = (case.submission.user_agent or "")[:500].lower()
    found = next((name for name in _PROGRAMS if name in agent), "")
    return (1.0, f"Sent by a program ({found.strip('/')}).") if found else (0.0, "No known program named itself.")


@signal("behaviour.no_agent", needs="agent")
def no_agent(case: Case) -> Finding:
    """No User-Agent header, though it was looked for. Every browser sends one."""
    return (
        (1.0, "No User-Agent header.") if case.submission.user_agent == "" else (0.0, "No missing User-Agent header.")
    )


@signal("behaviour.no_language")
def no_language(case: Case) -> Finding:
    """No Accept-Language header, though it was looked for. Browsers send one; programs that pretend to be one forget it."""
    return (
        (1.0, "No Accept-Language header.")
        if case.submission.language == ""
        else (0.0, "No missing Accept-Language header.")
    )


@signal("behaviour.strange_referrer")
def strange_referrer(case: Case) -> Finding:
    """A form post that says it comes from a page other than the article. A missing referrer says nothing."""
    if case.submission.via != "form" or not case.submission.referrer:
        return 0.0, "Nothing strange in where it comes from."
    sent = link_of(case.submission.referrer[:500].lower())
    page = link_of(case.submission.page_url[:500].lower())
    if sent is None or page is None or sent.host == page.host:
        return 0.0, "Nothing strange in where it comes from."
    return 1.0, "Says that it comes from another site."


@signal("behaviour.proof")
def proof(case: Case) -> Finding:
    """No proof of work, though the form asked for one, as it does while flood mode is on. A proof says nothing in favour:
    a robot's computer can do the sum too."""
    if case.submission.proof is None:
        return 0.0, "No proof of work was asked for."
    return (0.0, "Came with its proof of work.") if case.submission.proof else (1.0, "Came without its proof of work.")
