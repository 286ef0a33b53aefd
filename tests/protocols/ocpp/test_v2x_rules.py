"""Operation modes, dynamic profiles and DER controls: what single messages must not say, and what may not be accepted."""

from typing import Any

import pytest

from v2xconform.protocols.ocpp import rules
from v2xconform.protocols.ocpp.charging.operation_modes import (
    ALLOWED_MODES,
    MODES,
    forbidden_fields,
    missing_fields,
    out_of_range,
)
from v2xconform.protocols.ocpp.charging.profiles import Installed
from v2xconform.protocols.ocpp.charging.schedules import Facts, active
from v2xconform.protocols.ocpp.der_controls import CONTROL_TYPES, FIELDS, entries, field_of, reported, type_of

CURVE = [{"frequency": 49.8, "power": -4000}, {"frequency": 50.2, "power": 4000}]


def request(mode: str, kind: str = "Relative", purpose: str = "TxProfile", **fields: Any) -> dict[str, Any]:
    """Return a SetChargingProfileRequest with one period."""
    period = {"startPeriod": 0, "operationMode": mode, **fields}
    profile = {
        "id": 1, "stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": kind,
        "chargingSchedule": [{"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [period]}],
    }  # fmt: skip
    if purpose == "TxProfile":
        profile["transactionId"] = "T1"
    return {"evseId": 1, "chargingProfile": profile}


def broken(name: str, tree: dict[str, Any], asked: dict[str, Any] | None = None) -> set[str]:
    """Return the requirements that a message breaks, warnings left out."""
    return {rule.requirement for rule, _ in rules.broken("ocpp2.1", name, tree, asked) if rule.severity == "MUST"}


GOOD = {
    "ChargingOnly": {"limit": 6000}, "CentralSetpoint": {"setpoint": -2000}, "CentralFrequency": {"setpoint": 100},
    "ExternalSetpoint": {}, "ExternalLimits": {}, "LocalLoadBalancing": {"dischargeLimit": -4000}, "Idle": {"evseSleep": True},
    "LocalFrequency": {"v2xBaseline": 0, "v2xFreqWattCurve": CURVE},
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_a_good_period_of_each_mode_breaks_nothing(mode: str) -> None:
    tree = request(mode, "Dynamic", **GOOD[mode])
    assert broken("SetChargingProfileRequest", tree) == set()
    assert broken("SetChargingProfileResponse", {"status": "Accepted"}, tree) == set()


@pytest.mark.parametrize(
    ("tree", "of_csms", "of_station"),
    [
        (request("LocalFrequency", v2xBaseline=0), "Q08.FR.02", "Q08.FR.03"),
        (request("LocalFrequency", v2xBaseline=0, v2xFreqWattCurve=CURVE[:1]), "Q08.FR.02", "Q08.FR.03"),
        (request("LocalFrequency", v2xBaseline=0, v2xFreqWattCurve=CURVE, limit=1), "Q08.FR.01", "Q08.FR.04"),
        (request("LocalFrequency", v2xBaseline=0, v2xFreqWattCurve=CURVE, setpoint_L2=1), "Q08.FR.01", "Q08.FR.04"),
        (request("Idle", setpoint=0), "Q10.FR.01", "Q10.FR.02"),
        (request("CentralSetpoint", setpoint=-750, limit=1000, dischargeLimit=-500), "V2X.05", "V2X.05"),
        (request("CentralSetpoint", setpoint=1500, limit=1000), "V2X.05", "V2X.05"),
        (request("CentralSetpoint", purpose="ChargingStationMaxProfile", setpoint=1), "K01.FR.111", "K01.FR.114"),
        (request("CentralSetpoint", purpose="TxDefaultProfile", setpoint=1, setpoint_L2=1), "V2X.09", "V2X.10"),
        (request("ExternalLimits", dischargeLimit_L2=-1), "V2X.07", "V2X.10"),
        (request("ChargingOnly", "Dynamic", limit=1, startPeriod=5), "K28.FR.01", "K28.FR.03"),
    ],
)
def test_what_a_csms_must_not_send_a_station_must_not_accept(
    tree: dict[str, Any], of_csms: str, of_station: str
) -> None:
    assert of_csms in broken("SetChargingProfileRequest", tree)
    assert of_station in broken("SetChargingProfileResponse", {"status": "Accepted"}, tree)
    assert broken("SetChargingProfileResponse", {"status": "Rejected"}, tree) == set()


def test_the_table_knows_every_mode_and_purpose() -> None:
    assert {mode for allowed in ALLOWED_MODES.values() for mode in allowed} == set(MODES)
    assert missing_fields({"startPeriod": 0}) == ["limit"]
    assert forbidden_fields({"startPeriod": 0, "limit": 1, "setpoint_L2": 1, "dischargeLimit": 0}) == [
        "setpoint_L2",
        "dischargeLimit",
    ]
    assert out_of_range({"setpoint": -1, "dischargeLimit": -1, "limit": 0}) == ""


@pytest.mark.parametrize(
    ("needs", "requirement"),
    [
        ({"requestedEnergyTransfer": "AC_BPT"}, "Q01.FR.03"),
        ({"requestedEnergyTransfer": "DC", "controlMode": "DynamicControl"}, "K18.FR.06"),
        ({"requestedEnergyTransfer": "DC", "v2xChargingParameters": {"maxDischargePower": -1}}, "Q01.FR.03"),
    ],
)
def test_needs_are_complete(needs: dict[str, Any], requirement: str) -> None:
    assert requirement in broken("NotifyEVChargingNeedsRequest", {"evseId": 1, "chargingNeeds": needs})


def test_an_answer_with_values_has_values() -> None:
    assert broken("PullDynamicScheduleUpdateResponse", {"status": "Accepted"}) == {"K28.FR.07"}
    assert broken("PullDynamicScheduleUpdateResponse", {"status": "Rejected"}) == set()


def test_a_schedule_that_begins_now_holds_although_its_start_was_rounded_up() -> None:
    tree = request("ChargingOnly", "Absolute", limit=1000)["chargingProfile"]
    tree["chargingSchedule"][0]["startSchedule"] = "2026-01-01T00:00:01.000Z"
    one = Installed(tree, 1)
    assert active(one, 1767225600.9999997, Facts(started=0.0)) is not None
    assert active(one, 1767225600.9, Facts(started=0.0)) is None


# ---- DER


def control(kind: str, default: bool = True, **more: Any) -> dict[str, Any]:
    return {"isDefault": default, "controlId": "A", "controlType": kind, field_of(kind): {"priority": 1, **more}}


@pytest.mark.parametrize("kind", CONTROL_TYPES)
def test_every_control_has_its_field_and_is_found_in_its_report(kind: str) -> None:
    assert field_of(kind) in FIELDS
    assert broken("SetDERControlRequest", control(kind)) == set()
    name, entry = reported(control(kind), False)
    assert [type_of(*one) for one in entries({"requestId": 1, name: [entry]})] == [kind]


@pytest.mark.parametrize(
    ("tree", "of_csms", "of_station"),
    [
        (control("VoltVar", duration=5), "R04.FR.12", "R04.FR.13"),
        (control("Gradients", default=False), "R04.FR.14", "R04.FR.15"),
        (control("VoltVar") | {"gradient": {"priority": 1}}, "R04.FR.16", "R04.FR.17"),
        (control("VoltVar") | {"controlType": "FixedVar"}, "R04.FR.16", "R04.FR.17"),
    ],
)
def test_controls_that_contradict_themselves(tree: dict[str, Any], of_csms: str, of_station: str) -> None:
    assert of_csms in broken("SetDERControlRequest", tree)
    assert of_station in broken("SetDERControlResponse", {"status": "Accepted"}, tree)
    assert broken("SetDERControlResponse", {"status": "Rejected"}, tree) == set()
