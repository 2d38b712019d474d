"""E-mail addresses: checked, brought to one form, recognised again."""

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import idna

if TYPE_CHECKING:
    from moderation.text.resolver import HurriedResolver


class BadEmail(ValueError):
    """An address that cannot be taken. Its text is a sentence that names the fault and the way out."""


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox: `normalized` to store and show, `ascii` to hand to a mail server (`None` if it needs SMTPUTF8)."""

    normalized: str
    ascii: str | None


def parse_mailbox(raw: str, *, max_length: int = 254, deliverability: bool = False) -> Address:
    """Check `raw` strictly, white space around it included, and return both of its forms. Raises `BadEmail`.

    254 characters is what an SMTP path leaves for an address (RFC 5321 section 4.5.3.1.3), 64 its local part. With
    `deliverability` the domain is looked up in DNS; no answer within `resolver.DNS_SECONDS` never refuses a reader.
    """
    # Loaded by those who take comments: a start need not wait for it, and who only answers readers never needs it.
    from email_validator import EmailNotValidError, EmailUndeliverableError, validate_email

    if not raw.strip():
        raise BadEmail("The e-mail address is missing. Please give one such as name@example.com.")
    if len(raw) > max_length:
        raise BadEmail(f"The e-mail address is longer than {max_length} characters. Please give a shorter one.")
    try:
        checked = validate_email(
            raw,
            allow_smtputf8=True,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            strict=True,
            check_deliverability=deliverability,
            dns_resolver=_resolver() if deliverability else None,
        )
    except EmailUndeliverableError as fault:
        raise BadEmail(f"{fault} Please check the part after the @, or give another address.") from None
    except EmailNotValidError as fault:
        raise BadEmail(f"{fault} Please give an address such as name@example.com.") from None
    if len(checked.normalized) > max_length:
        raise BadEmail(f"The e-mail address is longer than {max_length} characters. Please give a shorter one.")
    return Address(checked.normalized, checked.ascii_email)


def parse_email(raw: str, *, max_length: int = 254, deliverability: bool = False) -> str:
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


def _resolver() -> "HurriedResolver":
    from moderation.text.resolver import HurriedResolver

    return HurriedResolver()
