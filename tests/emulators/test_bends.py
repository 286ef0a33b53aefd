"""Bends: build valid, then break one thing. Each field does what its name says, and says so when it does not fit."""

import pytest
from pydantic import ValidationError

from v2xconform.emulators.bends import Bend, BendError, Bending, Part, apply_fields, to_rational
from v2xconform.protocols.exi import codec
from v2xconform.protocols.iso15118 import messages20
from v2xconform.protocols.message import Message

HEADER = {"SessionID": "0102030405060708", "TimeStamp": 1_700_000_000}


def message(name: str = "SessionSetupReq") -> Message:
    return messages20.message(name, HEADER, {"EVCCID": "WMIV1"} if name == "SessionSetupReq" else {})


def plan(**changes: object) -> list[Part]:
    bend = Bend.model_validate({"at": "SessionSetupReq", **changes})
    return Bending((bend,), message).plan(message())


def sent(**changes: object) -> Message:
    (part,) = plan(**changes)
    assert part.message is not None
    return part.message


def frame(**changes: object) -> bytes:
    (part,) = plan(**changes)
    assert part.message is None and part.shown is not None
    return part.data


EXI = codec("iso15118-20-common").encode("SessionSetupReq", message().tree)


def test_fields() -> None:
    assert sent(set={"Header.SessionID": "00"}).tree["Header"]["SessionID"] == "00"
    assert sent(set={"New.Deep.Field": 1}).tree["New"] == {"Deep": {"Field": 1}}
    assert "EVCCID" not in sent(remove=["EVCCID"]).tree
    assert sent(shift={"Header.TimeStamp": -5}).tree["Header"]["TimeStamp"] == HEADER["TimeStamp"] - 5
    assert sent(remove=["No.Such.Field"]).tree == message().tree, "what is not there is removed already"


def test_the_valid_message_stays_as_it_is() -> None:
    before = message()
    after = apply_fields(before, Bend(at="*", set={"Header.SessionID": "FF"}))
    assert before.tree == message().tree and after.tree != before.tree


def test_rationals_are_scaled() -> None:
    valid = Message("iso15118-20-dc", "X", {"EVSEPresentVoltage": {"Exponent": 0, "Value": 400}})
    bent = apply_fields(valid, Bend(at="X", scale={"EVSEPresentVoltage": 1.5}))
    assert bent.tree["EVSEPresentVoltage"] == to_rational(600)


@pytest.mark.parametrize("number", [0, 1, -1, 0.5, 400, 32767, 32768, 150_000, -3_000_000, 12.345])
def test_rationals_keep_their_value(number: float) -> None:
    rational = to_rational(number)
    assert -3 <= rational["Exponent"] <= 3 and -32768 <= rational["Value"] <= 32767
    assert rational["Value"] * 10.0 ** rational["Exponent"] == pytest.approx(number, rel=1e-3, abs=1e-3)


def test_a_number_beyond_all_rationals_is_refused() -> None:
    with pytest.raises(BendError, match=r"does not fit a RationalNumber"):
        to_rational(1e9)


def test_entries_of_lists() -> None:
    valid = Message("p", "X", {"List": [{"A": 1}, {"A": 2}]})
    assert apply_fields(valid, Bend(at="X", set={"List.1.A": 9})).tree["List"][1] == {"A": 9}
    assert len(apply_fields(valid, Bend(at="X", set={"List.2": {"A": 3}})).tree["List"]) == 3
    assert apply_fields(valid, Bend(at="X", remove=["List.0"])).tree["List"] == [{"A": 2}]
    with pytest.raises(BendError, match=r"X: 'List\.7\.A': '7' is not one of the 2 entries"):
        apply_fields(valid, Bend(at="X", set={"List.7.A": 1}))


def test_a_value_is_copied_from_elsewhere_in_the_message() -> None:
    bent = apply_fields(message(), Bend(at="*", set={"List": [{"A": 1}]}, copy_from={"List.0.At": "Header.TimeStamp"}))
    assert bent.tree["List"] == [{"A": 1, "At": HEADER["TimeStamp"]}]
    with pytest.raises(BendError, match=r"has no Header\.Time to copy"):
        apply_fields(message(), Bend(at="*", copy_from={"EVCCID": "Header.Time"}))


@pytest.mark.parametrize("path", ["EVCCID.Part", "EVCCID.Part.Deeper"])
def test_a_path_through_a_plain_value_is_refused(path: str) -> None:
    with pytest.raises(BendError, match=r"^SessionSetupReq: 'EVCCID"):
        plan(set={path: 1})


def test_frames() -> None:
    assert frame(frame={}) == bytes.fromhex("01fe8002") + len(EXI).to_bytes(4, "big") + EXI
    assert frame(frame={"version": 2})[:2] == b"\x02\xfe"
    assert frame(frame={"inverse": 0})[:2] == b"\x01\x00"
    assert frame(frame={"payload_type": 0x8004})[2:4] == b"\x80\x04"
    assert frame(frame={"length": 0xFFFFFFFF})[4:8] == b"\xff" * 4
    assert frame(frame={"length_change": -1})[4:8] == (len(EXI) - 1).to_bytes(4, "big")
    assert frame(payload="80")[8:] == b"\x80"
    assert frame(truncate=2)[8:] == EXI[:-2]
    assert frame(append="ff00")[8:] == EXI + b"\xff\x00"


def test_what_is_not_sent() -> None:
    assert plan(silence=True) == []
    assert plan(close="rst", delay_s=2) == [Part(close="rst", wait_s=2)]


def test_time_copies_and_ends() -> None:
    assert plan(delay_s=1.5)[0].wait_s == 1.5
    assert [part.message for part in plan(copies=3)] == [message()] * 3
    first, last = plan(then_close="fin")
    assert first.message == message() and last == Part(close="fin")


def test_another_message_and_another_schema() -> None:
    assert sent(replace="AuthorizationSetupReq").name == "AuthorizationSetupReq"
    assert sent(protocol="iso15118-20-dc").protocol == "iso15118-20-dc"


def test_which_messages_are_bent() -> None:
    def touched(count: int, **when: object) -> list[int]:
        bending = Bending((Bend.model_validate({"at": "Session*", "silence": True, **when}),), message)
        return [number for number in range(1, count + 1) if bending.plan(message()) == []]

    assert touched(3) == [1, 2, 3]
    assert touched(3, nth=2) == [2]
    assert touched(4, from_nth=3) == [3, 4]
    assert touched(2, where={"EVCCID": "WMIV1"}) == [1, 2]
    assert touched(2, where={"EVCCID": "other"}) == []
    assert touched(2, at="Authorization*") == []


@pytest.mark.parametrize(
    "wrong", [{"nth": 0}, {"copies": 0}, {"delay_s": -1}, {"close": "maybe"}, {"frame": {"version": 256}}, {"sett": {}}]
)
def test_what_a_bend_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Bend.model_validate({"at": "*", **wrong})


def test_a_message_that_cannot_be_encoded_names_the_reason() -> None:
    with pytest.raises(BendError, match=r"^SessionSetupReq: "):
        plan(set={"EVCCID": {"no": "string"}}, truncate=1)
