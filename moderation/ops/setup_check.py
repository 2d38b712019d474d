"""Whether the service is set up well: its settings, its secret, its database. Nothing is made, changed or fetched."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from moderation import schema
from moderation.extensions import db
from moderation.keys import secret_file
from moderation.models import Moderator, Site
from moderation.ops.findings import Finding, is_local, ok, warning, wrong
from moderation.settings import SHORTEST_SECRET, Network, Settings, SettingsError, load

_OTHERS = stat.S_IRWXO
_GROUP = stat.S_IRWXG
# A network with more addresses than any operator's own proxies have.
_WIDE = {4: 8, 6: 16}


def settings(environ: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """The settings, or None where they cannot be used, and what is to be said of them."""
    try:
        chosen = load(environ)
    except SettingsError as fault:
        return None, [wrong("settings", line) for line in fault.lines]
    found = [ok("settings", "Every setting can be used.")]
    found.append(_address(chosen, given=bool(environ.get("MODERATION_PUBLIC_URL"))))
    found.append(_proxies(chosen))
    found += _secret(chosen)
    return chosen, found


def _address(chosen: Settings, *, given: bool) -> Finding:
    url = chosen.public_url
    remedy = "MODERATION_PUBLIC_URL=https://comments.example (the address at which readers' browsers reach the service)"
    if not given:
        return warning(
            "address", f"MODERATION_PUBLIC_URL is not set; {url} is for a try on this machine alone.", remedy
        )
    if is_local(url):
        return warning(
            "address", f"{url} leads each reader to a machine of their own; it is for a try here alone.", remedy
        )
    if url.startswith("http:"):
        sentence = f"{url} is not https: pages on https cannot load it, and passwords travel for anybody to read."
        return warning("address", sentence, remedy)
    return ok("address", f"Readers' browsers reach the service at {url}.")


def _proxies(chosen: Settings) -> Finding:
    trusted = chosen.trusted_proxies
    named = ",".join(map(_short, trusted))
    never = (
        "X-Forwarded-Proto, X-Forwarded-Host, X-Real-IP and Forwarded never are: MODERATION_PUBLIC_URL stands for them"
    )
    wide = [_short(network) for network in trusted if network.prefixlen < _WIDE[network.version]]
    if wide:
        sentence = (
            f"{', '.join(wide)} is not your proxies alone: whoever is in there can pass for any reader's address."
        )
        return wrong("proxies", sentence, "MODERATION_TRUSTED_PROXIES= with the addresses of your own proxies alone")
    if trusted:
        return ok("proxies", f"X-Forwarded-For is believed from {named}; {never}.")
    if chosen.public_url.startswith("https:"):
        return warning(
            "proxies",
            "The address is https, so a proxy stands in front, but none is named: all readers count as one network, with "
            "one rate limit and one past.",
            "MODERATION_TRUSTED_PROXIES=127.0.0.1 (or the proxy's address)",
        )
    return ok("proxies", f"No proxy is named: X-Forwarded-For is not believed; {never}.")


def _short(network: Network) -> str:
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


def _secret(chosen: Settings) -> Iterator[Finding]:
    if chosen.secret_key:
        yield ok("secret", "MODERATION_SECRET_KEY is set.")
        return
    path = secret_file(chosen)
    if path is None:
        sentence = "MODERATION_SECRET_KEY is not set; with PostgreSQL it must be, the same on every machine."
        yield wrong("secret", sentence, "MODERATION_SECRET_KEY=$(openssl rand -hex 32)")
        return
    try:
        key = path.read_text().strip()
    except FileNotFoundError:
        yield _no_key(chosen, path)
    except (OSError, ValueError):
        yield wrong("secret", f"{path} cannot be read by this user.", f"chown it to the user of the service: {path}")
    else:
        if len(key) < SHORTEST_SECRET:
            sentence = f"{path} holds no usable key."
            yield wrong("secret", sentence, "restore it from a backup, or remove it to have a new one made")
        else:
            yield _mode("secret", path, f"The secret key is in {path}.")


def _no_key(chosen: Settings, path: Path) -> Finding:
    if chosen.database_path is not None and chosen.database_path.exists():
        sentence = (
            f"There is a database but no {path}: with a new key, open forms expire and known authors are strangers."
        )
        return warning("secret", sentence, "restore it from the database's backup before the service makes another")
    return ok("secret", f"The secret key will be made in {path} at the first start.")


def _mode(about: str, path: Path, sentence: str) -> Finding:
    """Whether a file that holds what is private is for its owner's eyes alone."""
    mode = path.stat().st_mode
    remedy = f"chmod 600 {path}"
    if mode & _OTHERS:
        return wrong(about, f"{sentence} Every user of this machine can read it.", remedy)
    if mode & _GROUP:
        return warning(about, f"{sentence} Its group can read it.", remedy)
    return ok(about, f"{sentence} Its owner alone can read it.")


def files(chosen: Settings) -> list[Finding]:
    """Whether an embedded database is there, and for whose eyes."""
    try:
        schema.refuse_missing(chosen)
    except schema.NotReady as fault:
        return [wrong("database", f"{str(fault)[0].upper()}{str(fault)[1:]}.")]
    path = chosen.database_path
    return [] if path is None else [_mode("database", path, f"The database is {path}.")]


def database() -> list[Finding]:
    """Whether the database answers and has what this version needs. To be asked inside an app."""
    try:
        schema.check()
        return [ok("database", f"It answers, and is at revision {schema.HEAD}, as this version needs."), *_people()]
    except schema.NotReady as fault:
        return [wrong("database", f"{str(fault)[0].upper()}{str(fault)[1:]}.")]
    except DBAPIError as fault:
        reason = str(fault.orig).strip().splitlines()[0]
        return [wrong("database", f"It does not answer: {reason}", "start it, or correct MODERATION_DATABASE_URL")]


def _people() -> Iterator[Finding]:
    sites = db.session.scalar(select(func.count()).select_from(Site)) or 0
    if not sites:
        yield wrong("sites", "There is no site.", "moderation site add KEY --name N --origin https://news.example")
    else:
        yield ok("sites", "There is 1 site." if sites == 1 else f"There are {sites} sites.")
    active = select(Moderator.id).where(Moderator.active).limit(1)
    if db.session.scalar(active) is None:
        yield warning("moderators", "Nobody can sign in at the desk.", "moderation moderator add EMAIL --role owner")
