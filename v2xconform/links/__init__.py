"""Bytes in and out: streams and datagrams in memory and over IP, TLS, V2GTP channels. Every one is tapped."""

from v2xconform.links.datagram import Datagrams
from v2xconform.links.errors import LinkClosed, LinkError, LinkRefused, LinkReset, LinkStalled, LinkUnavailable
from v2xconform.links.ip import IpNetwork
from v2xconform.links.memory import MemoryNetwork
from v2xconform.links.stream import Listener, Network, Stream

__all__ = [
    "Datagrams",
    "IpNetwork",
    "LinkClosed",
    "LinkError",
    "LinkRefused",
    "LinkReset",
    "LinkStalled",
    "LinkUnavailable",
    "Listener",
    "MemoryNetwork",
    "Network",
    "Stream",
]
