"""E-mail addresses: checked, brought to one form, recognised again."""

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import idna

from moderation.text.faults import Fault

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

    from moderation.text.resolver import HurriedResolver

_LONGEST = 254
_LONGEST_LOCAL = 64


class BadEmail(Fault):
    """An address that no mail could be sent to."""


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox: `normalized` to store and show, `ascii` to hand to a mail server (`None` if it needs SMTPUTF8)."""

    normalized: str
    ascii: str | None


def parse_mailbox(raw: str, *, max_length: int = _LONGEST, deliverability: bool = False) -> Address:
    """Check `raw` strictly, white space around it included, and return both of its forms. Raises `BadEmail`.

    254 characters is what an SMTP path leaves for an address (RFC 5321 section 4.5.3.1.3), 64 its local part. With
    `deliverability` the domain is looked up in DNS; no answer within `resolver.DNS_SECONDS` never refuses a reader.
    """
    if not raw.strip():
        raise BadEmail("Please type your email address.")
    if len(raw) > max_length:
        raise _too_long(max_length)
    # Loaded by those who take comments: a start need not wait for it, and who only answers readers never needs it.
    from email_validator import EmailNotValidError, EmailUndeliverableError

    try:
        checked = _checked(raw, resolver=_resolver() if deliverability else None)
    except EmailUndeliverableError:
        raise _unreachable(raw.rpartition("@")[2]) from None
    except EmailNotValidError:
        raise _fault_of(raw) from None
    if len(checked.normalized) > max_length:
        raise _too_long(max_length)
    return Address(checked.normalized, checked.ascii_email)


def parse_email(raw: str, *, max_length: int = _LONGEST, deliverability: bool = False) -> str:
    """Return the form of an address to store. Raises `BadEmail`. See `parse_mailbox`."""
    return parse_mailbox(raw, max_length=max_length, deliverability=deliverability).normalized


def email_identity(email: str) -> str:
    """Return the form under which one mailbox is recognised, for keyed hashes: lower case, domain in IDNA.

    Never raises: an imported address that no one would accept today still has to be found again.
    """
    local, at, domain = unicodedata.normalize("NFC", email.strip()).lower().rpartition("@")
    if domain and not domain.isascii() and len(domain) <= 253:
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except ValueError:
            # An invalid domain keeps its own spelling: it still equals itself.
            return f"{local}{at}{domain}"
    return f"{local}{at}{domain}"


def _checked(raw: str, *, resolver: "HurriedResolver | None" = None) -> "ValidatedEmail":
    from email_validator import validate_email

    return validate_email(
        raw,
        allow_smtputf8=True,
        allow_quoted_local=False,
        allow_domain_literal=False,
        allow_display_name=False,
        strict=True,
        check_deliverability=resolver is not None,
        dns_resolver=resolver,
    )


def _is_valid(raw: str) -> bool:
    from email_validator import EmailNotValidError

    try:
        _checked(raw)
    except EmailNotValidError:
        return False
    return True


def _fault_of(raw: str) -> BadEmail:
    """What is wrong with an address that was refused, found by trying its parts.

    The library's own sentences are many, in English, and others in each of its versions.
    """
    from email_validator import SPECIAL_USE_DOMAIN_NAMES

    local, at, domain = raw.partition("@")
    if any(mark in raw for mark in '"<>'):
        return BadEmail(
            "An email address stands alone here, without a name, quotation marks or angle brackets. "
            "Please give one such as name@example.com."
        )
    if not at:
        return BadEmail("An email address must have an @-sign. Please give an address such as name@example.com.")
    if "@" in domain:
        return BadEmail("An email address has only one @-sign. Please give one address such as name@example.com.")
    if not local or not domain:
        return BadEmail(
            "There must be something before and after the @-sign. Please give an address such as name@example.com."
        )
    if len(local) > _LONGEST_LOCAL:
        return BadEmail(
            "The part before the @-sign is longer than %(limit)s characters. Please give another address.",
            limit=_LONGEST_LOCAL,
        )
    # Counted in bytes, since the parts are not too long in characters.
    if len(raw.encode("utf-8", "replace")) > _LONGEST:
        return _too_long(_LONGEST)
    if not _is_valid(f"{local}@example.com"):
        return BadEmail(
            "The part before the @-sign holds a space, a dot in the wrong place or another character that cannot stand "
            "there. Please give an address such as name@example.com."
        )
    if _is_valid(f"a@{domain}"):
        return _too_long(_LONGEST)
    host, _dot, top = domain.rpartition(".")
    if top.lower() in SPECIAL_USE_DOMAIN_NAMES and _is_valid(f"a@{host}.com"):
        return _unreachable(domain)
    return BadEmail(
        "The part after the @-sign is not a complete domain name. Please give an address such as name@example.com."
    )


def _unreachable(domain: str) -> BadEmail:
    return BadEmail(
        "%(domain)s does not exist or takes no mail. Please check the part after the @, or give another address.",
        domain=domain,
    )


def _too_long(limit: int) -> BadEmail:
    return BadEmail("The e-mail address is longer than %(limit)s characters. Please give a shorter one.", limit=limit)


def _resolver() -> "HurriedResolver":
    from moderation.text.resolver import HurriedResolver

    return HurriedResolver()
