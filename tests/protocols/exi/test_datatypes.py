"""How values are packed, one datatype at a time."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from v2xconform.protocols.exi import Codec, ExiDecodeError, ExiEncodeError, codec
from v2xconform.protocols.exi.bits import BitReader, unsigned_bits
from v2xconform.protocols.exi.datatypes import KINDS, STRING, ListOf
from v2xconform.protocols.exi.findings import Limits
from v2xconform.protocols.exi.schema_import import import_schemas

NAME = ("urn:x", "x")


def reader(bits: str) -> BitReader:
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return BitReader(int("1" + padded, 2).to_bytes(len(padded) // 8 + 1, "big")[1:], Limits())


@pytest.mark.parametrize(
    ("facts", "value", "bits"),
    [
        ({"kind": "boolean"}, True, "1"),
        ({"kind": "boolean"}, False, "0"),
        ({"kind": "enumeration", "values": ["a", "b", "c"]}, "c", "10"),
        ({"kind": "enumeration", "values": ["a"]}, "a", ""),
        ({"kind": "nbit", "low": -128, "high": 127}, -1, "01111111"),
        ({"kind": "nbit", "low": 0, "high": 4095}, 5, "000000000101"),
        ({"kind": "unsigned"}, 0, "00000000"),
        ({"kind": "unsigned"}, 127, "01111111"),
        ({"kind": "unsigned"}, 128, "1000000000000001"),
        ({"kind": "unsigned"}, 2**64 - 1, "11111111" * 9 + "00000001"),
        ({"kind": "integer"}, 400, "01001000000000011"),
        ({"kind": "integer"}, -1, "100000000"),
        ({"kind": "integer"}, -400, "11000111100000011"),
        ({"kind": "string"}, "", "00000010"),
        ({"kind": "string"}, "A", "0000001101000001"),
        ({"kind": "string"}, "é", "00000011" + "1110100100000001"),
        ({"kind": "hex"}, "", "00000000"),
        ({"kind": "hex"}, "0AFF", "00000010" + "0000101011111111"),
        ({"kind": "base64"}, "Cv8=", "00000010" + "0000101011111111"),
        ({"kind": "decimal"}, "12.5", "0" + "00001100" + "00000101"),
        ({"kind": "decimal"}, "-0.05", "1" + "00000000" + "00110010"),
        ({"kind": "float"}, "125E-1", "0" + "01111101" + "1" + "00000000"),
        ({"kind": "float"}, "INF", "0" + "00000001" + "1" + unsigned_bits((1 << 14) - 1)),
    ],
)
def test_packed_and_read_again(facts: dict[str, Any], value: Any, bits: str) -> None:
    datatype = KINDS[facts["kind"]](facts)
    assert datatype.bits(value) == bits
    assert datatype.read(reader(bits), NAME) == value
    assert list(datatype.check(value)) == []
    assert datatype.parse(datatype.show(value)) == value


@pytest.mark.parametrize(
    ("facts", "value", "reason"),
    [
        ({"kind": "boolean"}, 1, "1 is not true or false"),
        ({"kind": "boolean"}, "true", "'true' is not true or false"),
        ({"kind": "enumeration", "values": ["OK", "FAILED"]}, "Ok", "'Ok' is not one of OK, FAILED"),
        ({"kind": "enumeration", "values": ["OK"]}, ["OK"], "['OK'] is not one of OK"),
        ({"kind": "nbit", "low": 0, "high": 100}, 128, "128 is not an integer from 0 to 100"),
        ({"kind": "unsigned", "low": 0}, -1, "-1 is not an integer of at least 0"),
        ({"kind": "integer", "high": 0}, "0", "'0' is not an integer of at most 0"),
        ({"kind": "integer"}, 1.5, "1.5 is not an integer"),
        ({"kind": "string"}, 5, "5 is not a string"),
        ({"kind": "hex"}, "0g", "'0g' is not hex text with two digits per octet"),
        ({"kind": "hex"}, "0 1", "'0 1' is not hex text with two digits per octet"),
        ({"kind": "base64"}, "A", "'A' is not base64 text"),
        ({"kind": "base64"}, None, "None is not base64 text"),
        ({"kind": "decimal"}, "1,5", "'1,5' is not a decimal number, as 12.5"),
        ({"kind": "float"}, "fast", "'fast' is not a number, as 12.5 or 125E-1, INF, -INF or NaN"),
    ],
)
def test_values_that_cannot_be_packed(facts: dict[str, Any], value: Any, reason: str) -> None:
    datatype = KINDS[facts["kind"]](facts)
    with pytest.raises(ExiEncodeError) as caught:
        datatype.bits(value)
    assert str(caught.value) == reason
    assert list(datatype.check(value))


@pytest.mark.parametrize(
    ("facts", "value", "text"),
    [
        ({"kind": "string", "maxLength": 3}, "abcd", "4 characters, expected at most 3"),
        ({"kind": "string", "minLength": 2}, "a", "1 characters, expected at least 2"),
        ({"kind": "hex", "length": 8}, "00", "1 octets, expected exactly 8"),
        ({"kind": "nbit", "low": 0, "high": 100}, 120, "120 is not an integer from 0 to 100"),
        ({"kind": "unsigned", "low": 0, "high": 65535}, 70000, "70000 is not an integer from 0 to 65535"),
        ({"kind": "decimal", "low": "0", "high": "1"}, "1.5", "1.5 is not from 0 to 1"),
    ],
)
def test_facets_are_reported_and_do_not_stop_the_encoder(facts: dict[str, Any], value: Any, text: str) -> None:
    datatype = KINDS[facts["kind"]](facts)
    assert list(datatype.check(value)) == [text]
    assert datatype.read(reader(datatype.bits(value)), NAME) == value


def test_bytes_are_taken_for_binary_values() -> None:
    c = codec("iso15118-20-common")
    header = {"SessionID": b"\x01\x23\x45\x67\x89\xab\xcd\xef", "TimeStamp": 1}
    data = c.encode("SessionSetupReq", {"Header": header, "EVCCID": "WMIV1"})
    assert c.decode(data).tree["Header"]["SessionID"] == "0123456789ABCDEF"


def test_lists_are_written_as_xml_writes_them() -> None:
    datatype = ListOf({"kind": "list", "maxLength": 2}, KINDS["integer"]({"kind": "integer"}))
    bits = datatype.bits("1 -2 300")
    assert bits.startswith("00000011")
    assert datatype.read(reader(bits), NAME) == "1 -2 300"
    assert list(datatype.check("1 -2 300")) == ["3 items, expected at most 2"]
    with pytest.raises(ExiDecodeError, match="a list of 120 items"):
        datatype.read(reader(unsigned_bits(120)), NAME)


def test_enumeration_numbers_without_a_value() -> None:
    datatype = KINDS["enumeration"]({"kind": "enumeration", "values": ["a", "b", "c"]})
    with pytest.raises(ExiDecodeError, match="value number 3 of an enumeration with 3 values"):
        datatype.read(reader("11"), NAME)


def test_string_table_hits_resolve_as_if_the_table_had_no_limit() -> None:
    r = reader(STRING.bits("one") + STRING.bits("two") + unsigned_bits(0) + "1" + unsigned_bits(1) + "0")
    assert [STRING.read(r, NAME) for _ in range(4)] == ["one", "two", "two", "one"]
    assert [(code, bit) for code, _, bit in r.odd] == [("string-table-hit", 64), ("string-table-hit", 73)]


def test_overlong_integers_are_odd() -> None:
    r = reader("1000000100000000")
    assert r.unsigned() == 1
    assert r.odd == [("overlong-integer", "1 in 2 octets", 0)]


def test_characters_that_are_no_text() -> None:
    r = reader(unsigned_bits(5) + unsigned_bits(0) + unsigned_bits(0xD800) + unsigned_bits(ord("x")))
    assert STRING.read(r, NAME) == "\x00\ufffdx"
    assert r.odd[0][0] == "not-xml-text"
    with pytest.raises(ExiDecodeError, match="beyond Unicode"):
        STRING.read(reader(unsigned_bits(3) + unsigned_bits(0x110000)), NAME)


@pytest.fixture(scope="module")
def exotic(tmp_path_factory: pytest.TempPathFactory) -> Codec:
    """A schema with the datatypes that no V2G schema uses; EXIficient made the bytes below from it."""
    folder: Path = tmp_path_factory.mktemp("exotic")
    (folder / "x.xsd").write_text(
        """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x" xmlns="urn:x"
            elementFormDefault="qualified">
          <xs:element name="A" type="xs:decimal"/>
          <xs:element name="B" type="xs:double"/>
          <xs:element name="C" type="xs:NMTOKENS"/>
          <xs:element name="D"><xs:simpleType><xs:list itemType="xs:int"/></xs:simpleType></xs:element>
          <xs:element name="E"><xs:simpleType><xs:union memberTypes="xs:int xs:boolean"/></xs:simpleType></xs:element>
          <xs:element name="F"><xs:complexType><xs:sequence maxOccurs="3">
            <xs:element name="p" type="xs:int" minOccurs="2" maxOccurs="4"/>
            <xs:element name="q" type="xs:boolean" minOccurs="0"/></xs:sequence><xs:anyAttribute/></xs:complexType>
          </xs:element>
          <xs:element name="G" nillable="true" type="xs:float"/>
        </xs:schema>""",
        encoding="utf-8",
    )
    (path,) = import_schemas(folder, folder / "tables")
    return codec(path)


@pytest.mark.parametrize(
    ("hexed", "name", "tree"),
    [
        ("80006028", "A", "12.5"),
        ("80080190", "A", "-0.05"),
        ("80032000", "A", "100.0"),
        ("80080900", "A", "-1.23"),
        ("8023ec00", "B", "125E-1"),
        ("80200814", "B", "1E5"),
        ("802e201420", "B", "-325E-9"),
        ("80200ffdfc", "B", "INF"),
        ("802807fdfc", "B", "-INF"),
        ("802007fdfc", "B", "NaN"),
        ("80200000", "B", "0E0"),
        ("80403036103620463630", "C", "a b cc"),
        ("8060300c05c14e24", "D", "1 -2 300000"),
        ("8080431320", "E", "12"),
        (
            "80a00575726e3a6f027903320813d0198a00880940060080050032",
            "F",
            {
                "@{urn:o}y": "2",
                "@{}z": "1",
                "p": [1, -2, 3, 4, 5, 6],
                "q": [True],
                "#order": ["p", "p", "q", "p", "p", "p", "p"],
            },
        ),
        ("80a80200400340", "F", {"p": [1, 2, 3]}),
        ("80d500", "G", {"@{http://www.w3.org/2001/XMLSchema-instance}nil": True}),
        ("80c07c00", "G", "15E-1"),
        (
            "80d3002703b432b6363780",
            "G",
            {
                "@{http://www.w3.org/2001/XMLSchema-instance}type": "{http://www.w3.org/2001/XMLSchema}string",
                "#": "hello",
            },
        ),
    ],
)
def test_types_of_other_schemas(exotic: Codec, hexed: str, name: str, tree: Any) -> None:
    document = exotic.decode(bytes.fromhex(hexed))
    assert (document.name, document.tree) == (name, tree)
    assert exotic.encode(name, tree).hex() == hexed


def test_decimal_bounds_are_exact() -> None:
    datatype = KINDS["decimal"]({"kind": "decimal", "high": "0.3"})
    assert list(datatype.check("0.3")) == []
    assert list(datatype.check(str(Decimal("0.3000000000000000000001"))))
