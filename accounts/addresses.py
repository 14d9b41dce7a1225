"""Where a request comes from."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

IPNetwork = IPv4Network | IPv6Network
MAX_LENGTH = 45  # of an IPv6 address


def client_address(request: HttpRequest | Request) -> str:
    """The client's address; of an IPv6 address its /64 network, which belongs to one customer.

    Behind proxies (`settings.TRUSTED_PROXIES`: how many, or their networks) it is the entry of X-Forwarded-For that the
    outermost of them has written. Each appends to the right the address that it was called from; what is further left
    came with the request, and anybody can write anything there.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    hops = [*filter(None, map(str.strip, forwarded)), request.META.get("REMOTE_ADDR", "")]
    return _customer(_client(hops, settings.TRUSTED_PROXIES))


def _client(hops: Sequence[str], trusted: int | Sequence[IPNetwork]) -> str:
    if isinstance(trusted, int):
        return hops[max(0, len(hops) - 1 - trusted)]
    return next((hop for hop in reversed(hops) if not _is_within(hop, trusted)), hops[0])


def _is_within(hop: str, networks: Sequence[IPNetwork]) -> bool:
    try:
        address = ip_address(hop)
    except ValueError:
        return hop == "" and bool(networks)  # a proxy on the same machine, by a Unix socket
    return any(address in network for network in networks)


def _customer(hop: str) -> str:
    try:
        address = ip_address(hop)
    except ValueError:
        return hop[:MAX_LENGTH]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((address, 64), strict=False))
    return str(address)
