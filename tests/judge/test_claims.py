"""The claims monitor: each contradiction seen, and what only looks like one left alone."""

from collections.abc import Iterable
from typing import Any

import pytest

from v2xconform.judge.context import Context
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.claims import ClaimsMonitor
from v2xconform.judge.monitors.schema import SchemaMonitor
from v2xconform.lab.sut import Role
from v2xconform.trace.events import Event

BEGAN = 1_780_000_000
Said = tuple[float, str, dict[str, Any]]
"""Seconds, message, body."""


def amount(value: float) -> dict[str, int]:
    return (
        {"Exponent": -1, "Value": round(value * 10)}
        if abs(value) < 3000
        else {"Exponent": 2, "Value": round(value / 100)}
    )


def broken(sut: Role, said: Iterable[Said]) -> set[str]:
    monitor = ClaimsMonitor(Context(sut))
    findings: list[Finding] = []
    for number, (at, name, tree) in enumerate(said, 1):
        src = "evcc" if name.endswith("Req") else "secc"
        body = {"Header": {"SessionID": "00112233AABBCCDD", "TimeStamp": BEGAN + int(at)}, **tree}
        code = {} if src == "evcc" else {"ResponseCode": "OK"}
        findings += monitor.see(
            Event(
                number,
                round(at * 1e9),
                "",
                "tcp1",
                src,
                "",
                "iso15118-20-dc",
                "message",
                name,
                body | code,
                None,
                {},
                "",
            )
        )
    return {finding.requirement for finding in findings}


def chosen(mode: str, control: int) -> list[Said]:
    service = {"AC": 1, "DC": 2}[mode]
    parameters = [{"@Name": "ControlMode", "intValue": control}]
    sets = {"ParameterSet": [{"ParameterSetID": 1, "Parameter": parameters}]}
    return [
        (0, "ServiceDetailReq", {"ServiceID": service}),
        (0, "ServiceDetailRes", {"ServiceID": service, "ServiceParameterList": sets}),
        (0, "ServiceSelectionReq", {"SelectedEnergyTransferService": {"ServiceID": service, "ParameterSetID": 1}}),
    ]


def limits(volts: float = 920, amps: float = 80, watts: float = 30_000) -> dict[str, Any]:
    names = ("EVSEMaximumVoltage", "EVSEMaximumChargeCurrent", "EVSEMaximumChargePower")
    return {name: amount(value) for name, value in zip(names, (volts, amps, watts), strict=True)}


def dc_loop(seconds: float, lowered: dict[str, Any], **response: Any) -> list[Said]:
    """Return a loop of 30 A at 400 V, as asked for."""
    said: list[Said] = [
        *chosen("DC", 1),
        (0, "DC_ChargeParameterDiscoveryRes", {"DC_CPDResEnergyTransferMode": limits()}),
    ]
    for step in range(round(seconds / 0.5)):
        control = {"EVTargetCurrent": amount(30), "EVTargetVoltage": amount(410)}
        said.append((10 + step / 2, "DC_ChargeLoopReq", {"Scheduled_DC_CLReqControlMode": control}))
        values = {"EVSEPresentVoltage": amount(400), "EVSEPresentCurrent": amount(30), **response}
        said.append((10.1 + step / 2, "DC_ChargeLoopRes", {**values, "Scheduled_DC_CLResControlMode": lowered}))
    return said


@pytest.mark.parametrize("lowered", [limits(amps=8), limits(watts=3000), limits(volts=92)])
def test_what_flows_stays_within_the_limits_of_the_same_message(lowered: dict[str, Any]) -> None:
    assert broken("secc", dc_loop(2, lowered)) == set()  # power takes time to come down
    assert broken("secc", dc_loop(6, lowered)) == {"V2G20-2188"}


def test_limits_that_hold_are_left_alone() -> None:
    assert broken("secc", dc_loop(6, limits())) == set()
    assert broken("secc", dc_loop(6, {})) == set()


@pytest.mark.parametrize("flag", ["EVSEPowerLimitAchieved", "EVSECurrentLimitAchieved", "EVSEVoltageLimitAchieved"])
def test_a_limit_that_is_far_is_not_reached(flag: str) -> None:
    assert broken("secc", dc_loop(6, {}, **{flag: True})) == {"X20-LimitAchieved"}


def test_a_charger_that_gives_less_than_asked_for_may_have_its_reasons() -> None:
    assert broken("secc", dc_loop(6, {}, EVSEPowerLimitAchieved=True, EVSEPresentCurrent=amount(20))) == set()


@pytest.mark.parametrize(
    ("shown", "processing", "present", "requirement"),
    [
        (None, "Finished", 0, "X20-PreCharge"),
        (90, "Finished", 90, "X20-PreCharge"),
        (398, "Finished", 398, None),
        (90, "Ongoing", 90, None),
        (90, "Ongoing", -90, "X20-EvPlausible"),
    ],
)
def test_pre_charge_is_finished_near_the_target(
    shown: float | None, processing: str, present: float, requirement: str | None
) -> None:
    said: list[Said] = [] if shown is None else [(1, "DC_PreChargeRes", {"EVSEPresentVoltage": amount(shown)})]
    voltages = {"EVPresentVoltage": amount(present), "EVTargetVoltage": amount(400)}
    said.append((2, "DC_PreChargeReq", {"EVProcessing": processing, **voltages}))
    assert broken("evcc", said) == ({requirement} if requirement else set())


@pytest.mark.parametrize(("second", "good"), [(19_000, True), (26_000, True), (192_500, False), (1_900, False)])
def test_the_energy_that_a_battery_takes_does_not_jump(second: float, good: bool) -> None:
    first = {"Dynamic_SEReqControlMode": {"EVMaximumEnergyRequest": amount(19_200)}}
    then = {"Dynamic_DC_CLReqControlMode": {"EVMaximumEnergyRequest": amount(second)}}
    said: list[Said] = [(1, "ScheduleExchangeReq", first), (20, "DC_ChargeLoopReq", then)]
    assert broken("evcc", said) == (set() if good else {"X20-EvPlausible"})


@pytest.mark.parametrize(("volts", "good"), [(405, True), (295, True), (40, False), (-405, False), (600, False)])
def test_the_battery_lies_within_the_voltages_of_the_car(volts: float, good: bool) -> None:
    own = {"DC_CPDReqEnergyTransferMode": {"EVMinimumVoltage": amount(300), "EVMaximumVoltage": amount(440)}}
    said: list[Said] = [
        (1, "DC_ChargeParameterDiscoveryReq", own),
        (9, "DC_ChargeLoopReq", {"EVPresentVoltage": amount(volts)}),
    ]
    assert broken("evcc", said) == (set() if good else {"X20-EvPlausible"})


def ac_loop(
    seconds: float, power: float, most: float = 7000, profile: float = 7000, complete: bool = False
) -> list[Said]:
    entries = {"EVPowerProfileEntry": [{"Duration": 3600, "Power": amount(profile)}]}
    start = {"ChargeProgress": "Start", "EVPowerProfile": {"TimeAnchor": BEGAN, "EVPowerProfileEntries": entries}}
    first = {"AC_CPDReqEnergyTransferMode": {"EVMaximumChargePower": amount(7000)}}
    said: list[Said] = [*chosen("AC", 1), (1, "AC_ChargeParameterDiscoveryReq", first), (2, "PowerDeliveryReq", start)]
    for step in range(round(seconds / 0.5)):
        values = {"EVPresentActivePower": amount(power), "EVMaximumChargePower": amount(most)}
        tree = {"DisplayParameters": {"ChargingComplete": complete}, "Scheduled_AC_CLReqControlMode": values}
        said.append((10 + step / 2, "AC_ChargeLoopReq", tree))
    return said


def test_a_car_keeps_to_what_it_says() -> None:
    assert broken("evcc", ac_loop(6, 6800)) == set()
    assert broken("evcc", ac_loop(6, 6800, most=700)) == {"X20-OwnLimits"}
    assert broken("evcc", ac_loop(2, 6800, most=700)) == set()
    assert broken("evcc", ac_loop(6, 6800, profile=3000)) == {"X20-PowerProfile"}
    assert broken("evcc", ac_loop(6, 6800, complete=True)) == {"X20-EvPlausible"}
    assert broken("evcc", ac_loop(6, 0, complete=True)) == set()


def test_the_tester_may_repeat_what_breaks_the_schema() -> None:
    monitor = SchemaMonitor(Context("secc"))
    sets = {"ParameterSet": [{"ParameterSetID": 2**31 - 1, "Parameter": [{"@Name": "ControlMode", "intValue": 1}]}]}
    header = {"SessionID": "00112233AABBCCDD", "TimeStamp": BEGAN}
    detail = {"Header": header, "ResponseCode": "OK", "ServiceID": 2, "ServiceParameterList": sets}
    service = {"ServiceID": 2, "ParameterSetID": 2**31 - 1}
    selection = {"Header": header, "SelectedEnergyTransferService": service}
    trees = (("secc", "ServiceDetailRes", detail), ("evcc", "ServiceSelectionReq", selection))
    findings: list[Finding] = []
    for number, (src, name, tree) in enumerate(trees, 1):
        event = Event(number, 0, "", "tcp1", src, "", "iso15118-20-common", "message", name, tree, None, {}, "")
        findings += monitor.see(event)
    assert [finding.whose for finding in findings] == ["sut"]


@pytest.mark.parametrize(
    ("behind", "severity"), [("1 octets after the end: 00", "SHOULD"), ("2 octets after the end: 0102", "MUST")]
)
def test_bytes_behind_a_document_may_only_be_zeros(behind: str, severity: str) -> None:
    body = {"code": "trailing-bytes", "text": behind}
    event = Event(1, 0, "", "tcp1", "secc", "", "iso15118-20-common", "oddity", "trailing-bytes", body, None, {}, "")
    assert [finding.severity for finding in SchemaMonitor(Context("secc")).see(event)] == [severity]
