"""The sequence table: its shape, and what the real sessions of others say about it."""

import gzip
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from v2xconform.protocols.iso15118 import sequence20
from v2xconform.protocols.iso15118.messages20 import REQUESTS
from v2xconform.protocols.iso15118.sequence20 import SequenceError

OK = {"ResponseCode": "OK"}
VECTORS = Path(__file__).parents[4] / "shared/data/exi/vectors.jsonl.gz"


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_every_name_of_the_table_exists(mode: Any) -> None:
    for step in sequence20.TABLE[mode]:
        assert step.request in sequence20.all_requests(mode), step
        assert step.next in sequence20.STATES[mode], step
        assert set(step.outcome) <= set(sequence20.OUTCOMES), step
        assert all(one.startswith("V2G20-") for one in step.requirements), step


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_every_state_can_be_reached_and_left(mode: Any) -> None:
    reached = {sequence20.FIRST}
    for _ in sequence20.STATES[mode]:
        reached |= {step.next for step in sequence20.TABLE[mode] if step.state in reached}
    assert reached == set(sequence20.STATES[mode])
    for state in sequence20.STATES[mode]:
        assert sequence20.is_final(state) == (sequence20.allowed(state, mode) == ())


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_the_happy_way(mode: Any) -> None:
    state, way = sequence20.FIRST, []
    while not sequence20.is_final(state):
        onward = {"ServiceSelection": "ServiceSelectionReq", f"{mode}_ChargeLoop": "PowerDeliveryReq"}
        request = onward.get(state, sequence20.allowed(state, mode)[0])
        step = sequence20.happy_step(state, mode, request)
        assert step is not None and step.state == state
        way.append(state)
        state = step.next
    assert way[-1] == "SessionStop"
    assert ("DC_CableCheck" in way) == (mode == "DC")


def test_requests_of_a_mode() -> None:
    ac, dc = sequence20.all_requests("AC"), sequence20.all_requests("DC")
    assert (len(ac), len(dc), len(set(ac) | set(dc))) == (15, 18, len(REQUESTS))
    assert sequence20.response_name("DC_CableCheckReq") == "DC_CableCheckRes"
    with pytest.raises(KeyError, match="FooReq is no request"):
        sequence20.response_name("FooReq")


def test_allowed_names_the_expected_request_first_and_the_tolerated_last() -> None:
    assert sequence20.allowed("Authorization", "AC") == (
        "AuthorizationReq",
        "CertificateInstallationReq",
        "SessionStopReq",
    )
    assert sequence20.allowed("PowerDelivery", "DC") == ("PowerDeliveryReq", "SessionStopReq", "DC_PreChargeReq")
    assert sequence20.allowed("PowerDelivery", "DC", tolerated=False) == ("PowerDeliveryReq", "SessionStopReq")


@pytest.mark.parametrize(
    ("state", "request_name", "request_", "response", "following"),
    [
        ("SessionSetup", "SessionSetupReq", {}, {"ResponseCode": "OK_NewSessionEstablished"}, "AuthorizationSetup"),
        ("SessionSetup", "SessionSetupReq", {}, {"ResponseCode": "OK_OldSessionJoined"}, "DC_ChargeParameterDiscovery"),
        ("Authorization", "AuthorizationReq", {}, OK | {"EVSEProcessing": "Ongoing"}, "Authorization"),
        ("Authorization", "AuthorizationReq", {}, OK | {"EVSEProcessing": "Finished"}, "ServiceDiscovery"),
        ("Authorization", "AuthorizationReq", {},
         {"ResponseCode": "WARNING_EIMAuthorizationFailure", "EVSEProcessing": "Finished"}, "Authorization"),
        ("Authorization", "AuthorizationReq", {}, {"ResponseCode": "FAILED"}, "Ended"),
        ("ScheduleExchange", "ScheduleExchangeReq", {}, OK | {"EVSEProcessing": "Finished"}, "DC_CableCheck"),
        ("DC_PreCharge", "DC_PreChargeReq", {"EVProcessing": "Ongoing"}, OK, "DC_PreChargeOngoing"),
        ("DC_PreChargeOngoing", "DC_PreChargeReq", {"EVProcessing": "Finished"}, OK, "PowerDelivery"),
        ("DC_PreChargeOngoing", "PowerDeliveryReq", {"EVProcessing": "Finished", "ChargeProgress": "Start"}, OK, "DC_ChargeLoop"),
        ("PowerDelivery", "PowerDeliveryReq", {"EVProcessing": "Ongoing", "ChargeProgress": "Start"}, OK, "PowerDelivery"),
        ("PowerDelivery", "PowerDeliveryReq", {"EVProcessing": "Finished", "ChargeProgress": "Start"}, OK, "DC_ChargeLoop"),
        ("DC_ChargeLoop", "PowerDeliveryReq", {"ChargeProgress": "Stop"}, OK, "DC_WeldingDetection"),
        ("DC_ChargeLoop", "PowerDeliveryReq", {"ChargeProgress": "Standby"}, OK, "Standby"),
        ("DC_ChargeLoop", "PowerDeliveryReq", {"ChargeProgress": "Standby"},
         {"ResponseCode": "WARNING_StandbyNotAllowed"}, "DC_ChargeLoop"),
        ("DC_ChargeLoop", "PowerDeliveryReq", {"ChargeProgress": "ScheduleRenegotiation"}, OK, "ScheduleRenegotiation"),
        ("ScheduleRenegotiation", "ScheduleExchangeReq", {}, OK | {"EVSEProcessing": "Finished"}, "PowerDelivery"),
        ("DC_WeldingDetection", "DC_WeldingDetectionReq", {"EVProcessing": "Ongoing"}, OK, "DC_WeldingDetection"),
        ("DC_WeldingDetection", "SessionStopReq", {"ChargingSession": "Pause"}, OK, "Paused"),
        ("SessionStop", "SessionStopReq", {"ChargingSession": "ServiceRenegotiation"}, OK, "ServiceDiscovery"),
    ],
)  # fmt: skip
def test_outcomes(state: str, request_name: str, request_: Any, response: Any, following: str) -> None:
    assert sequence20.advance(state, "DC", request_name, request_, response) == following


@pytest.mark.parametrize(
    ("state", "request_name", "request_", "text"),
    [
        ("DC_CableCheck", "DC_PreChargeReq", {}, "in state DC_CableCheck; allowed: DC_CableCheckReq or SessionStopReq"),
        ("DC_PreCharge", "PowerDeliveryReq", {"ChargeProgress": "Start"}, "not allowed in state DC_PreCharge"),
        ("DC_ChargeLoop", "SessionStopReq", {"ChargingSession": "Terminate"}, "SessionStopReq is not allowed"),
        ("PowerDelivery", "PowerDeliveryReq", {"EVProcessing": "Finished", "ChargeProgress": "Standby"},
         "Standby, EVProcessing Finished is not"),
        ("Ended", "SessionStopReq", {}, "allowed: nothing, the session is over"),
    ],
)  # fmt: skip
def test_errors_name_what_was_allowed(state: str, request_name: str, request_: Any, text: str) -> None:
    with pytest.raises(SequenceError) as caught:
        sequence20.advance(state, "DC", request_name, request_, OK)
    assert text in str(caught.value)
    assert caught.value.allowed == sequence20.allowed(state, "DC")
    assert not sequence20.request_fits(state, "DC", request_name, request_)


def test_the_messages_of_real_sessions_are_all_in_the_table() -> None:
    """No request that was seen between foreign implementations is unknown, or allowed nowhere."""
    if not VECTORS.exists():
        pytest.skip("the vectors are not there")
    seen = defaultdict(int)
    with gzip.open(VECTORS, "rt") as lines:
        for line in lines:
            vector = orjson.loads(line)
            name = vector["message"]
            ours = name.startswith(("AC_", "DC_")) or vector["schema"].endswith("CommonMessages")
            if vector["protocol"] == "ISO 15118-20" and vector["kind"] == "document" and name.endswith("Req") and ours:
                seen[name] += 1
    allowed = {step.request for table in sequence20.TABLE.values() for step in table}
    assert len(seen) > 15
    assert set(seen) <= set(REQUESTS)
    assert set(seen) - allowed <= {"VehicleCheckInReq", "VehicleCheckOutReq"}
