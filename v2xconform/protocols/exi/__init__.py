"""EXI codec."""

from v2xconform.protocols.exi.codec import Codec, Document, codec
from v2xconform.protocols.exi.events import Event, raw, write_events
from v2xconform.protocols.exi.findings import (
    ODDITIES,
    ExiDecodeError,
    ExiEncodeError,
    ExiTableError,
    Limits,
    Oddity,
    Violation,
)
from v2xconform.protocols.exi.tables import load_tables

__all__ = [
    "ODDITIES",
    "Codec",
    "Document",
    "Event",
    "ExiDecodeError",
    "ExiEncodeError",
    "ExiTableError",
    "Limits",
    "Oddity",
    "Violation",
    "codec",
    "load_tables",
    "raw",
    "write_events",
]
