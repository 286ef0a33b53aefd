"""Message tables: the grammar facts of one schema set, as JSON, and where to find them.

A table file is JSON with one line per element and type, so that a change of an edition shows as a readable diff::

    format            version of this layout (FORMAT)
    name, namespace   what the table is called; the target namespace of its main document
    sources           [namespace, file name, SHA-256] of each XSD document that it was made from
    namespaces        target namespaces; everywhere else a namespace is its index in this list
    elements          [namespace, name, type(, 1 if abstract)]: global elements in the order of their document codes
    globalAttributes  [namespace, name, type]
    fragment          [namespace, name, [types]]: every element name declared anywhere, in the order of fragment codes
    attributes        [namespace, name, [types]]: every attribute name declared anywhere
    types             simple: {kind, low, high, values, item, length, minLength, maxLength …}
                      complex: {attributes: [[namespace, name, type, required]], anyAttribute, content: type,
                      particles, mixed, abstract}; both with a name unless anonymous

A type is its index in ``types``; -1 is xs:anyType. A particle is ``["element", [[namespace, name, type] …], min, max]``
(several names: a substitution group), ``["sequence" | "choice", particles, min, max]`` or ``["any", namespaces, min,
max]``; max -1 is unbounded.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from v2xconform.protocols.exi.findings import ExiTableError

FORMAT = 1
ANY_TYPE = -1
XSD_URI = "http://www.w3.org/2001/XMLSchema"

Table = dict[str, Any]

NAMES = {
    "urn:iso:15118:2:2010:AppProtocol": "supportedappprotocol",
    "urn:din:70121:2012:MsgDef": "din70121",
    "urn:iso:15118:2:2013:MsgDef": "iso15118-2",
    "urn:iso:std:iso:15118:-20:CommonMessages": "iso15118-20-common",
    "urn:iso:std:iso:15118:-20:AC": "iso15118-20-ac",
    "urn:iso:std:iso:15118:-20:DC": "iso15118-20-dc",
    "urn:iso:std:iso:15118:-20:WPT": "iso15118-20-wpt",
    "urn:iso:std:iso:15118:-20:ACDP": "iso15118-20-acdp",
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig",
}
"""Namespace of the messages -> name of the shipped table."""

_STRINGS = [
    "string", "normalizedString", "token", "language", "NMTOKEN", "Name", "NCName", "ID", "IDREF", "ENTITY",
    "anyURI", "anySimpleType", "QName", "NOTATION", "duration",
]  # fmt: skip

BUILTIN: dict[str, dict[str, Any]] = {
    **{name: {"kind": "string"} for name in _STRINGS},
    "boolean": {"kind": "boolean"},
    "hexBinary": {"kind": "hex"},
    "base64Binary": {"kind": "base64"},
    "decimal": {"kind": "decimal"},
    "float": {"kind": "float"},
    "double": {"kind": "float"},
    "NMTOKENS": {"kind": "list", "item": "NMTOKEN"},
    "IDREFS": {"kind": "list", "item": "IDREF"},
    "ENTITIES": {"kind": "list", "item": "ENTITY"},
    "byte": {"kind": "integer", "low": -128, "high": 127},
    "unsignedByte": {"kind": "integer", "low": 0, "high": 255},
    "short": {"kind": "integer", "low": -(2**15), "high": 2**15 - 1},
    "unsignedShort": {"kind": "integer", "low": 0, "high": 2**16 - 1},
    "int": {"kind": "integer", "low": -(2**31), "high": 2**31 - 1},
    "unsignedInt": {"kind": "integer", "low": 0, "high": 2**32 - 1},
    "long": {"kind": "integer", "low": -(2**63), "high": 2**63 - 1},
    "unsignedLong": {"kind": "integer", "low": 0, "high": 2**64 - 1},
    "integer": {"kind": "integer"},
    "nonNegativeInteger": {"kind": "integer", "low": 0},
    "positiveInteger": {"kind": "integer", "low": 1},
    "nonPositiveInteger": {"kind": "integer", "high": 0},
    "negativeInteger": {"kind": "integer", "high": -1},
}
"""Built-in simple types and how EXI packs them (EXI 1.0, table 7-1); dates and times are not here."""


def range_kind(facts: dict[str, Any]) -> str:
    """Return how an integer type is packed (EXI 1.0, 7.1.5): n-bit up to 4096 values, unsigned, or signed."""
    low, high = facts.get("low"), facts.get("high")
    if low is not None and high is not None and high - low < 4096:
        return "nbit"
    return "unsigned" if low is not None and low >= 0 else "integer"


def write_table(table: Table, folder: Path) -> Path:
    """Write *table* to ``<folder>/<name>.json``, one line per entry, and return the path."""
    path = folder / f"{table['name']}.json"
    path.write_text(table_text(table), encoding="utf-8")
    return path


def table_text(table: Table) -> str:
    """Return the file text of *table*: the same table gives the same text."""
    parts = []
    for key, value in table.items():
        if isinstance(value, list):
            lines = ",\n".join(json.dumps(entry, separators=(",", ":"), ensure_ascii=False) for entry in value)
            parts.append(f'"{key}":[\n{lines}\n]')
        else:
            parts.append(f'"{key}":{json.dumps(value)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def load_tables(path: str | Path) -> Table:
    """Read one table file as ``schemas import`` writes it; raises ExiTableError.

    Give the result, or the path itself, to :func:`v2xconform.protocols.exi.codec`.
    """
    path = Path(path)
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExiTableError(f"{path}: cannot read the table: {error.strerror}") from None
    except ValueError as error:
        raise ExiTableError(f"{path}: not a table file: {error}") from None
    if not isinstance(table, dict) or "types" not in table:
        raise ExiTableError(f"{path}: not a table file; 'v2xconform schemas import' makes them from .xsd files")
    if table.get("format") != FORMAT:
        raise ExiTableError(f"{path}: table format {table.get('format')}, expected {FORMAT}: import the schemas again")
    return table


def shipped_tables() -> Path:
    """Return the folder of the tables that come with the package."""
    return Path(str(files("v2xconform.protocols.exi") / "tables"))


def find_table(name: str) -> Path:
    """Return the file of a table by its short name, its namespace, or as a path; raises ExiTableError."""
    short = NAMES.get(name, name)
    shipped = shipped_tables() / f"{short}.json"
    if short in NAMES.values() and shipped.is_file():
        return shipped
    if name.endswith(".json"):
        return Path(name)
    raise ExiTableError(f"no message table {name!r}; known: {', '.join(NAMES.values())}, or the path of a .json table")
