"""Distinguished names as in certificate_authorities: DER in, text as `x509.Name.rfc4514_string` writes it out."""

from typing import Final

from cryptography import x509

_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_OID: Final = 0x06
_STRINGS: Final = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}


def name_text(der: bytes) -> str:
    """Return a distinguished name as text; its hexadecimal where it is not well-formed. Never raises."""
    try:
        relatives = [
            x509.RelativeDistinguishedName([_attribute(pair) for pair in _elements(relative, _SEQUENCE)])
            for (name,) in [_elements(der, _SEQUENCE)]
            for relative in _elements(name, _SET)
        ]
        return x509.Name(relatives).rfc4514_string()
    except ValueError:
        return der.hex()


def _attribute(pair: bytes) -> x509.NameAttribute[str]:
    (kind, oid), (string, value) = _fields(pair)
    if kind != _OID or string not in _STRINGS:
        raise ValueError("not an attribute of a name")
    return x509.NameAttribute(x509.ObjectIdentifier(_dotted(oid)), value.decode(_STRINGS[string]))


def _elements(data: bytes, tag: int) -> list[bytes]:
    """Return the contents of the fields of `data`, all of which must have that tag."""
    fields = _fields(data)
    if any(found != tag for found, _ in fields):
        raise ValueError(f"expected tag 0x{tag:02X}")
    return [value for _, value in fields]


def _fields(data: bytes) -> list[tuple[int, bytes]]:
    """Return tag and content of each field in a row."""
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("a field breaks off")
        tag, length = data[at], data[at + 1]
        at += 2
        if length >= 0x80:
            width = length - 0x80
            length = int.from_bytes(data[at : at + width], "big")
            at += width
        if at + length > len(data):
            raise ValueError("a field breaks off")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def _dotted(oid: bytes) -> str:
    if not oid or oid[-1] & 0x80:
        raise ValueError("an object identifier breaks off")
    arcs, arc = [], 0
    for octet in oid:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - 40 * first, *arcs[1:]))
