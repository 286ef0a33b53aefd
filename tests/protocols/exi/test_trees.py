"""What trees the encoder takes, what it refuses and how it says so."""

from typing import Any

import pytest

from v2xconform.protocols.exi import Codec, ExiEncodeError, Violation, codec

HEADER = {"SessionID": "0123456789ABCDEF", "TimeStamp": 1700000000}
VOLTAGE = {"Exponent": 0, "Value": 400}
PRE_CHARGE: dict[str, Any] = {
    "Header": HEADER,
    "EVProcessing": "Ongoing",
    "EVPresentVoltage": VOLTAGE,
    "EVTargetVoltage": VOLTAGE,
}
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture(scope="module")
def dc() -> Codec:
    return codec("iso15118-20-dc")


def bent(path: str, value: Any) -> dict[str, Any]:
    """Return the DC_PreChargeReq with one place changed; None removes it."""
    tree: dict[str, Any] = {k: dict(v) if isinstance(v, dict) else v for k, v in PRE_CHARGE.items()}
    *way, last = path.split(".")
    inner = tree
    for step in way:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return tree


def test_the_example_is_valid(dc: Codec) -> None:
    document = dc.decode(dc.encode("DC_PreChargeReq", PRE_CHARGE))
    assert (document.name, document.namespace, document.oddities) == ("DC_PreChargeReq", dc.namespace, ())
    assert document.tree == PRE_CHARGE
    assert list(document.tree) == list(PRE_CHARGE)
    assert dc.validate("DC_PreChargeReq", PRE_CHARGE) == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("EVProcessing", None, "DC_PreChargeReq: EVProcessing is missing after Header"),
        ("EVProcessing", "Maybe", "EVProcessing: 'Maybe' is not one of Finished, Ongoing, "),
        ("EVPresentVoltage.Value", None, "EVPresentVoltage: Value is missing after Exponent"),
        ("EVPresentVoltage.Value", "400", "EVPresentVoltage.Value: '400' is not an integer from -32768 to 32767"),
        ("EVPresentVoltage", 400, "EVPresentVoltage: 400 where an object with child elements is expected"),
        ("EVPresentVoltage.Unit", "V", "EVPresentVoltage: 'Unit' is not declared in RationalNumberType; it has Expon"),
        ("Header.SessionID", "xyz", "Header.SessionID: 'xyz' is not hex text with two digits per octet"),
        ("Header.@Id", "a", "Header: '@Id' is not declared in MessageHeaderType; it has SessionID, TimeStamp, Signat"),
        ("EVTargetVoltage", [VOLTAGE, VOLTAGE], "DC_PreChargeReq: 'EVTargetVoltage' cannot stand after EVTargetVolta"),
        ("EVTargetVoltage", [], "DC_PreChargeReq: EVTargetVoltage is missing after EVPresentVoltage"),
        ("#order", ["Header", "Header"], "DC_PreChargeReq: #order names 'Header' more often than the tree has it"),
        ("#order", "Header", "DC_PreChargeReq: #order must be a list of names"),
        ("{}", "x", "DC_PreChargeReq: '{}': expected a name of the form {namespace}local"),
    ],
)
def test_what_cannot_be_encoded_is_said_with_its_place(dc: Codec, path: str, value: Any, message: str) -> None:
    with pytest.raises(ExiEncodeError) as caught:
        dc.encode("DC_PreChargeReq", bent(path, value))
    assert str(caught.value).startswith(message)
    assert caught.value.path == message.partition(":")[0]


def test_unknown_messages(dc: Codec) -> None:
    with pytest.raises(ExiEncodeError, match="'DC_PreChargeRequest' is not a message of iso15118-20-dc"):
        dc.encode("DC_PreChargeRequest", {})
    with pytest.raises(ExiEncodeError, match="'Nothing' is not an element of iso15118-20-dc"):
        dc.encode_fragment("Nothing", {})


@pytest.mark.parametrize(
    ("path", "value", "violation"),
    [
        ("EVProcessing", None, ("", "EVProcessing is missing after Header")),
        ("EVPresentVoltage.Value", 40000, ("EVPresentVoltage.Value", "40000 is not an integer from -32768 to 32767")),
        ("Header.SessionID", "00", ("Header.SessionID", "1 octets, expected exactly 8")),
        ("EVTargetVoltage", [VOLTAGE] * 2, ("EVTargetVoltage", "2 times, but at most 1 allowed here")),
        (
            "Extra",
            1,
            ("Extra", "not declared in DC_PreChargeReqType; it has Header, EVProcessing, EVPresentVoltage, EV"),
        ),
        ("@Id", "a", ("@Id", "attribute not declared in DC_PreChargeReqType")),
        ("EVPresentVoltage", 400, ("EVPresentVoltage", "'400' where child elements are expected")),
    ],
)
def test_violations_have_a_path(dc: Codec, path: str, value: Any, violation: tuple[str, str]) -> None:
    found = dc.validate("DC_PreChargeReq", bent(path, value))
    assert len(found) == 1
    assert found[0].path == violation[0]
    assert found[0].text.startswith(violation[1])


def test_all_violations_are_listed() -> None:
    tree = {"Header": {"SessionID": "00"}, "Body": {"SessionSetupReq": {"EVCCID": "00" * 7}, "Other": {}}}
    assert codec("iso15118-2").validate("V2G_Message", tree) == [
        Violation("Body.SessionSetupReq.EVCCID", "7 octets, expected at most 6"),
        Violation("Body.Other", codec("iso15118-2").validate("Body", {"Other": {}})[-1].text),
    ]


def test_abstract_elements_and_types_are_violations() -> None:
    c = codec("iso15118-2")
    body = {"Header": {"SessionID": "00"}, "Body": {"BodyElement": {}}}
    assert c.validate("V2G_Message", body) == [
        Violation("Body.BodyElement", "type BodyBaseType is abstract: an element that substitutes it must be used")
    ]
    assert c.validate("BodyElement", {})[0].text == "BodyElement is abstract: one of its substitutes must be used"
    assert c.validate("Nothing", {})[0].text == "Nothing is not an element of iso15118-2"


def test_single_values_are_taken_for_lists() -> None:
    c = codec("supportedappprotocol")
    entry = {
        "ProtocolNamespace": "urn:iso:std:iso:15118:-20:DC",
        "VersionNumberMajor": 1,
        "VersionNumberMinor": 0,
        "SchemaID": 1,
        "Priority": 1,
    }
    data = c.encode("supportedAppProtocolReq", {"AppProtocol": entry})
    assert data == c.encode("supportedAppProtocolReq", {"AppProtocol": [entry]})
    assert c.decode(data).tree == {"AppProtocol": [entry]}
    with pytest.raises(ExiEncodeError, match="AppProtocol"):
        c.encode("supportedAppProtocolReq", {"AppProtocol": [entry] * 21})
    assert c.validate("supportedAppProtocolReq", {"AppProtocol": [entry] * 21}) == [
        Violation("AppProtocol", "21 times, but at most 20 allowed here")
    ]


def test_counted_elements_change_their_codes_at_the_last_one() -> None:
    c = codec("iso15118-20-common")
    chain = {"Certificate": "AA==", "SubCertificates": {"Certificate": ["AQ=="] * 3}}
    tree = {"Header": HEADER, "CertificateChain": chain}
    for count in (1, 2, 3):
        chain["SubCertificates"]["Certificate"] = ["AQ=="] * count
        name = "OEMProvisioningCertificateChain"
        fragment = {"@Id": "id1", **chain}
        assert c.decode_fragment(c.encode_fragment(name, fragment)).tree == fragment
    assert tree["Header"] == HEADER


def test_interleaved_choices_keep_their_order() -> None:
    """Only an order that the grammar would not give by itself costs an #order key."""
    c = codec("xmldsig")
    plain = {"X509Data": [{"X509SKI": ["AA=="], "X509Certificate": ["AQ==", "Ag=="]}]}
    assert c.decode(c.encode("KeyInfo", plain)).tree == plain
    order = ["X509Certificate", "X509SKI", "X509Certificate"]
    mixed = {"X509Data": [{"X509Certificate": ["AQ==", "Ag=="], "X509SKI": ["AA=="], "#order": order}]}
    data = c.encode("KeyInfo", mixed)
    assert c.decode(data).tree == mixed
    assert data != c.encode("KeyInfo", plain)


def test_undeclared_names_are_written_in_clark_form(dc: Codec) -> None:
    tree = PRE_CHARGE | {"{urn:x}New": [{"@{}a": "1", "#": "text"}], "@{urn:x}b": "2"}
    document = dc.decode(dc.encode("DC_PreChargeReq", tree))
    assert document.tree == tree
    assert [(oddity.code, oddity.text) for oddity in document.oddities] == [
        ("undeclared-attribute", "{urn:x}b = '2' (event 1.3)"),
        ("undeclared-element", "{urn:x}New (event 1.0)"),
    ]


def test_wildcards_take_declared_elements_with_their_grammar() -> None:
    c = codec("xmldsig")
    tree = {"@Id": "o", DSIG + "Manifest": [{"Reference": [REFERENCE]}]}
    document = c.decode(c.encode("Object", tree))
    assert (document.tree, document.oddities) == (tree, ())


def test_values_beyond_a_facet_are_written_and_reported_when_read(dc: Codec) -> None:
    c = codec("iso15118-2")
    physical = {"Multiplier": 4, "Unit": "V", "Value": 1}
    tree = {"Header": {"SessionID": "01"}, "Body": {"PreChargeReq": {
        "DC_EVStatus": {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 101},
        "EVTargetVoltage": physical, "EVTargetCurrent": physical}}}  # fmt: skip
    document = c.decode(c.encode("V2G_Message", tree))
    assert document.tree == tree
    assert [(o.code, o.path) for o in document.oddities] == [
        ("out-of-range", "Body.PreChargeReq.DC_EVStatus.EVRESSSOC"),
        ("out-of-range", "Body.PreChargeReq.EVTargetVoltage.Multiplier"),
        ("out-of-range", "Body.PreChargeReq.EVTargetCurrent.Multiplier"),
    ]
    assert len(c.validate("V2G_Message", tree)) == 3


def test_nesting_without_end() -> None:
    tree: dict[str, Any] = {}
    for _ in range(5000):
        tree = {DSIG + "Object": [tree]}
    with pytest.raises(ExiEncodeError, match="nested too deeply"):
        codec("xmldsig").encode("Object", tree)


REFERENCE = {"@URI": "#id1", "DigestMethod": {"@Algorithm": "a"}, "DigestValue": "AAEC"}
