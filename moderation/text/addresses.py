"""Network addresses: who sent a request, and which addresses count as one sender."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# A forwarded chain longer than this is an attack, not a proxy set-up.
_LONGEST_CHAIN = 20


# One request asks several times, for its limits, its log of arrivals and its score.
_KEPT = 1024


@lru_cache(maxsize=_KEPT)
def parse_address(raw: str | None) -> Address | None:
    """An address as text, with an IPv4 address in IPv6 clothing unwrapped; None for anything else."""
    try:
        # What follows a % names a network card of the sender's and may be as long as it likes.
        address = ipaddress.ip_address((raw or "").partition("%")[0].strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def client_address(peer: str | None, forwarded_for: str | None, trusted: Sequence[Network]) -> str | None:
    """The address of the client, as text.

    `peer` is who is connected, `forwarded_for` the `X-Forwarded-For` header. The header counts only while the hop that
    handed it over is one of the `trusted` proxies: reading from the right, the first hop that is not trusted is the
    client. Without trusted proxies the header is never looked at. None when the peer has no address (a socket file).
    """
    address = parse_address(peer)
    hops = (forwarded_for or "").split(",")
    if len(hops) > _LONGEST_CHAIN:
        hops = hops[-_LONGEST_CHAIN:]
    while address is not None and hops and _is_trusted(address, trusted):
        following = parse_address(hops.pop())
        if following is None:
            break
        address = following
    return str(address) if address is not None else None


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)


def is_public(address: str | None) -> bool:
    """Whether an address is somebody's own on the internet. A private one is a proxy's or a whole office's."""
    parsed = parse_address(address)
    return parsed is not None and parsed.is_global


@lru_cache(maxsize=_KEPT)
def network_of(address: str | None) -> str | None:
    """The network that counts as one sender: an IPv4 address, an IPv6 /64; None when there is no address.

    A provider hands a customer a whole /64, so a smaller unit would let one sender be 2**64 senders.
    """
    parsed = parse_address(address)
    if parsed is None:
        return None
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def wide_network_of(network: str) -> str | None:
    """The IPv6 /48 around what `network_of` gave; None for all else.

    Providers hand some customers a whole /48, which is 65,536 networks as counted above.
    """
    return str(ipaddress.IPv6Network(network).supernet(new_prefix=48)) if network.endswith("/64") else None
