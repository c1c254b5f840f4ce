"""Addresses of media: what is a URL, and which hosts somebody outside this network can reach."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

LONGEST = 8192
"Characters of a URL: most servers refuse a longer request line (RFC 9110, 4.1 asks for 8000)."
ASSETS = ("asset", "mm_file")
"Schemes of media that already lie at a provider, under an id: ModelArk's, MiniMax's."
LOCAL_NAMES = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
"Top-level names that no public server has (RFC 6762, 6761, 8375; ICANN reserves .internal)."
UNREACHABLE = "only this machine or its network can reach it"
_SCHEME = re.compile(r"([a-z][a-z0-9+._-]+):", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)


def scheme_of(text: str) -> str:
    """The scheme before the first colon, in lower case; empty for a path, as `C:` is one letter."""
    found = _SCHEME.match(text)
    return found[1].lower() if found else ""


def problem_of(url: str) -> str | None:
    """Why a text is no URL that could be sent: it is malformed, or carries a password."""
    scheme, _, rest = url.partition("://")
    if len(url) > LONGEST:
        problem = f"has {len(url):,} characters; at most {LONGEST:,} are sent"
    elif not url.isprintable() or " " in url:
        problem = "holds a space or a control character"
    elif not rest:
        problem = f"a URL begins with {scheme_of(url)}://"
    else:
        return None if scheme.lower() in ASSETS else _host_problem(url)
    return problem


def _host_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host_of(url)
    except ValueError:  # also: an IPv6 address without its bracket
        return "names no host"
    if "@" in parts.netloc:
        return "holds a user name or password, which would be sent and kept in clear text"
    try:
        return "port 0 cannot be reached" if parts.port == 0 else None
    except ValueError:
        return "its port is no number from 1 to 65535"


def host_of(url: str) -> str:
    """The host of a URL in ASCII (IDNA), without a final dot. ValueError where it has none."""
    host = urlsplit(url).hostname or ""
    if ":" in host:
        _address(host)
        return host
    name = host.encode("idna").decode("ascii").rstrip(".").lower()  # UnicodeError is a ValueError
    if not _HOST.fullmatch(name):
        raise ValueError(f"no host: {host}")
    return name


def is_public_host(host: str) -> bool:
    """False for what only this machine or network can reach: private, loopback, link-local.

    Numbers count as every reader takes them: 127.1, 2130706433, 0x7f000001 and 0177.0.0.1 are
    127.0.0.1 (POSIX inet_aton).
    """
    name = host.rstrip(".").lower()
    try:
        if ":" in name or _NUMBER.fullmatch(name.rpartition(".")[2]):
            return is_public_address(_address(name))
    except ValueError:
        return False
    return "." in name and not name.endswith(LOCAL_NAMES)


def is_public_address(address: "IPv4Address | IPv6Address") -> bool:
    """True for a global unicast address; one that holds an IPv4 address is judged by that one."""
    if address.version == 4:
        return address.is_global and not address.is_multicast
    number, teredo = int(address), address.teredo
    embedded = address.ipv4_mapped or address.sixtofour or (teredo and teredo[1])
    if number >> 32 == 0x64FF9B << 64:  # 64:ff9b::/96, NAT64 (RFC 6052)
        embedded = _ipv4(number & 0xFFFFFFFF)
    if embedded:
        return is_public_address(embedded)
    return address.is_global and number >> 125 == 1  # 2000::/3, all that is assigned (RFC 4291)


def _address(host: str) -> "IPv4Address | IPv6Address":
    """The address that a host is, in any notation that readers accept. ValueError."""
    import ipaddress

    if ":" in host:
        return ipaddress.IPv6Address(host)
    *heads, last = map(_number, host.split("."))
    places = [24 - 8 * place for place in range(len(heads))]
    if len(heads) > 3 or any(head > 255 for head in heads) or last >> (32 - 8 * len(heads)):
        raise ValueError(f"no IPv4 address: {host}")
    return _ipv4(last + sum(head << place for head, place in zip(heads, places, strict=True)))


def _ipv4(number: int) -> "IPv4Address":
    import ipaddress

    return ipaddress.IPv4Address(number)


def _number(text: str) -> int:
    """A part of an IPv4 address: hexadecimal, octal or decimal. ValueError."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"no number: {text}")
    if text[:2].lower() == "0x":
        return int(text[2:] or "0", 16)
    return int(text, 8 if text[0] == "0" else 10)
