"""What can be told of an article's address, and of how a moderator's own request came in. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import gettext as _
from werkzeug.datastructures import Headers

from moderation.models import Site
from moderation.settings import Network, Settings
from moderation.text.addresses import client_address, parse_address
from moderation.text.urls import parse_url

FORWARDING = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded")
"""What proxies add to say for whom they ask. Only the first is ever believed."""
_SHOWN = 200
_NGINX = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, a sentence, and what to type where that mends it."""

    good: bool
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a request looked to the service: who was connected, by what, and what proxies said."""

    peer: str
    scheme: str
    host: str
    forwarded: Mapping[str, str]

    @classmethod
    def of(cls, peer: str | None, scheme: str, host: str, headers: Headers) -> Seen:
        """From the parts of a request, cut to what can be shown."""
        sent = {name: headers[name][:_SHOWN] for name in FORWARDING if name in headers}
        return cls(peer or "-", scheme, host[:_SHOWN], sent)

    def reader(self, trusted: tuple[Network, ...]) -> str:
        """The address that the service takes for the reader's."""
        return client_address(self.peer, self.forwarded.get(FORWARDING[0]), trusted) or "-"


def of_address(site: Site, url: str, settings: Settings) -> list[Finding]:
    """What an article's address tells by itself, the most basic first; the first that is amiss ends the list."""
    try:
        address = parse_url(url)
    except ValueError:
        sentence = _("This is no address of an article. Copy it from the browser's address bar, with https://.")
        return [Finding(False, sentence)]
    if address.origin not in site.origins:
        sentence = _(
            "%(origin)s is not one of this site's origins, so its readers cannot post. An owner adds it in the site's "
            "settings, or by command:",
            origin=address.origin,
        )
        return [Finding(False, sentence, f"moderation site set {site.key} origin+={address.origin}")]
    found = [Finding(True, _("The address lies on one of this site's origins."))]
    if address.origin.startswith("https:") and settings.public_url.startswith("http:"):
        sentence = _(
            "The article is on https but the service is not: browsers refuse that. Put the service behind https too, and set:"
        )
        secure = settings.public_url.replace("http:", "https:", 1)
        found.append(Finding(False, sentence, f"MODERATION_PUBLIC_URL={secure}"))
    return found


def of_request(seen: Seen, settings: Settings) -> list[Finding]:
    """Whether the service sees of a request what the browser sent: its address, its host, its scheme."""
    return [*_of_reader(seen, settings), *_of_host(seen, settings), *_of_scheme(seen, settings)]


def _of_reader(seen: Seen, settings: Settings) -> Iterator[Finding]:
    peer = parse_address(seen.peer)
    trusted = peer is not None and any(peer in network for network in settings.trusted_proxies)
    said = FORWARDING[0] in seen.forwarded
    if said and not trusted:
        sentence = _(
            "%(peer)s says for whom it asks, and is not believed, because it is not named as a proxy: all readers behind it "
            "count as one. If it is yours, set:",
            peer=seen.peer,
        )
        named = ",".join([*map(str, settings.trusted_proxies), seen.peer])
        yield Finding(False, sentence, f"MODERATION_TRUSTED_PROXIES={named}")
    elif not said and (trusted or any(name in seen.forwarded for name in ("X-Real-IP", "Forwarded"))):
        sentence = _(
            "The proxy %(peer)s does not say for whom it asks, so all readers behind it count as one. It must send "
            "X-Forwarded-For; in nginx:",
            peer=seen.peer,
        )
        yield Finding(False, sentence, _NGINX)
    else:
        reader = seen.reader(settings.trusted_proxies)
        yield Finding(True, _("The service takes %(address)s for the address of your browser.", address=reader))


def _of_host(seen: Seen, settings: Settings) -> Iterator[Finding]:
    public = urlsplit(settings.public_url)
    own = public.netloc.removesuffix(":443" if public.scheme == "https" else ":80")
    if own not in {seen.host.lower(), seen.forwarded.get("X-Forwarded-Host", "").lower()}:
        sentence = _(
            "The service was asked for %(host)s, but its own address is %(url)s. If your browser shows the latter, the proxy "
            "must hand on the header Host. If it shows the former, use the desk at the latter, or set another:",
            host=seen.host,
            url=settings.public_url,
        )
        yield Finding(False, sentence, f"MODERATION_PUBLIC_URL={public.scheme}://{seen.host}")


def _of_scheme(seen: Seen, settings: Settings) -> Iterator[Finding]:
    public = urlsplit(settings.public_url)
    said = seen.forwarded.get("X-Forwarded-Proto", seen.scheme).strip().lower()
    if said == "https" and public.scheme == "http":
        sentence = _("You came by https, but the service calls itself %(url)s. Set:", url=settings.public_url)
        yield Finding(False, sentence, f"MODERATION_PUBLIC_URL=https://{public.netloc}")
    elif said == "http" and public.scheme == "https" and not seen.forwarded:
        yield Finding(
            False,
            _(
                "This request came by http and no proxy said anything of itself: either you went round the proxy, or it does "
                "not say for whom it asks. In nginx:"
            ),
            _NGINX,
        )
