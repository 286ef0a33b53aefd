"""Addresses as text, and errors of the system in words."""

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2xconform.links.addresses import format_address, ip_address, ipv6_addresses, split_address
from v2xconform.links.errors import explain


@pytest.mark.parametrize("text", ["[fe80::1%eth0]:15118", "127.0.0.1:9000", "csms.example:443", "[::1]:0"])
def test_an_address_is_read_as_it_was_written(text: str) -> None:
    assert format_address(*split_address(text)) == text


@pytest.mark.parametrize("text", ["", "::1", "::1:80", "host", "host:", "host:x", "host:70000", "[::1]"])
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an address like|put an IPv6 address in brackets"):
        split_address(text)


@given(st.ip_addresses())
def test_numeric_hosts_are_told_from_names(address: object) -> None:
    assert ip_address(str(address)) == address
    assert ip_address(f"{address}.example") is None


def test_loopback_has_its_address() -> None:
    assert "::1" in ipv6_addresses("lo")


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (errno.ECONNREFUSED, "refused", "nothing listens there"),
        (errno.EHOSTUNREACH, "unreachable", "check cable"),
        (errno.EADDRINUSE, "port-in-use", "choose another port"),
        (errno.EACCES, "permission", "ports below 1024"),
        (errno.EPERM, "permission", "firewall"),
        (errno.EADDRNOTAVAIL, "address", "does not have that address"),
        (errno.ENODEV, "interface", "does not exist"),
        (errno.EAFNOSUPPORT, "no-ipv6", "has no IPv6"),
        (errno.ETIMEDOUT, "timed-out", "no answer"),
        (errno.EIO, "other", "Input/output error"),
    ],
)
def test_what_the_system_says_is_put_into_words_with_a_remedy(code: int, reason: str, words: str) -> None:
    found, text = explain(OSError(code, "Input/output error"), "listen on [::1]:80")
    assert found == reason
    assert text.startswith("cannot listen on [::1]:80: ")
    assert words in text
    assert "\n" not in text
