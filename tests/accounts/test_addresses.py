"""The client's address, read from X-Forwarded-For only as far as proxies are trusted."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from accounts.addresses import client_address

NETWORKS = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        (0, "192.0.2.1", "1.2.3.4", "192.0.2.1"),
        (1, "10.0.0.2", "1.2.3.4, 192.0.2.1", "192.0.2.1"),
        (1, "10.0.0.2", "1.2.3.4,192.0.2.1,", "192.0.2.1"),
        (1, "", "1.2.3.4, 192.0.2.1", "192.0.2.1"),
        (1, "192.0.2.1", "", "192.0.2.1"),
        (2, "10.0.0.2", "1.2.3.4, 192.0.2.1, 10.0.0.3", "192.0.2.1"),
        (2, "10.0.0.2", "192.0.2.1", "192.0.2.1"),
        (NETWORKS, "192.0.2.1", "1.2.3.4", "192.0.2.1"),
        (NETWORKS, "10.0.0.2", "1.2.3.4, 192.0.2.1, 127.0.0.1", "192.0.2.1"),
        (NETWORKS, "fd00::2", "1.2.3.4, 2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (NETWORKS, "", "192.0.2.1", "192.0.2.1"),
        (NETWORKS, "10.0.0.2", "10.0.0.9", "10.0.0.9"),
        (NETWORKS, "10.0.0.2", "192.0.2.1, unknown", "unknown"),
        (1, "10.0.0.2", "x" * 5000, "x" * 45),
        ([], "", "1.2.3.4", ""),
        (1, "10.0.0.2", "::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_the_address(settings, trusted, peer, forwarded, address) -> None:
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address
