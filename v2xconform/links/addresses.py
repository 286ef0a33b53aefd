"""Addresses of this host and its interfaces, and how an address is written: [fe80::1%eth0]:15118."""

import socket
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

from v2xconform.links.errors import LinkUnavailable

_IF_INET6: Final = Path("/proc/net/if_inet6")


def format_address(host: str, port: int) -> str:
    """Return host and port as one text, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split_address(text: str) -> tuple[str, int]:
    """Return host and port of what `format_address` wrote. Raises ValueError for anything else."""
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdecimal() or int(port) > 0xFFFF:
        raise ValueError(f"{text!r} is not an address like [fe80::1%eth0]:15118 or 127.0.0.1:9000")
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1], int(port)
    if ":" in host:
        raise ValueError(f"{text!r}: put an IPv6 address in brackets, as in [::1]:15118")
    return host, int(port)


def ip_address(host: str) -> IPv4Address | IPv6Address | None:
    """Return a numeric host as an address (its interface kept as scope_id), None for a name."""
    for parse in (IPv4Address, IPv6Address):
        try:
            return parse(host)
        except (AddressValueError, ValueError):
            continue
    return None


def interface_index(interface: str) -> int:
    """Return the number of an interface. Raises LinkUnavailable that names those that exist."""
    try:
        return socket.if_nametoindex(interface)
    except (OSError, ValueError):
        there = ", ".join(name for _, name in socket.if_nameindex())
        raise LinkUnavailable("interface", f"there is no interface {interface!r}; this host has {there}") from None


def ipv6_addresses(interface: str) -> list[str]:
    """Return the IPv6 addresses of an interface. Raises LinkUnavailable when the interface is missing."""
    interface_index(interface)
    if not _IF_INET6.exists():
        return []
    rows = (line.split() for line in _IF_INET6.read_text().splitlines())
    return [str(IPv6Address(bytes.fromhex(row[0]))) for row in rows if row[5] == interface]


def link_local_address(interface: str) -> str:
    """Return the link-local IPv6 address of an interface, without its scope. Raises LinkUnavailable with the remedy."""
    addresses = ipv6_addresses(interface)
    if not addresses:
        remedy = f"`ip link set {interface} up` and sysctl net.ipv6.conf.{interface}.disable_ipv6=0 give it one"
        raise LinkUnavailable("no-ipv6", f"interface {interface} has no IPv6 address; {remedy}")
    for address in addresses:
        if IPv6Address(address).is_link_local:
            return address
    if interface == "lo":
        raise LinkUnavailable(
            "no-link-local", "lo has no link-local address and no multicast; use the address ::1 instead"
        )
    remedy = f"add one with `ip -6 addr add fe80::1/64 dev {interface}`"
    raise LinkUnavailable("no-link-local", f"interface {interface} has no link-local address; {remedy}")
