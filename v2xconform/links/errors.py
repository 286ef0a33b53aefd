"""What can go wrong with a link, in words that say what to do about it.

The classes are named after what happened to the link, not after the exception (N818).
"""

import errno
from typing import Final, Literal

Reason = Literal[
    "refused", "unreachable", "timed-out", "reset", "closed", "stalled", "port-in-use", "interface", "no-ipv6",
    "no-link-local", "address", "permission", "tls", "websocket", "other",
]  # fmt: skip


class LinkError(Exception):
    """Anything that happens to a link. `reason` is for code, the text is one line for people."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason


class LinkRefused(LinkError):  # noqa: N818
    """A connection did not come about."""


class LinkUnavailable(LinkError):  # noqa: N818
    """This host cannot offer what was asked of it: a port, an interface, an address, a permission."""


class LinkReset(LinkError):  # noqa: N818
    """The peer broke the connection off (RST), or it went away under a send."""


class LinkClosed(LinkError):  # noqa: N818
    """This end was closed already."""


class LinkStalled(LinkError):  # noqa: N818
    """The peer did not take what was sent within the time limit."""


_WORDS: Final[dict[int, tuple[Reason, str]]] = {
    errno.ECONNREFUSED: ("refused", "nothing listens there; is the device up, and is the port the right one?"),
    errno.EHOSTUNREACH: ("unreachable", "no host answers at this address; check cable, interface and address"),
    errno.ENETUNREACH: (
        "unreachable",
        "this host has no route there; check the interface (multicast is impossible on lo)",
    ),
    errno.ETIMEDOUT: ("timed-out", "no answer came; check address and firewall"),
    errno.EADDRINUSE: (
        "port-in-use",
        "another program has the port; stop it (`ss -lnp` shows it) or choose another port",
    ),
    errno.EADDRNOTAVAIL: ("address", "this host does not have that address; `ip -6 addr` lists those it has"),
    errno.EACCES: ("permission", "the system does not permit it; ports below 1024 need root or CAP_NET_BIND_SERVICE"),
    errno.EPERM: ("permission", "the system does not permit it; a firewall rule or a missing capability forbids it"),
    errno.ENODEV: ("interface", "the interface does not exist; `ip link` lists those that do"),
    errno.EINVAL: ("address", "a link-local address needs its interface, as in fe80::1%eth0"),
    errno.EMFILE: ("other", "too many open files; raise the limit with `ulimit -n`"),
    errno.EAFNOSUPPORT: ("no-ipv6", "this host has no IPv6; switch it on (sysctl net.ipv6.conf.all.disable_ipv6=0)"),
    errno.EMSGSIZE: ("other", "a datagram cannot be that long"),
}


def explain(error: OSError, doing: str) -> tuple[Reason, str]:
    """Return reason and one line for what the system said while `doing` something ("listen on [::1]:9000")."""
    reason, remedy = _WORDS.get(error.errno or 0, ("other", error.strerror or str(error)))
    return reason, f"cannot {doing}: {remedy}"
