"""Moderators: making them, knowing them again, and the sites they may act on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_login import LoginManager
from sqlalchemy import Select, bindparam, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.database import writing
from moderation.extensions import db
from moderation.keys import new_token, token_hash
from moderation.models import ApiToken, DeskSession, Moderator, ModeratorSite, Role, Site, now, record, site_by_key
from moderation.models.asking import Asked, dialect_of, known
from moderation.problems import said
from moderation.review import passwords, sessions
from moderation.review.attempts import Attempts, Guesser
from moderation.review.passwords import BadPassword
from moderation.text.emails import BadEmail, parse_email
from moderation.text.names import clean_line

_NAME_LENGTH = 245
_SITES_LISTED = 200
_log = logging.getLogger("moderation.review")
# What nearly every request asks is kept: to put a question together takes longer than to answer it.
_OF_TOKEN = Asked(
    lambda _dialect: (
        select(Moderator.__table__)
        .join(ApiToken, ApiToken.moderator_id == Moderator.id)
        .where(ApiToken.token_hash == bindparam("token_hash"))
    )
)
_ALL_SITES = Asked(lambda _dialect: select(Site.id, Site.key))
_THEIR_SITES = Asked(
    lambda _dialect: (
        select(Site.id, Site.key)
        .join(ModeratorSite, ModeratorSite.site_id == Site.id)
        .where(ModeratorSite.moderator_id == bindparam("moderator_id"))
    )
)
# Any two numbers that nothing else locks: changes of rights pass one by one.
_LOCK = text("SELECT pg_advisory_xact_lock(7201, 1)")
_FIRST_SITES = select(Site).order_by(Site.key).limit(_SITES_LISTED)
_THEIR_FIRST_SITES = _FIRST_SITES.join(ModeratorSite, ModeratorSite.site_id == Site.id).where(
    ModeratorSite.moderator_id == bindparam("moderator_id")
)


class AccountError(ValueError):
    """A moderator cannot be made or changed as asked; the message says which value, why, and what would do.

    `field` is the value that is wrong: `email`, `name`, `role` or `password`.
    """

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


def init(manager: LoginManager) -> None:
    """Teach Flask-Login who is signed in. A session stands and falls with its row, never with the browser's name."""
    manager.session_protection = None
    manager.user_loader(lambda token: sessions.find(token, now()))


def create_moderator(
    email: str, name: str, role: Role, sites: Sequence[Site] | None, password: str, *, by: Moderator | None = None
) -> Moderator:
    """Make a moderator of `sites`, or with None of every site, also of later ones. Raises `AccountError`.

    `by` is who does it; None for a command.
    """
    address = _parsed(email)
    shown = clean_line(name)
    if not shown or len(shown) > _NAME_LENGTH:
        raise AccountError(
            _(
                "The name has %(n)s visible characters; it needs 1 to %(most)s. Readers see it above replies.",
                n=len(shown),
                most=_NAME_LENGTH,
            ),
            "name",
        )
    moderator = Moderator(
        email=address,
        name=shown,
        role=role,
        all_sites=sites is None,
        password_hash=_new_hash(password, address),
    )
    try:
        with writing() as session:
            session.add(moderator)
            session.flush()
            session.add_all(ModeratorSite(moderator_id=moderator.id, site_id=site.id) for site in sites or ())
            note(session, "added", moderator, spread(session, moderator), by=by, role=role)
    except IntegrityError as fault:
        raise AccountError(_already(address), "email") from fault
    return moderator


def free_address(email: str, *, there: bool = True) -> str:
    """An address as it is stored, which no account has; without a database (`there`) none has. Raises `AccountError`."""
    address = _parsed(email)
    if there and _by_email(address) is not None:
        raise AccountError(_already(address), "email")
    return address


def check_password(password: str, email: str) -> None:
    """Raise `AccountError` unless this may be the password of the account with this address."""
    try:
        passwords.check(password, email)
    except BadPassword as fault:
        raise AccountError(str(fault), "password") from fault


def join(
    session: Session, email: str, role: Role | None, sites: set[int | None], *, by: Moderator | None
) -> Moderator | None:
    """Give sites to the account with this address, inside a transaction that has begun already; None stands for every site.

    Name, password and role stay: `role` is what it is expected to be. An owner (`by`) does so only for an account that has no
    site which he does not reach. Gives None when there is no such account. Raises `AccountError`.
    """
    address = _parsed(email)
    in_turn(session)
    moderator = session.scalars(_by_address(address)).one_or_none()
    if moderator is None:
        return None
    has = spread(session, moderator)
    if None in has or sites <= has:
        raise AccountError(_already(address), "email")
    if by is not None and not by.all_sites and not (has and has <= set(reach(by))):
        # Its password is others' to set, and its rights would no longer be theirs alone to end.
        raise AccountError(not_within(address) if has else _already(address), "email")
    if not moderator.active:
        sentence = _(
            "The access of %(email)s was taken away. An owner of all their sites has to give it back first.",
            email=address,
        )
        raise AccountError(sentence, "email")
    if role not in {None, moderator.role}:
        sentence = _(
            "%(email)s has an account already, with another role. A role is the same on all sites of an account: choose "
            "that one here. Who owns all of these sites may change it on the account's page.",
            email=address,
        )
        raise AccountError(sentence, "role")
    give(session, moderator, {None} if None in sites else has | sites, by=by)
    return moderator


def give(session: Session, moderator: Moderator, sites: set[int | None], *, by: Moderator | None) -> set[int | None]:
    """Let a moderator have these sites and no others, inside a transaction that has begun already. Gives those that stay."""
    before = spread(session, moderator)
    moderator.all_sites = None in sites
    session.execute(delete(ModeratorSite).where(ModeratorSite.moderator_id == moderator.id))
    session.add_all(ModeratorSite(moderator_id=moderator.id, site_id=each) for each in sites if each is not None)
    note(session, "added", moderator, sites - before, by=by, role=moderator.role)
    if None not in sites:
        note(session, "removed", moderator, before - sites, by=by)
    return before & sites


def in_turn(session: Session) -> None:
    """Wait for whoever changes rights at this moment; until the transaction ends nobody else does."""
    if dialect_of(session).name == "postgresql":
        session.execute(_LOCK)


def set_password(moderator: Moderator, password: str, *, by: Moderator | None = None, keep: str = "") -> int:
    """Change a password. Every session of the moderator ends, but for the one with the token `keep`, and every token of
    their programs: gives how many.

    Raises `AccountError`.
    """
    stored = _new_hash(password, moderator.email)
    others = DeskSession.moderator_id == moderator.id, DeskSession.token_hash != token_hash(keep)
    with writing() as session:
        session.execute(update(Moderator).where(Moderator.id == moderator.id).values(password_hash=stored))
        session.execute(delete(DeskSession).where(*others))
        ended = _end_tokens(session, moderator)
        note(session, "password", moderator, spread(session, moderator), by=by)
    return ended


def deactivate(moderator: Moderator, *, by: Moderator | None = None) -> None:
    """Take a moderator's access away, in open browsers and programs too. The log keeps what they decided."""
    with writing() as session:
        shut(session, moderator, by=by)


def shut(session: Session, moderator: Moderator, *, by: Moderator | None) -> None:
    """The same inside a transaction that has begun already."""
    session.execute(update(Moderator).where(Moderator.id == moderator.id).values(active=False))
    session.execute(delete(DeskSession).where(DeskSession.moderator_id == moderator.id))
    _end_tokens(session, moderator)
    note(session, "removed", moderator, spread(session, moderator), by=by)


def spread(session: Session, moderator: Moderator) -> set[int | None]:
    """The ids of the sites that a moderator was given; None stands for every site, also later ones."""
    if moderator.all_sites:
        return {None}
    return set(session.scalars(select(ModeratorSite.site_id).where(ModeratorSite.moderator_id == moderator.id)))


def note(
    session: Session, act: str, moderator: Moderator, sites: set[int | None], *, by: Moderator | None, **detail: Any
) -> None:
    """Write down what was done to a moderator, in the log of each site that it concerns and in no other."""
    for site_id in sorted(sites, key=lambda each: each or 0):
        record(
            session,
            f"moderator.{act}",
            moderator=by,
            site_id=site_id,
            moderator_id=moderator.id,
            name=moderator.name,
            **detail,
        )


def verify(email: str, password: str, at: datetime, network: str) -> Moderator | None:
    """The active moderator with this email and password, or None; both take the same work.

    `network` is where the attempt comes from, as rate limits count it. After `attempts.FREE_ATTEMPTS` failures for one
    address from there each further attempt has to wait, twice as long each time and at most `attempts.LONGEST_WAIT`
    seconds: then raises `TooMany`, whether the address has an account or not. An attempt is counted before the password
    is looked at, so that many at once cannot slip through together.
    """
    address = email.strip().lower()[:254].replace("\0", "")
    guesser = Guesser(address, network)
    _attempts.count(guesser, at)
    moderator = _by_email(address)
    stored = moderator.password_hash if moderator else None
    right = passwords.matches(stored, password)
    if moderator is None or not right or not moderator.active:
        _log.info("login refused, moderator %s", moderator.id if moderator else "unknown")
        return None
    _attempts.forgive(guesser)
    if stored is not None and passwords.is_outdated(stored):
        # Unless somebody set another password meanwhile: that one stays.
        same = update(Moderator).where(Moderator.id == moderator.id, Moderator.password_hash == stored)
        fresh = passwords.hashed(password)
        with writing() as session:
            session.execute(same.values(password_hash=fresh))
    return moderator


def issue_token(moderator: Moderator) -> str:
    """A bearer token for programs. This is the only time it can be seen."""
    token = new_token()
    with writing() as session:
        session.add(ApiToken(token_hash=token_hash(token), moderator_id=moderator.id))
    return token


def tokens_of(moderator: Moderator) -> int:
    """How many tokens are in force for a moderator's programs."""
    return db.session.scalar(select(func.count()).where(ApiToken.moderator_id == moderator.id)) or 0


def end_tokens(moderator: Moderator, *, by: Moderator | None = None) -> int:
    """End every token of a moderator's programs; gives how many. Browsers stay signed in."""
    with writing() as session:
        ended = _end_tokens(session, moderator)
        if ended:
            note(session, "tokens", moderator, spread(session, moderator), by=by)
    return ended


def moderator_of(token: str) -> Moderator | None:
    """The active moderator to whom a bearer token was given."""
    session: Session = db.session()
    row = _OF_TOKEN.row(session, {"token_hash": token_hash(token)})
    if row is None:
        return None
    moderator = known(session, Moderator, dict(zip(Moderator.__table__.columns.keys(), row, strict=True)))
    return moderator if moderator.active else None


def reach(moderator: Moderator) -> list[int]:
    """The ids of the sites that a moderator may act on; of no others."""
    return list(site_keys(moderator))


def site_keys(moderator: Moderator) -> dict[int, str]:
    """The same sites as `reach`, each id with its key."""
    if moderator.all_sites:
        return dict(_ALL_SITES.rows(db.session(), {}))
    return dict(_THEIR_SITES.rows(db.session(), {"moderator_id": moderator.id}))


def sites_of(moderator: Moderator) -> list[Site]:
    """The first sites that a moderator may act on, by key, to choose from."""
    if moderator.all_sites:
        return list(db.session.scalars(_FIRST_SITES))
    return list(db.session.scalars(_THEIR_FIRST_SITES, {"moderator_id": moderator.id}))


def site_for(moderator: Moderator, key: str) -> Site | None:
    """The site with this key if the moderator may act on it; a site of others looks like one that does not exist."""
    site = site_by_key(db.session(), key, kept=True)
    if site is None or moderator.all_sites:
        return site
    return site if db.session.get(ModeratorSite, (moderator.id, site.id)) else None


def _end_tokens(session: Session, moderator: Moderator) -> int:
    theirs = delete(ApiToken).where(ApiToken.moderator_id == moderator.id)
    return len(session.scalars(theirs.returning(ApiToken.id)).all())


def _parsed(email: str) -> str:
    try:
        return parse_email(email).lower()
    except BadEmail as fault:
        raise AccountError(_("The email address cannot be used. %(why)s", why=said(fault)), "email") from fault


def _new_hash(password: str, email: str) -> str:
    check_password(password, email)
    return passwords.hashed(password)


def _by_email(address: str) -> Moderator | None:
    moderator = db.session.scalars(_by_address(address)).one_or_none()
    # A password takes long to compare and may have to queue: no connection is held meanwhile.
    db.session.commit()
    return moderator


def _by_address(address: str) -> Select[Moderator]:
    return select(Moderator).where(Moderator.email == address).execution_options(populate_existing=True)


def not_within(name: str) -> str:
    """Why an owner may not change somebody who has further sites."""
    return _(
        "%(name)s also has sites that are not yours, so this is not for you to change. Ask an owner of every site.",
        name=name,
    )


def _already(address: str) -> str:
    return _("There is a moderator %(email)s already.", email=address)


_attempts = Attempts()
