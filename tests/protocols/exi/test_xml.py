"""Trees as XML and back, against the XML that EXIficient reads from the same bytes."""

from typing import Any

import pytest
from lxml import etree

from v2xconform.protocols.exi import Document, ExiEncodeError, codec, from_xml, to_xml

from .vectors import COLLECTION, collection, exificient, own

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def shape(element: etree._Element) -> Any:
    """Return an element without prefixes and without space around text."""
    attributes = sorted((k, v.rpartition(":")[2] if k == XSI + "type" else v) for k, v in element.attrib.items())
    children = [shape(child) for child in element]
    return element.tag, attributes, (element.text or "").strip(), (element.tail or "").strip(), children


@pytest.mark.parametrize("vector", exificient(), ids=lambda v: v["case"])
def test_exificient_shows_the_same(vector: dict[str, Any]) -> None:
    c = codec(vector["table"])
    document = c.decode(bytes.fromhex(vector["hex"]))
    assert shape(to_xml(c, document)) == shape(etree.fromstring(vector["xml"]))


def test_own_vectors_come_back_from_their_xml() -> None:
    for vector in own():
        c = codec(vector["table"])
        data = bytes.fromhex(vector["hex"])
        document = c.decode(data) if vector["kind"] == "document" else c.decode_fragment(data)
        back = from_xml(c, etree.fromstring(etree.tostring(to_xml(c, document))))
        assert back == Document(document.name, document.namespace, document.tree), vector["id"]


@pytest.mark.skipif(not COLLECTION.is_dir(), reason="the vector collection is not here")
def test_the_collection_shows_what_exificient_shows() -> None:
    for vector in collection("vectors"):
        c = codec(vector["table"])
        data = bytes.fromhex(vector["hex"])
        document = c.decode(data) if vector["kind"] == "document" else c.decode_fragment(data)
        element = to_xml(c, document)
        assert shape(element) == shape(etree.fromstring(vector["xml"])), vector["id"]
        assert from_xml(c, element).tree == document.tree, vector["id"]


def test_prefixes_are_readable() -> None:
    c = codec("iso15118-2")
    tree = {"Header": {"SessionID": "00"}, "Body": {"SessionSetupReq": {"EVCCID": "0011"}}}
    text = etree.tostring(to_xml(c, Document("V2G_Message", c.namespace, tree))).decode()
    assert text.startswith("<msgdef:V2G_Message xmlns:msgb")
    assert "<msgbody:EVCCID>0011</msgbody:EVCCID>" in text


def test_a_tree_with_missing_and_unknown_parts_is_still_shown() -> None:
    c = codec("iso15118-20-dc")
    tree = {"EVProcessing": "Ongoing", "Strange": 1, "Header": {"TimeStamp": 1}, "EVPresentVoltage": {"Value": True}}
    element = to_xml(c, Document("DC_PreChargeReq", c.namespace, tree))
    assert sorted(etree.QName(child).localname for child in element) == [
        "EVPresentVoltage",
        "EVProcessing",
        "Header",
        "Strange",
    ]


def test_text_that_xml_does_not_allow() -> None:
    c = codec("iso15118-20-common")
    tree = {"Header": {"SessionID": "00" * 8, "TimeStamp": 1}, "EVCCID": "a\x00b\ufffe"}
    element = to_xml(c, Document("SessionSetupReq", c.namespace, tree))
    assert element[1].text == "a\ufffdb\ufffd"
    odd = {"{urn:a b\n[}x y": [{"@{}1z": "v"}]}
    assert etree.fromstring(etree.tostring(to_xml(c, Document("SessionSetupReq", c.namespace, odd)))) is not None


def test_values_are_read_by_their_type() -> None:
    c = codec("iso15118-20-dc")
    text = """<d:DC_PreChargeReq xmlns:d="urn:iso:std:iso:15118:-20:DC" xmlns:c="urn:iso:std:iso:15118:-20:CommonTypes">
      <!-- comments and space do not matter -->
      <c:Header><c:SessionID>0123456789abcdef</c:SessionID><c:TimeStamp> +17 </c:TimeStamp></c:Header>
      <d:EVProcessing>{}</d:EVProcessing>
      <d:EVPresentVoltage><c:Exponent>-1</c:Exponent><c:Value>4000</c:Value></d:EVPresentVoltage>
      <d:EVTargetVoltage><c:Exponent>0</c:Exponent><c:Value>400</c:Value></d:EVTargetVoltage>
    </d:DC_PreChargeReq>"""
    document = from_xml(c, etree.fromstring(text.format("Ongoing")))
    assert document.tree == {
        "Header": {"SessionID": "0123456789ABCDEF", "TimeStamp": 17},
        "EVProcessing": "Ongoing",
        "EVPresentVoltage": {"Exponent": -1, "Value": 4000},
        "EVTargetVoltage": {"Exponent": 0, "Value": 400},
    }
    with pytest.raises(ExiEncodeError, match="EVProcessing: 'Perhaps' is not one of Finished, Ongoing"):
        from_xml(c, etree.fromstring(text.format("Perhaps")))
