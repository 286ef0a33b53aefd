"""Each rule about single values, seen failing and seen passing."""

from typing import Any

import pytest

from v2xconform.judge.monitors.value_rules import VALUE_RULES
from v2xconform.judge.session_facts import SessionFacts
from v2xconform.trace.events import Event

BPT = "BPT_DC_CPDResEnergyTransferMode"


def amount(value: int, exponent: int = 0) -> dict[str, int]:
    return {"Exponent": exponent, "Value": value}


def agreed(*messages: tuple[str, dict[str, Any]]) -> SessionFacts:
    """Return what a session has agreed in these messages."""
    facts = SessionFacts()
    for number, (name, tree) in enumerate(messages, 1):
        src = "evcc" if name.endswith("Req") else "secc"
        utc = "2026-06-01T00:00:00.000000Z"
        facts.see(Event(number, 0, utc, "tcp1", src, "", "iso15118-20-common", "message", name, tree, None, {}, ""))
    return facts


def broken(name: str, tree: dict[str, Any], facts: SessionFacts | None = None) -> set[str]:
    return {
        rule.requirement for rule in VALUE_RULES if name in rule.messages for _ in rule.check(tree, facts or agreed())
    }


@pytest.mark.parametrize(
    ("name", "section", "field", "value", "requirement"),
    [
        ("DC_ChargeParameterDiscoveryRes", BPT, "EVSEMinimumVoltage", -150, "X20-Limits"),
        ("DC_ChargeParameterDiscoveryRes", BPT, "EVSEPowerRampLimitation", -1, "X20-Limits"),
        ("DC_ChargeParameterDiscoveryRes", BPT, "EVSEPowerRampLimitation", 10000, None),
        ("AC_ChargeParameterDiscoveryRes", "AC_CPDResEnergyTransferMode", "MaximumPowerAsymmetry", -5, "X20-Limits"),
        ("DC_ChargeParameterDiscoveryReq", "DC_CPDReqEnergyTransferMode", "EVMinimumChargeCurrent", -1, "X20-Limits"),
        ("DC_ChargeLoopRes", "Scheduled_DC_CLResControlMode", "EVSEMaximumChargeCurrent", -80, "X20-Limits"),
        ("DC_ChargeLoopRes", "Scheduled_DC_CLResControlMode", "EVSEMaximumChargeCurrent", 0, None),
        ("DC_ChargeLoopReq", "Dynamic_DC_CLReqControlMode", "EVMaximumChargePower", -1, "X20-Limits"),
        ("DC_ChargeLoopReq", "Dynamic_DC_CLReqControlMode", "EVMinimumEnergyRequest", -19250, None),
    ],
)
def test_limits_are_magnitudes(name: str, section: str, field: str, value: int, requirement: str | None) -> None:
    assert broken(name, {section: {field: amount(value)}}) == ({requirement} if requirement else set())


@pytest.mark.parametrize(("volts", "requirement"), [(150, None), (1500, "X20-Limits")])
def test_a_minimum_of_the_loop_is_no_more_than_the_first_maximum(volts: int, requirement: str | None) -> None:
    first = {"ResponseCode": "OK", "DC_CPDResEnergyTransferMode": {"EVSEMaximumVoltage": amount(920)}}
    tree = {"ResponseCode": "OK", "BPT_Dynamic_DC_CLResControlMode": {"EVSEMinimumVoltage": amount(volts)}}
    facts = agreed(("DC_ChargeParameterDiscoveryRes", first))
    assert broken("DC_ChargeLoopRes", tree, facts) == ({requirement} if requirement else set())


@pytest.mark.parametrize(
    ("name", "section", "field", "requirement"),
    [
        ("AC_ChargeParameterDiscoveryRes", "AC_CPDResEnergyTransferMode", "EVSEMaximumChargePower_L2", "X20-Plausible"),
        ("AC_ChargeParameterDiscoveryReq", "AC_CPDReqEnergyTransferMode", "EVMaximumChargePower", "X20-EvPlausible"),
    ],
)
def test_one_phase_carries_no_megawatts(name: str, section: str, field: str, requirement: str) -> None:
    assert broken(name, {section: {field: amount(7333)}}) == set()
    assert broken(name, {section: {field: amount(7333, 3)}}) == {requirement}


@pytest.mark.parametrize(
    ("request_", "asked", "code", "requirement"),
    [
        ("PowerDeliveryReq", {"ChargeProgress": "Start"}, "WARNING_StandbyNotAllowed", "X20-ResponseCode"),
        ("PowerDeliveryReq", {"ChargeProgress": "Standby"}, "WARNING_StandbyNotAllowed", None),
        ("PowerDeliveryReq", {"ChargeProgress": "Stop"}, "OK_PowerToleranceConfirmed", "X20-ResponseCode"),
        ("PowerDeliveryReq", {"ChargeProgress": "Start"}, "WARNING_ScheduleRenegotiationFailed", "X20-ResponseCode"),
        ("AuthorizationReq", {"SelectedAuthorizationService": "EIM"}, "WARNING_ChallengeInvalid", "X20-ResponseCode"),
        ("AuthorizationReq", {"SelectedAuthorizationService": "EIM"}, "WARNING_EIMAuthorizationFailure", None),
        (
            "AuthorizationReq", {"SelectedAuthorizationService": "PnC"},
            "WARNING_EIMAuthorizationFailure", "X20-ResponseCode",
        ),
        ("ScheduleExchangeReq", {}, "WARNING_ScheduleRenegotiationFailed", "X20-ResponseCode"),
    ],
)  # fmt: skip
def test_a_warning_needs_its_occasion(request_: str, asked: dict[str, Any], code: str, requirement: str | None) -> None:
    name = f"{request_[:-3]}Res"
    assert broken(name, {"ResponseCode": code}, agreed((request_, asked))) == ({requirement} if requirement else set())


def test_an_offered_service_is_not_called_invalid() -> None:
    setup = {"ResponseCode": "OK", "AuthorizationServices": ["EIM"]}
    facts = agreed(
        ("AuthorizationSetupRes", setup), ("AuthorizationReq", {"SelectedAuthorizationService": "EIM"})
    )  # fmt: skip
    tree = {"ResponseCode": "WARNING_AuthorizationSelectionInvalid"}
    assert broken("AuthorizationRes", tree, facts) == {"X20-ResponseCode"}


def test_a_renegotiation_may_fail_where_one_was_asked_for() -> None:
    facts = agreed(("PowerDeliveryReq", {"ChargeProgress": "ScheduleRenegotiation"}), ("ScheduleExchangeReq", {}))
    assert broken("ScheduleExchangeRes", {"ResponseCode": "WARNING_ScheduleRenegotiationFailed"}, facts) == set()


def test_a_challenge_belongs_to_an_offer_of_plug_and_charge() -> None:
    mode = {"PnC_ASResAuthorizationMode": {"GenChallenge": "MpO8vBpuYXpPQ/U0Gm3bvQ=="}}
    assert broken("AuthorizationSetupRes", {"AuthorizationServices": ["EIM", "PnC"], **mode}) == set()
    assert broken("AuthorizationSetupRes", {"AuthorizationServices": ["EIM"], **mode}) == {"X20-Content"}


@pytest.mark.parametrize(
    ("parameters", "good"),
    [
        ([{"@Name": "ControlMode", "intValue": 1}, {"@Name": "EVSENominalVoltage", "intValue": 230}], True),
        ([{"@Name": "ControlMode", "intValue": 1}, {"@Name": "ControlMode", "intValue": 2}], False),
        ([{"@Name": "ControlMode", "boolValue": True}], False),
        ([{"@Name": "EVSENominalVoltage", "intValue": 23}], False),
        ([{"@Name": "EVSENominalVoltage", "rationalNumber": amount(4, 2)}], True),
        ([{"@Name": "VendorHint", "finiteString": "x"}], True),
    ],
)
def test_parameters_stand_once_and_are_integers(parameters: list[Any], good: bool) -> None:
    sets = {"ParameterSet": [{"ParameterSetID": 1, "Parameter": parameters}]}
    tree = {"ResponseCode": "OK", "ServiceID": 1, "ServiceParameterList": sets}
    assert broken("ServiceDetailRes", tree) == (set() if good else {"X20-ServiceParameters"})


@pytest.mark.parametrize(
    ("duration", "tolerance", "good"),
    [(28800, 500, True), (2**31 - 1, 500, False), (60, -500, False), (60, 32000, False)],
)
def test_a_schedule_ends_and_its_tolerance_is_a_part_of_it(duration: int, tolerance: int, good: bool) -> None:
    entries = {"PowerScheduleEntry": [{"Duration": duration, "Power": amount(22, 3)}]}
    power = {"TimeAnchor": 0, "PowerTolerance": amount(tolerance), "PowerScheduleEntries": entries}
    one = {"ScheduleTupleID": 1, "ChargingSchedule": {"PowerSchedule": power}}
    tree = {"ResponseCode": "OK", "Scheduled_SEResControlMode": {"ScheduleTuple": [one]}}
    assert broken("ScheduleExchangeRes", tree) == (set() if good else {"X20-Schedule"})


def test_a_departure_counts_from_now() -> None:
    for name, part in (("ScheduleExchangeRes", "Dynamic_SEResControlMode"), ("AC_ChargeLoopRes", "X_CLResControlMode")):
        assert broken(name, {part: {"DepartureTime": 28800}}) == set()
        assert broken(name, {part: {"DepartureTime": 1_790_000_000}}) == {"X20-Schedule"}


@pytest.mark.parametrize(("volts", "good"), [(0, True), (380, True), (-300, False), (1200, False)])
def test_the_voltage_of_welding_detection_is_one_of_this_charger(volts: int, good: bool) -> None:
    first = {"ResponseCode": "OK", "DC_CPDResEnergyTransferMode": {"EVSEMaximumVoltage": amount(920)}}
    tree = {"ResponseCode": "OK", "EVSEPresentVoltage": amount(volts)}
    facts = agreed(("DC_ChargeParameterDiscoveryRes", first))
    assert broken("DC_WeldingDetectionRes", tree, facts) == (set() if good else {"X20-Plausible"})


@pytest.mark.parametrize("supported", [True, False])
def test_services_are_renegotiated_where_that_was_offered(supported: bool) -> None:
    facts = agreed(("ServiceDiscoveryRes", {"ResponseCode": "OK", "ServiceRenegotiationSupported": supported}))
    tree = {"EVSEStatus": {"NotificationMaxDelay": 0, "EVSENotification": "ServiceRenegotiation"}}
    assert broken("DC_ChargeLoopRes", tree, facts) == (set() if supported else {"X20-Notification"})
