import pytest

from v2xconform.protocols.v2gtp import PAYLOAD_TYPE_OF
from v2xconform.trace.capture.schema_choice import (
    BY_PAYLOAD_TYPE,
    DIN,
    ISO_2,
    NAMESPACES,
    SAP,
    Choice,
    SchemaChoice,
    Undecided,
    protocol_name,
)

SAP_REQ = bytes.fromhex("8000dbab9371d3234b71d1b981899189d191818991d26b9b3a232b30020000040040")
SAP_RES = bytes.fromhex("80400040")
DIN_DOC, ISO_2_DOC, OTHER = b"\x80\x9a\x02", b"\x80\x98\x02", b"\x80\x8c\x04"
DIN_NAMESPACE = "urn:din:70121:2012:MsgDef"
TWENTY_DC = "urn:iso:std:iso:15118:-20:DC"


def offers(*namespaces: str) -> dict[str, object]:
    return {"AppProtocol": [{"ProtocolNamespace": name, "SchemaID": number} for number, name in enumerate(namespaces)]}


def negotiated(namespace: str, *others: str, **response: object) -> SchemaChoice:
    choice = SchemaChoice()
    choice.learn(0, "supportedAppProtocolReq", offers(namespace, *others))
    choice.learn(0, "supportedAppProtocolRes", {"ResponseCode": "OK_SuccessfulNegotiation", **response})
    return choice


@pytest.mark.parametrize("payload_type", BY_PAYLOAD_TYPE)
def test_most_payload_types_name_their_schema(payload_type: int) -> None:
    assert SchemaChoice().choose(payload_type, OTHER) == Choice(BY_PAYLOAD_TYPE[payload_type])


def test_a_payload_type_wins_over_the_users_word_and_says_so() -> None:
    choice = SchemaChoice(ISO_2).choose(0x8004, OTHER)
    assert choice == Choice("iso15118-20-dc", "payload type 0x8004 names iso15118-20-dc, not iso15118-2")


def test_a_whole_conversation_begins_with_the_handshake() -> None:
    choice = SchemaChoice()
    assert choice.choose(0x8001, SAP_REQ, whole=True) == Choice(SAP)
    choice.learn(0, "supportedAppProtocolReq", offers(DIN_NAMESPACE))
    assert choice.choose(0x8001, SAP_RES, whole=True) == Choice(SAP)
    choice.learn(0, "supportedAppProtocolRes", {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 0})
    assert choice.choose(0x8001, DIN_DOC, whole=True) == Choice(DIN)
    assert choice.choose(0x8001, OTHER, whole=True) == Choice(DIN)
    assert choice.choose(None, DIN_DOC) == Choice(DIN)


def test_conversations_are_kept_apart() -> None:
    choice = negotiated(DIN_NAMESPACE, SchemaID=0)
    assert choice.choose(0x8001, OTHER, 0) == Choice(DIN)
    with pytest.raises(Undecided):
        choice.choose(0x8001, OTHER, 1)


def test_the_chosen_one_of_several_offers_counts() -> None:
    choice = negotiated(TWENTY_DC, "urn:iso:15118:2:2013:MsgDef", SchemaID=1)
    assert choice.choose(0x8001, OTHER) == Choice(ISO_2)


def test_without_schema_id_only_a_single_offer_is_clear() -> None:
    assert negotiated(DIN_NAMESPACE).choose(0x8001, OTHER) == Choice(DIN)
    with pytest.raises(Undecided):
        negotiated(DIN_NAMESPACE, TWENTY_DC).choose(0x8001, OTHER)


def test_a_refused_negotiation_decides_nothing() -> None:
    choice = SchemaChoice()
    choice.learn(0, "supportedAppProtocolReq", offers(DIN_NAMESPACE))
    choice.learn(0, "supportedAppProtocolRes", {"ResponseCode": "Failed_NoNegotiation"})
    assert choice.choose(0x8001, DIN_DOC).note == "schema guessed: din70121, by its first octets 80 9a"


def test_octets_that_speak_against_the_negotiation_win_aloud() -> None:
    choice = negotiated(DIN_NAMESPACE, SchemaID=0)
    assert choice.choose(0x8001, ISO_2_DOC) == Choice(
        ISO_2, "schema guessed: iso15118-2, by its first octets, although urn:din:70121:2012:MsgDef was negotiated"
    )
    assert choice.choose(0x8001, SAP_REQ).protocol == SAP


def test_a_vendors_protocol_is_read_by_its_first_octets() -> None:
    choice = negotiated("urn:tesla:din:2018:MsgDef", SchemaID=0).choose(0x8001, DIN_DOC)
    assert choice.protocol == DIN
    assert "urn:tesla:din:2018:MsgDef was negotiated" in choice.note


@pytest.mark.parametrize("payload_type", [None, 0x8001])
@pytest.mark.parametrize(
    ("data", "protocol"),
    [(SAP_REQ, SAP), (SAP_RES, SAP), (DIN_DOC, DIN), (ISO_2_DOC, ISO_2), (b"$EXI" + DIN_DOC, DIN)],
)
def test_alone_it_is_guessed_aloud(payload_type: int | None, data: bytes, protocol: str) -> None:
    choice = SchemaChoice().choose(payload_type, data)
    assert choice.protocol == protocol
    assert choice.note.startswith(f"schema guessed: {protocol}")


@pytest.mark.parametrize(
    "data", [b"", b"\x80", OTHER, b"\x80\x0c\x04\x1e", b"\x80\x00\x04\x1e\xa6", b"\x81\x9a\x02", b"{}xx"]
)
def test_bare_streams_that_do_not_tell_are_not_guessed(data: bytes) -> None:
    with pytest.raises(Undecided, match="--protocol"):
        SchemaChoice().choose(None, data)


def test_a_bare_stream_of_a_20_session_does_not_tell_which_of_its_schemas() -> None:
    with pytest.raises(Undecided, match="-20:DC does not tell"):
        negotiated(TWENTY_DC, SchemaID=0).choose(None, OTHER)


def test_unknown_payload_types() -> None:
    with pytest.raises(Undecided, match="0xa000"):
        SchemaChoice(ISO_2).choose(0xA000, OTHER)


def test_the_users_word_holds_but_for_the_handshake_of_a_session() -> None:
    choice = SchemaChoice(ISO_2)
    assert choice.choose(None, SAP_REQ) == Choice(ISO_2)
    assert choice.choose(0x8001, SAP_REQ, several=True) == Choice(SAP)
    assert choice.choose(0x8001, OTHER, several=True) == Choice(ISO_2)


def test_forgetting_is_bounded() -> None:
    choice = SchemaChoice()
    for number in range(5000):
        choice.learn(number, "supportedAppProtocolReq", offers(DIN_NAMESPACE))
    assert len(choice._negotiations) == 1024


@pytest.mark.parametrize(
    ("given", "name"),
    [("-dc", "iso15118-20-dc"), ("DIN70121", DIN), *((urn, short) for urn, short in NAMESPACES.items())],
)
def test_names_of_protocols(given: str, name: str) -> None:
    assert protocol_name(given) == name


def test_unknown_protocol_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown protocol 'ocpp2.0.1': known are din70121, iso15118-2,"):
        protocol_name("ocpp2.0.1")


def test_every_protocol_has_the_payload_type_that_names_it() -> None:
    assert PAYLOAD_TYPE_OF["iso15118-20-common"] == 0x8002
    assert PAYLOAD_TYPE_OF["iso15118-20-acdp"] == 0x8005
