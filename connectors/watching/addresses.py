"""Which addresses a crawler may touch: the public ones, whatever way they are written or wrapped."""

import ipaddress
import re
from contextlib import suppress
from typing import Final

from connectors.connector import ConnectorError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchRefusedError(ConnectorError):
    """The address may not be fetched; the text says in Chinese which rule forbids it."""


def _networks(words: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(word) for word in words.split())


# What the standard library's idea of "global" lets through in some versions, and the old wrappings of IPv4 in IPv6.
_NEVER: Final = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
    "::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 "
    "ff00::/8"
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# Hosts that a resolver would read as an address in an old form: 127.1, 0x7f.1, 2130706433, 0177.0.0.1.
_OLD_FORM: Final = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}", re.IGNORECASE)


def literal(host: str) -> Address | None:
    """Return the address that the host is written as, None where it is a name.

    Raises:
        FetchRefusedError: it is an address in a form that programs read differently.
    """
    with suppress(ValueError):  # no address in its standard form: a name, or a form that is refused
        return ipaddress.ip_address(host)
    if _OLD_FORM.fullmatch(host) or ":" in host:
        raise FetchRefusedError(f"拒绝访问 {host}：IP 地址的写法不规范。请写成四段十进制数或标准 IPv6。")
    return None


def is_public(address: Address) -> bool:
    """Return whether the address, and any address wrapped in it, belongs to the public network."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return is_public(inner)
        if address.scope_id is not None:
            return False
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    return address.is_global and not address.is_multicast


def is_link_local(address: Address) -> bool:
    """Return whether the address is of the link alone (169.254.169.254 among them); no allow-list opens these."""
    inner = _wrapped(address) if isinstance(address, ipaddress.IPv6Address) else None
    return address.is_link_local or (inner is not None and inner.is_link_local)


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a connection to this one would really reach (mapped, or through NAT64)."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
