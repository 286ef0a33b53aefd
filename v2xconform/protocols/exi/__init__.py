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
from v2xconform.protocols.exi.xml import from_xml, to_xml

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
    "from_xml",
    "load_tables",
    "raw",
    "to_xml",
    "write_events",
]
