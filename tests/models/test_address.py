"""Addresses: which hosts somebody outside this network can reach."""

import ipaddress

import pytest

from refprep.models.address import host_of, is_public_address, is_public_host, scheme_of

PRIVATE = """
    localhost nas nas.local printer.lan db.internal router.home.arpa x.localhost NAS.LOCAL. 0.0.0.0
    0 127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0X7F.1 0177.0.0.1 017700000001 10.0.0.1
    172.16.0.1 192.168.1.20 169.254.169.254 100.64.0.1 192.0.2.1 198.18.0.1 224.0.0.1
    239.255.255.250 255.255.255.255 ::1 :: fe80::1 fd00::1 fc00::1 ff02::1 ::ffff:127.0.0.1
    ::ffff:a00:1 ::7f00:1 64:ff9b::7f00:1 64:ff9b:1::1 2002:7f00:1:: 2002:c0a8:101:: 2001:db8::1
    2001:0:7f00:1::f5ff:fffe 1.2.3.4.5 1.2.3.256 256.1 99999999999 008.1.1.1 a.1 a.0x10 fe80::1%eth0
"""
PUBLIC = """
    cdn.example x.org xn--bcher-kva.example 8.8.8.8 134744072 0x08080808 010.010.010.010
    ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808:: 2606:4700::1111 1password.com x.org.
"""


@pytest.mark.parametrize("host", PRIVATE.split())
def test_what_only_this_machine_or_network_reaches_is_not_public(host: str) -> None:
    assert not is_public_host(host)


@pytest.mark.parametrize("host", PUBLIC.split())
def test_what_anybody_reaches_is_public(host: str) -> None:
    assert is_public_host(host)


def test_a_resolved_address_is_judged_alike() -> None:
    assert not is_public_address(ipaddress.ip_address("10.0.0.1"))
    assert is_public_address(ipaddress.ip_address("8.8.8.8"))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://X.org./a", "x.org"),
        ("https://b\u00fccher.example/a", "xn--bcher-kva.example"),
        ("https://\uff11\uff12\uff17.0.0.1/a", "127.0.0.1"),
        ("https://127\u30020\u30020\u30021/a", "127.0.0.1"),
        ("https://[::1]:8443/a", "::1"),
    ],
)
def test_a_host_is_read_as_it_is_looked_up(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("text", "scheme"),
    [("https://x", "https"), ("HTTP://x", "http"), ("C:\\a.png", ""), ("a.png", ""), ("a/b:c", "")],
)
def test_the_scheme_of_a_path_is_none(text: str, scheme: str) -> None:
    assert scheme_of(text) == scheme
