"""String tables of names: how SE(*), AT(*) and xsi:type spell a namespace and a local name (EXI 1.0, 7.3)."""

import re

from v2xconform.protocols.exi.bits import BitReader, character_bits, unsigned_bits
from v2xconform.protocols.exi.datatypes import Name
from v2xconform.protocols.exi.findings import ExiDecodeError
from v2xconform.protocols.exi.grammar import XML_URI, XSI_URI
from v2xconform.protocols.exi.grammars import Grammars
from v2xconform.protocols.exi.tables import XSD_URI

_XSD_NAMES = [
    "ENTITIES", "ENTITY", "ID", "IDREF", "IDREFS", "NCName", "NMTOKEN", "NMTOKENS", "NOTATION", "Name",
    "QName", "anySimpleType", "anyType", "anyURI", "base64Binary", "boolean", "byte", "date", "dateTime",
    "decimal", "double", "duration", "float", "gDay", "gMonth", "gMonthDay", "gYear", "gYearMonth",
    "hexBinary", "int", "integer", "language", "long", "negativeInteger", "nonNegativeInteger",
    "nonPositiveInteger", "normalizedString", "positiveInteger", "short", "string", "time", "token",
    "unsignedByte", "unsignedInt", "unsignedLong", "unsignedShort",
]  # fmt: skip

_LOCAL_NAME = re.compile(r"[^\W\d][\w.\-]*")
_URI = re.compile(r"[^\s{}<>\x00-\x1f\ufffd]*")


def initial_names(grammars: Grammars) -> dict[str, list[str]]:
    """Return the namespaces and local names that both sides know before the first bit (EXI 1.0, appendix D)."""
    known: dict[str, set[str]] = {uri: set() for uri in grammars.uris}
    own = [
        *(name for name, _ in grammars.fragment),
        *grammars.globals,
        *(name for name, _ in grammars.fragment_attributes),
        *grammars.global_attributes,
        *grammars.type_names,
    ]
    for uri, local in own:
        if uri in known:
            known[uri].add(local)
    tables = {
        "": sorted(known.pop("", ())),
        XML_URI: ["base", "id", "lang", "space"],
        XSI_URI: ["nil", "type"],
        XSD_URI: list(_XSD_NAMES),
    }
    return tables | {uri: sorted(known[uri]) for uri in sorted(known)}


class NameTable:
    """The names known at one place of a stream; both reading and writing add to it."""

    def __init__(self, initial: dict[str, list[str]]) -> None:
        self._initial = initial
        self._uris = list(initial)
        self._locals: dict[str, list[str]] = {}

    def _known(self, uri: str) -> list[str]:
        found = self._locals.get(uri)
        if found is None:
            found = self._locals[uri] = list(self._initial.get(uri, ()))
        return found

    def read(self, r: BitReader) -> Name:
        """Read a namespace and a local name."""
        number = r.bits(len(self._uris).bit_length())
        if number == 0:
            start = r.at
            uri = r.characters(r.unsigned())
            if not _URI.fullmatch(uri):
                raise ExiDecodeError(f"{uri[:40]!r} is not a namespace", start)
            self._uris.append(uri)
        elif number > len(self._uris):
            raise r.error(f"namespace number {number}, but {len(self._uris)} are known")
        else:
            uri = self._uris[number - 1]
        return uri, self.read_local(r, uri)

    def read_local(self, r: BitReader, uri: str) -> str:
        """Read the local name of a wildcard that fixes the namespace."""
        known = self._known(uri)
        length = r.unsigned()
        if length:
            start = r.at
            local = r.characters(length - 1)
            if not _LOCAL_NAME.fullmatch(local):
                raise ExiDecodeError(f"{local[:40]!r} is not a local name", start)
            known.append(local)
            return local
        number = r.bits(max(len(known) - 1, 0).bit_length())
        if number >= len(known):
            raise r.error(f"local name number {number}, but namespace {uri!r} has {len(known)}")
        return known[number]

    def bits(self, name: Name) -> str:
        """Return the bits of a namespace and a local name."""
        uri = name[0]
        width = len(self._uris).bit_length()
        if uri in self._uris:
            return f"{self._uris.index(uri) + 1:0{width}b}" + self.local_bits(name)
        self._uris.append(uri)
        return "0" * width + unsigned_bits(len(uri)) + character_bits(uri) + self.local_bits(name)

    def local_bits(self, name: Name) -> str:
        """Return the bits of a local name whose namespace is fixed."""
        known = self._known(name[0])
        if name[1] in known:
            width = (len(known) - 1).bit_length()
            return unsigned_bits(0) + (f"{known.index(name[1]):0{width}b}" if width else "")
        known.append(name[1])
        return unsigned_bits(len(name[1]) + 1) + character_bits(name[1])
