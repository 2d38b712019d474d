"""A site's moderators as its owners see and change them.

An owner gives and takes only sites that he reaches himself. Role, password, tokens and access of somebody else he changes, and an
account that is there already he adds to a site, only where he reaches all of that person's sites. Nobody takes rights from
himself: another owner does that. So a site that has an active owner keeps one: whoever takes rights away is still there, as
an owner of all the sites concerned.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from moderation.database import writing
from moderation.extensions import db
from moderation.keys import keyed_hash
from moderation.models import LARGEST_ID, DeskSession, Moderator, ModeratorSite, Role, Site, now
from moderation.network import network_key
from moderation.problems import Forbidden, NotFound
from moderation.review import accounts
from moderation.review.accounts import AccountError, give, in_turn, not_within, note, reach, sites_of, spread
from moderation.settings import current

_LISTED = 500
_NAMED = 5


class TeamError(ValueError):
    """Something cannot be done as asked. `errors` has a sentence for each field that is wrong; "" is the whole form."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Person:
    """A moderator as one owner may see them: `sites` are those that the owner reaches too.

    `beyond`: there are others besides. `mine`: the owner may change role, password and access. `self`: it is the owner.
    `seen_at` is when a browser of theirs last asked for a page; None when none is signed in. `state` stands for all of
    it, so that a change since can be noticed.
    """

    moderator: Moderator
    sites: list[Site]
    beyond: bool
    mine: bool
    self: bool
    seen_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What an owner wants somebody to have: a role, and of the sites that were `offered` those `given`; or `every` site,
    also later ones."""

    role: Role
    offered: frozenset[int]
    given: frozenset[int]
    every: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """Who was added. `made` is the password that was made here, which cannot be seen again; "" when it was typed.

    `known`: the account was there already, and has its name and password from before.
    """

    moderator: Moderator
    made: str = ""
    known: bool = False


def people(owner: Moderator, site: Site) -> list[Person]:
    """Who may act on a site, the active first. To an owner of every site also those who have no site at all."""
    return _people(owner, _of_site(owner, site))


def person(owner: Moderator, site: Site, moderator_id: int) -> Person:
    """One of `people`. Raises `NotFound`."""
    if not 0 < moderator_id <= LARGEST_ID:
        raise NotFound(_("There is no such moderator on this site."))
    found = _people(owner, and_(_of_site(owner, site), Moderator.id == moderator_id))
    if not found:
        raise NotFound(_("There is no such moderator on this site."))
    return found[0]


def add(owner: Moderator, email: str, name: str, rights: Rights, password: str) -> Added:
    """Make a moderator, with the password that was typed or else one that is made here; or give the sites to the account
    that has this address already, which keeps name, password and role. Raises `TeamError`, `Forbidden`.
    """
    try:
        with _ruling(owner) as session:
            chosen = [site for site in sites_of(owner) if site.id in rights.given]
            if not chosen and not rights.every:
                raise TeamError({"sites": _("Choose at least one site; without one nothing can be done at the desk.")})
            if rights.every and not owner.all_sites:
                raise TeamError({"sites": _only_own_sites()})
            given: set[int | None] = {None} if rights.every else {site.id for site in chosen}
            known = accounts.join(session, email, rights.role, given, by=owner)
        if known is not None:
            return Added(known, known=True)
        made = "" if password else _new_password()
        sites = None if rights.every else chosen
        return Added(accounts.create_moderator(email, name, rights.role, sites, password or made, by=owner), made)
    except AccountError as fault:
        raise TeamError({fault.field: str(fault)}) from fault


def change(owner: Moderator, site: Site, moderator_id: int, rights: Rights, *, seen: str) -> None:
    """Give somebody another role or other sites. Raises `TeamError`, `NotFound`, `Forbidden`."""
    with _changing(owner, site, moderator_id, seen) as (session, who):
        target = who.moderator
        if who.self:
            raise TeamError({"": _not_oneself(session, owner)})
        if not who.mine and (rights.role != target.role or rights.every or target.all_sites):
            raise TeamError({"": not_within(target.name)})
        if rights.every and not owner.all_sites:
            raise TeamError({"sites": _only_own_sites()})
        role, before = target.role, spread(session, target)
        target.role = rights.role
        offered = rights.offered & frozenset(reach(owner))
        kept = set() if rights.every else {each for each in before if each is not None and each not in offered}
        after: set[int | None] = {None} if rights.every else {*kept, *(rights.given & offered)}
        stay = give(session, target, after, by=owner)
        if role != target.role:
            note(session, "changed", target, stay, by=owner, role=[role, target.role])


def renew(
    owner: Moderator, site: Site, moderator_id: int, password: str, *, seen: str, token: str, present: str
) -> str:
    """Set a new password: the one that was typed, or one made here, which is given back and cannot be seen again.

    One's own has to be typed, beside the `present` one: a browser that was left signed in is nobody's proof. This browser,
    whose session has `token`, stays signed in. Raises `TeamError`, `NotFound`, `TooMany`.
    """
    who = _answered_for(owner, site, moderator_id, seen)
    if who.self and not password:
        raise TeamError({"password": _("Type your new password yourself, so that you are sure to know it.")})
    if who.self and accounts.verify(owner.email, present, now(), network_key()) is None:
        raise TeamError({"present": _("This is not your present password.")})
    made = "" if password else _new_password()
    try:
        keep = token if who.self else ""
        accounts.set_password(who.moderator, password or made, by=owner, keep=keep)
    except AccountError as fault:
        raise TeamError({fault.field: str(fault)}) from fault
    return made


def end_tokens(owner: Moderator, site: Site, moderator_id: int, *, seen: str) -> None:
    """End the tokens of somebody's programs, or of one's own. Raises `TeamError`, `NotFound`."""
    accounts.end_tokens(_answered_for(owner, site, moderator_id, seen).moderator, by=owner)


def switch(owner: Moderator, site: Site, moderator_id: int, *, active: bool, seen: str) -> None:
    """Take somebody's access away, in browsers and programs, or give it back. Raises `TeamError`, `NotFound`."""
    with _changing(owner, site, moderator_id, seen) as (session, who):
        target = who.moderator
        if who.self:
            raise TeamError({"": _not_oneself(session, owner)})
        if not who.mine:
            raise TeamError({"": not_within(target.name)})
        if active and not target.active:
            target.active = True
            note(session, "changed", target, spread(session, target), by=owner, active=[False, True])
        elif target.active and not active:
            accounts.shut(session, target, by=owner)


def _answered_for(owner: Moderator, site: Site, moderator_id: int, seen: str) -> Person:
    """Somebody whose password and tokens are the owner's to end: oneself, and who has only sites that the owner reaches."""
    who = person(owner, site, moderator_id)
    _unchanged(who, seen)
    if not who.mine and not who.self:
        raise TeamError({"": not_within(who.moderator.name)})
    return who


@contextmanager
def _ruling(owner: Moderator) -> Iterator[Session]:
    """A transaction in which nobody else changes rights, to somebody who is an owner still."""
    with writing() as session:
        in_turn(session)
        # Two owners may be taking each other's rights: what the page's own request read is of before.
        session.expire_all()
        if not owner.active or owner.role != "owner":
            raise Forbidden(_only_owners())
        yield session


@contextmanager
def _changing(owner: Moderator, site: Site, moderator_id: int, seen: str) -> Iterator[tuple[Session, Person]]:
    """A transaction for a change of rights, with the person as they are now."""
    with _ruling(owner) as session:
        if site.id not in reach(owner):
            raise Forbidden(_only_owners())
        who = person(owner, site, moderator_id)
        _unchanged(who, seen)
        yield session, who


def _not_oneself(session: Session, owner: Moderator) -> str:
    """Why somebody cannot change his own rights, and what would do."""
    another = (Moderator.active.is_(True), Moderator.role == "owner", Moderator.id != owner.id)
    given = exists().where(ModeratorSite.site_id == Site.id, ModeratorSite.moderator_id == Moderator.id, *another)
    alone = Site.id.in_(reach(owner)), ~exists().where(Moderator.all_sites.is_(True), *another), ~given
    without = list(session.scalars(select(Site.name).where(*alone).order_by(Site.key).limit(_NAMED)))
    if without:
        return _(
            "You are the last owner of: %(sites)s. Make somebody else an owner there; they can then change your rights.",
            sites=", ".join(without),
        )
    return _("You cannot take rights from yourself. Ask another owner to do it.")


def _of_site(owner: Moderator, site: Site) -> ColumnElement[bool]:
    given = ModeratorSite.moderator_id == Moderator.id
    on_it = or_(Moderator.all_sites.is_(True), exists().where(given, ModeratorSite.site_id == site.id))
    return or_(on_it, ~exists().where(given)) if owner.all_sites else on_it


def _people(owner: Moderator, where: ColumnElement[bool]) -> list[Person]:
    seen = select(func.max(DeskSession.seen_at)).where(DeskSession.moderator_id == Moderator.id).scalar_subquery()
    rows = db.session.execute(
        select(Moderator, seen)
        .where(where)
        .order_by(Moderator.active.desc(), Moderator.name, Moderator.id)
        .limit(_LISTED)
        .options(selectinload(Moderator.sites))
        .execution_options(populate_existing=True)
    )
    mine = set(reach(owner))
    return [_seen_by(owner, mine, moderator, seen_at) for moderator, seen_at in rows]


def _seen_by(owner: Moderator, reached: set[int], moderator: Moderator, seen_at: datetime | None) -> Person:
    theirs = {site.id for site in moderator.sites}
    within = not moderator.all_sites and bool(theirs) and theirs <= reached
    return Person(
        moderator=moderator,
        sites=[site for site in moderator.sites if site.id in reached],
        beyond=not owner.all_sites and (moderator.all_sites or not theirs <= reached),
        mine=owner.all_sites or within,
        self=moderator.id == owner.id,
        seen_at=seen_at,
        state=_state(moderator),
    )


def _state(moderator: Moderator) -> str:
    sites = ",".join(str(site.id) for site in moderator.sites)
    facts = f"{moderator.role} {moderator.active} {moderator.all_sites} {sites} {moderator.password_hash}"
    return keyed_hash(current(), "moderator-state", facts) or ""


def _unchanged(who: Person, seen: str) -> None:
    if who.state != seen:
        sentence = _(
            "%(name)s was changed by somebody else meanwhile. Look at what is there now, then try again.",
            name=who.moderator.name,
        )
        raise TeamError({"": sentence})


def _new_password() -> str:
    return secrets.token_urlsafe(12)


def _only_owners() -> str:
    return _("Only an owner may do this. Ask one of the site's owners.")


def _only_own_sites() -> str:
    return _("You can give only sites that you reach yourself. Ask an owner of every site.")
