"""EXI, the binary form of every message of DIN 70121 and ISO 15118: bytes to JSON trees and back.

Efficient XML Interchange (W3C, EXI 1.0) writes each event of an XML document (an element begins, an attribute, a text,
the element ends) as a number in the present state of a grammar, and each value as its schema type says. Without the
schema the bits mean nothing. This codec is pure Python and works from *tables* of grammar facts that were made of the
schemas and come with the package; the schemas themselves do not.

Decode and encode::

    from v2xconform.protocols.exi import codec

    c = codec("iso15118-20-dc")                 # or the namespace, or the path of a table of your own
    document = c.decode(data)                   # .name .namespace .tree .oddities; raises ExiDecodeError
    data = c.encode(document.name, document.tree)                      # raises ExiEncodeError
    c.validate(document.name, document.tree)    # facets, types, occurrence, as a list of Violation

Tables: din70121, iso15118-2, iso15118-20-common, -ac, -dc, -wpt, -acdp, supportedappprotocol, xmldsig. Choose by
payload type and negotiated protocol, never by trial: short messages are valid under several tables. A signed element
is a *fragment* (``decode_fragment``, ``encode_fragment``); SignedInfo is a fragment of ``xmldsig`` alone.
``v2xconform schemas import PATH`` makes tables of other schemas (drafts, amendments).

A tree is JSON: child elements by local name, attributes as ``@Name``, character content as ``#``; lists where the
schema allows repetition; hexBinary as upper-case hex, base64Binary as base64 (the encoder takes bytes for both). What
the schema does not declare has the name ``{namespace}local`` (attributes ``@{namespace}local``). ``#order`` lists the
child names where the grammar alone would not give back their order (interleaved choices, mixed content).

Three kinds of trouble are kept apart:

* a stream without a meaning raises ExiDecodeError, which knows the bit and the path, for any bytes whatever; time and
  memory are bounded (``Limits``);
* a stream that has a meaning, but that no V2G encoder writes, decodes with *oddities* (``ODDITIES`` lists the kinds):
  trailing bytes, second-level events, undeclared elements, xsi:type, string table hits, empty values and so on;
* facets (lengths, ranges) are no matter of EXI: the encoder writes what bits can express, ``validate`` says what is
  wrong. So a test can send a message that breaks the schema in exactly one place.

For what even that cannot express there are events::

    events = list(c.events(data))               # or c.tree_events(name, tree): code, width, bit, path, production, value
    events[4] = replace(events[4], code=((3, 2),))                     # a wrong code; or drop, move, add raw("0101")
    data = write_events(events)

How it works inside: ``grammar`` and its neighbours make states on demand; ``reading`` and ``writing`` walk them event by
event; ``plan`` and ``compiled_decoder``/``compiled_encoder`` turn the regular part into Python code, ten to sixty times
as fast. Compiled code never judges: whatever is not regular goes the general way, and a test holds that both agree.

Options of the stream ([V2G2-099], [V2G2-600]): header 0x80 without options document, bit-packed, schema-informed, not
strict, no fidelity options, valuePartitionCapacity 0, and 0 built-in grammars and productions. The grammars of
undeclared elements therefore learn nothing but xsi:type.
"""

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
