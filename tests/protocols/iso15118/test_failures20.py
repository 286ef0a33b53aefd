"""Every FAILED and WARNING path of the station, the car's reaction, and what is not a message at all."""

from copy import deepcopy
from typing import Any

import pytest

from v2xconform.protocols.iso15118 import sequence20
from v2xconform.protocols.iso15118.messages20 import REQUESTS, failed_response, filler, protocol_of, response_name
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, SeccPolicy
from v2xconform.protocols.message import Message

from .ladder20 import Ladder, charger, ev, through_codec

CODES = [
    "FAILED",
    "FAILED_AssociationError",
    "FAILED_ContactorError",
    "FAILED_EVPowerProfileInvalid",
    "FAILED_EVPowerProfileViolation",
    "FAILED_MeteringSignatureNotValid",
    "FAILED_NoEnergyTransferServiceSelected",
    "FAILED_NoServiceRenegotiationSupported",
    "FAILED_PauseNotAllowed",
    "FAILED_PowerDeliveryNotApplied",
    "FAILED_PowerToleranceNotConfirmed",
    "FAILED_ScheduleRenegotiation",
    "FAILED_ScheduleSelectionInvalid",
    "FAILED_SequenceError",
    "FAILED_ServiceIDInvalid",
    "FAILED_ServiceSelectionInvalid",
    "FAILED_SignatureError",
    "FAILED_UnknownSession",
    "FAILED_WrongChargeParameter",
]


def put(path: str, value: Any, at: str) -> Any:
    """Return a bend that changes one field of the requests or responses named *at*."""

    def bend(message: Message) -> Message:
        if message.name != at:
            return message
        tree: Any = {**message.tree}
        *way, last = path.split(".")
        node = tree
        for step in way:
            if step not in node:
                return message
            inner = node[step]
            node[step] = inner[:] if isinstance(inner, list) else {**inner}
            node = node[step]
        if value is None:
            node.pop(last, None)
        else:
            node[last] = value
        return Message(message.protocol, message.name, tree)

    return bend


def failed(ladder: Ladder, code: str) -> None:
    """Check that the station failed with *code*, closed, and that the car went with it."""
    last = ladder.messages[-1]
    assert (last.tree["ResponseCode"], last.name[-3:]) == (code, "Res")
    assert last.name == response_name(ladder.messages[-2].name)
    assert ladder.last_reply.close
    assert code in ladder.last_reply.why
    assert ladder.secc.state == "Ended"
    assert ladder.secc.timer() is None
    assert ladder.evcc.ended is not None
    assert (ladder.evcc.ended.reason, ladder.evcc.ended.orderly) == (f"{last.name} with {code}", False)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("request_name", list(REQUESTS))
def test_a_failed_response_is_valid(request_name: str, code: str) -> None:
    header = {"SessionID": "0123456789ABCDEF", "TimeStamp": 1}
    assert through_codec(failed_response(request_name, header, code)).tree["ResponseCode"] == code


def test_every_response_has_its_smallest_form() -> None:
    for request in REQUESTS:
        filler(response_name(request))["changed"] = True
        assert "changed" not in filler(response_name(request))


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_any_request_out_of_sequence_gets_a_failed_response_of_its_own_kind(mode: Any) -> None:
    """From every state that a session passes, every request that is not allowed there."""
    tried = 0
    whole = Ladder(mode, ev())
    whole.run()
    for place in dict.fromkeys(name for name in whole.rungs if name != "SessionStopReq"):
        ladder = Ladder(mode, ev(services=[mode]))
        state = _stop_after(ladder, place)
        header = {"SessionID": ladder.secc.session_id, "TimeStamp": 1}
        for name in set(REQUESTS) - set(sequence20.allowed(state, mode)):
            secc = deepcopy(ladder.secc)
            reply = secc.receive(Message(protocol_of(name), name, {"Header": header}), ladder.now)
            assert reply.message is not None
            assert reply.message.name == response_name(name)
            assert through_codec(reply.message).tree["ResponseCode"] == "FAILED_SequenceError"
            assert reply.close
            assert state in reply.why
            tried += 1
    assert tried > 100


def _stop_after(ladder: Ladder, request_name: str) -> str:
    class EnoughError(Exception):
        pass

    def enough() -> None:
        raise EnoughError

    ladder.at[request_name] = enough
    ladder.exact = False
    with pytest.raises(EnoughError):
        ladder.run()
    return ladder.secc.state


def test_a_wrong_first_request() -> None:
    ladder = Ladder("DC", ev())
    header = {"SessionID": "0000000000000000", "TimeStamp": 1}
    reply = ladder.secc.receive(Message("iso15118-20-common", "AuthorizationSetupReq", {"Header": header}), 0)
    assert reply.message is not None
    assert reply.message.tree["ResponseCode"] == "FAILED_SequenceError"
    assert reply.message.tree["Header"]["SessionID"] == "0000000000000000"


def test_a_request_with_values_out_of_sequence() -> None:
    ladder = Ladder("DC", ev(), bend=put("ChargeProgress", "Standby", "PowerDeliveryReq")).run()
    failed(ladder, "FAILED_SequenceError")


def test_a_foreign_session_id() -> None:
    ladder = Ladder("DC", ev(), bend=put("Header.SessionID", "1111111111111111", "ServiceDiscoveryReq")).run()
    failed(ladder, "FAILED_UnknownSession")


@pytest.mark.parametrize("mode", ["AC", "DC"])
@pytest.mark.parametrize(
    ("request_name", "path", "value", "code"),
    [
        ("ServiceDetailReq", "ServiceID", 3, "FAILED_ServiceIDInvalid"),
        ("ServiceSelectionReq", "SelectedEnergyTransferService.ServiceID", 3, "FAILED_NoEnergyTransferServiceSelected"),
        ("ServiceSelectionReq", "SelectedEnergyTransferService.ParameterSetID", 99, "FAILED_ServiceSelectionInvalid"),
        ("ServiceSelectionReq", "SelectedVASList", {"SelectedService": [{"ServiceID": 65, "ParameterSetID": 1}]},
         "FAILED_ServiceSelectionInvalid"),
        ("PowerDeliveryReq", "EVPowerProfile", None, "FAILED_EVPowerProfileInvalid"),
        ("PowerDeliveryReq", "EVPowerProfile.Scheduled_EVPPTControlMode.SelectedScheduleTupleID", 7,
         "FAILED_ScheduleSelectionInvalid"),
        ("PowerDeliveryReq", "EVPowerProfile.EVPowerProfileEntries.EVPowerProfileEntry",
         [{"Duration": 60, "Power": {"Exponent": 5, "Value": 9}}], "FAILED_EVPowerProfileInvalid"),
    ],
)  # fmt: skip
def test_the_checks_of_a_station(mode: Any, request_name: str, path: str, value: Any, code: str) -> None:
    car = ev(control_modes=["Scheduled"])
    ladder = Ladder(mode, car, bend=put(path, value, request_name)).run()
    failed(ladder, code)
    # A station that never gives this code goes on as if nothing were wrong.
    ladder = Ladder(mode, car, bend=put(path, value, request_name), secc_policy=SeccPolicy(unchecked=(code,))).run()
    assert code not in [message.tree.get("ResponseCode") for message in ladder.messages]


@pytest.mark.parametrize(
    ("mode", "service", "path", "value"),
    [
        ("DC", "DC", "DC_CPDReqEnergyTransferMode.EVMaximumVoltage", {"Exponent": 0, "Value": 100}),
        ("DC", "DC", "DC_CPDReqEnergyTransferMode.EVMinimumVoltage", {"Exponent": 0, "Value": 2000}),
        ("DC", "DC", "DC_CPDReqEnergyTransferMode.EVMinimumChargePower", {"Exponent": 3, "Value": 500}),
        ("DC", "DC", "DC_CPDReqEnergyTransferMode.EVMinimumChargeCurrent", {"Exponent": 0, "Value": 1000}),
        ("DC", "DC_BPT", "BPT_DC_CPDReqEnergyTransferMode.EVMinimumDischargePower", {"Exponent": 3, "Value": 500}),
        ("AC", "AC", "AC_CPDReqEnergyTransferMode.EVMinimumChargePower", {"Exponent": 3, "Value": 500}),
        ("AC", "AC_BPT", "BPT_AC_CPDReqEnergyTransferMode.EVMaximumChargePower", {"Exponent": 0, "Value": 1}),
    ],
)
def test_charge_parameters_that_do_not_fit(mode: Any, service: str, path: str, value: Any) -> None:
    bend = put(path, value, f"{mode}_ChargeParameterDiscoveryReq")
    failed(Ladder(mode, ev(services=[service]), bend=bend).run(), "FAILED_WrongChargeParameter")


def test_the_parameters_of_another_service() -> None:
    def bend(message: Message) -> Message:
        tree = {name.replace("BPT_DC_CPDReq", "DC_CPDReq"): value for name, value in message.tree.items()}
        return Message(message.protocol, message.name, tree)

    failed(Ladder("DC", ev(), bend=bend).run(), "FAILED_WrongChargeParameter")


@pytest.mark.parametrize("name", ["ScheduleExchangeReq", "DC_ChargeLoopReq"])
def test_another_control_mode_than_the_selected_one(name: str) -> None:
    def bend(message: Message) -> Message:
        if message.name != name:
            return message
        tree = {key.replace("Dynamic", "Scheduled"): value for key, value in message.tree.items()}
        return Message(message.protocol, message.name, tree)

    failed(Ladder("DC", ev(control_modes=["Dynamic"]), bend=bend).run(), "FAILED")


def test_a_pause_in_a_state_without_pause() -> None:
    ladder = Ladder("DC", ev())
    ladder.at["ServiceDiscoveryReq"] = lambda: ladder.evcc.stop(ladder.now, "Pause")
    failed(ladder.run(), "FAILED_PauseNotAllowed")


def test_a_station_that_allows_no_pause() -> None:
    ladder = Ladder("DC", ev(), secc_policy=SeccPolicy(pause_allowed=False))
    ladder.at["DC_ChargeLoopReq"] = lambda: ladder.evcc.stop(ladder.now, "Pause")
    failed(ladder.run(), "FAILED_PauseNotAllowed")


def test_service_renegotiation_that_was_not_offered() -> None:
    stubborn = EvccPolicy(renegotiates_what_is_not_offered=True)
    ladder = Ladder("DC", ev(), charger(service_renegotiation=False), stubborn)
    ladder.at["DC_ChargeLoopReq"] = lambda: ladder.evcc.stop(ladder.now, "ServiceRenegotiation")
    failed(ladder.run(), "FAILED_NoServiceRenegotiationSupported")


def test_certificate_installation_that_was_not_offered() -> None:
    ladder = Ladder("DC", ev())
    _stop_after(ladder, "AuthorizationSetupReq")
    header = {"SessionID": ladder.secc.session_id, "TimeStamp": 1}
    reply = ladder.secc.receive(Message("iso15118-20-common", "CertificateInstallationReq", {"Header": header}), 1)
    assert reply.message is not None and reply.close
    assert through_codec(reply.message).tree["ResponseCode"] == "FAILED"


@pytest.mark.parametrize(
    ("path", "code", "request_name"),
    [
        ({"contactor": "stuck open"}, "FAILED_ContactorError", "PowerDeliveryReq"),
        ({"contactor": "welded"}, "FAILED_ContactorError", "PowerDeliveryReq"),
        ({"isolation": "fault"}, "FAILED", "DC_CableCheckReq"),
    ],
)
def test_hardware_that_fails(path: dict[str, str], code: str, request_name: str) -> None:
    ladder = Ladder("DC", ev(), charger(path=path)).run()
    failed(ladder, code)
    assert ladder.rungs[-1] == request_name


@pytest.mark.parametrize("times", [1, 2, -1])
def test_authorization_that_is_refused(times: int) -> None:
    ladder = Ladder("DC", ev(), secc_policy=SeccPolicy(rejects_authorization=times)).run()
    codes = [tree["ResponseCode"] for tree in ladder.trees("AuthorizationRes")]
    assert codes == ["WARNING_EIMAuthorizationFailure"] * (1 if times == 1 else 2) + (["OK"] if times == 1 else [])
    assert (ladder.rungs[-2:] == ["AuthorizationReq", "SessionStopReq"]) == (times != 1)
    assert ladder.evcc.ended and ladder.evcc.ended.orderly


def test_a_customer_who_is_not_known() -> None:
    ladder = Ladder("DC", ev(), charger(authorized=False, authorization_s=1)).run()
    codes = [tree["ResponseCode"] for tree in ladder.trees("AuthorizationRes")]
    assert codes == ["OK", "OK", "WARNING_EIMAuthorizationFailure", "WARNING_EIMAuthorizationFailure"]
    assert ladder.last("SessionStopReq")["ChargingSession"] == "Terminate"


def test_an_authorization_service_that_was_not_offered() -> None:
    ladder = Ladder(
        "DC", ev(), charger(authorization=["EIM"]), bend=put("SelectedAuthorizationService", "PnC", "AuthorizationReq")
    ).run()
    assert ladder.trees("AuthorizationRes")[0]["ResponseCode"] == "WARNING_AuthorizationSelectionInvalid"
    assert ladder.rungs[-1] == "SessionStopReq"


@pytest.mark.parametrize("kind", ["version", "inverse", "payload-type", "length", "truncated"])
def test_a_broken_header_is_ignored(kind: Any) -> None:
    ladder = Ladder("DC", ev())
    ladder.secc.start(0)
    before = ladder.secc.timer()
    assert not ladder.secc.receive_fault(kind, 1).close
    assert ladder.secc.timer() == before
    strict = Ladder("DC", ev(), secc_policy=SeccPolicy(header_fault="close"))
    assert strict.secc.receive_fault(kind, 1).close
    assert ladder.evcc.receive_fault(kind, 1) is None


@pytest.mark.parametrize(
    ("reaction", "close", "answer"), [("close", True, False), ("ignore", False, False), ("answer", False, True)]
)
def test_an_undecodable_payload(reaction: Any, close: bool, answer: bool) -> None:
    ladder = Ladder("DC", ev(), secc_policy=SeccPolicy(undecodable=reaction))
    reply = ladder.secc.receive_fault("exi", 1)
    assert (reply.close, reply.message is not None) == (close, answer)
    if reply.message:
        assert through_codec(reply.message).name == "SessionSetupRes"
    ended = ladder.evcc.receive_fault("exi", 1)
    assert ended is not None and not ended.orderly


def test_a_request_that_nobody_knows() -> None:
    reply = Ladder("DC", ev()).secc.receive(Message("iso15118-20-wpt", "WPT_PairingReq", {}), 0)
    assert reply.close and reply.message is None
    assert "WPT_PairingReq" in reply.why


@pytest.mark.parametrize(
    ("path", "value", "at", "reason"),
    [
        ("Header.SessionID", "2222222222222222", "ServiceDiscoveryRes", "SessionID 2222222222222222 instead of"),
        ("Header.SessionID", "0000000000000000", "SessionSetupRes", "SessionID 0"),
        ("ResponseCode", "OK_OldSessionJoined", "SessionSetupRes", "never paused"),
    ],
)
def test_what_a_car_does_not_accept(path: str, value: str, at: str, reason: str) -> None:
    ladder = Ladder("DC", ev(), bend=put(path, value, at)).run()
    assert ladder.evcc.ended is not None and not ladder.evcc.ended.orderly
    assert reason in ladder.evcc.ended.reason


def test_a_response_of_another_kind() -> None:
    ladder = Ladder("DC", ev(), secc_policy=SeccPolicy(answers_with={"ServiceDiscoveryReq": "SessionStopRes"})).run()
    assert ladder.evcc.ended is not None
    assert ladder.evcc.ended.reason == "SessionStopRes instead of ServiceDiscoveryRes"


def test_a_response_without_a_request() -> None:
    ladder = Ladder("DC", ev())
    ended = ladder.evcc.receive(Message("iso15118-20-common", "SessionStopRes", {}), 0)
    assert ended is not None and ended.reason == "SessionStopRes without a request"
