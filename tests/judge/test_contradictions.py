"""Ladders in which a device contradicts what it has said before, or what both sides see; and sound ones, left alone."""

from collections.abc import Iterable
from typing import Any

import pytest

from v2xconform.judge.context import Context
from v2xconform.judge.declared import lacks
from v2xconform.judge.finding import Finding
from v2xconform.judge.monitors.claims import ClaimsMonitor
from v2xconform.judge.monitors.content import ContentMonitor
from v2xconform.judge.monitors.endings import EndingsMonitor
from v2xconform.judge.monitors.identity import IdentityMonitor
from v2xconform.judge.monitors.life import LifeMonitor
from v2xconform.judge.monitors.supply import SupplyMonitor
from v2xconform.judge.monitors.vehicle import VehicleMonitor
from v2xconform.lab.sut import Role
from v2xconform.trace.events import Event

BEGAN = 1_767_225_600
"""2026-01-01, the time of the ladders."""
Said = tuple[float, str, dict[str, Any]]
"""Seconds, message, body."""
MONITORS = (ClaimsMonitor, ContentMonitor, IdentityMonitor, SupplyMonitor, VehicleMonitor)
ZERO, OWN = "0" * 16, "1C9A63F0872BD54E"


def watts(value: float) -> dict[str, int]:
    return (
        {"Exponent": 2, "Value": round(value / 100)} if abs(value) > 30000 else {"Exponent": 0, "Value": round(value)}
    )


def trace(said: Iterable[Said]) -> list[Event]:
    events = []
    for number, (at, name, tree) in enumerate(said, 1):
        src = "evcc" if name.endswith("Req") else "secc"
        header = {"SessionID": ZERO if name == "SessionSetupReq" else OWN, "TimeStamp": BEGAN + int(at)}
        code = {} if src == "evcc" else {"ResponseCode": "OK"}
        utc = f"2026-01-01T00:00:{at:09.6f}Z"
        events.append(
            Event(
                number, round(at * 1e9), utc, "tcp1", src, "", "iso15118-20-common", "message", name,
                {"Header": header, **code, **tree}, None, {}, "",
            )
        )  # fmt: skip
    return events


def broken(sut: Role, said: Iterable[Said]) -> set[str]:
    monitors = [kind(Context(sut)) for kind in MONITORS]
    findings: list[Finding] = []
    for event in trace(said):
        for monitor in monitors:
            findings += monitor.see(event)
    return {finding.requirement for finding in findings if finding.severity == "MUST"}


def detail(service: int, *modes: int) -> list[Said]:
    sets = [
        {"ParameterSetID": number, "Parameter": [{"@Name": "ControlMode", "intValue": mode}]}
        for number, mode in enumerate(modes, 1)
    ]
    return [
        (0.1, "ServiceDetailReq", {"ServiceID": service}),
        (0.1, "ServiceDetailRes", {"ServiceID": service, "ServiceParameterList": {"ParameterSet": sets}}),
    ]


def test_the_evccid_stays() -> None:
    def sessions(first: str, second: str) -> list[Said]:
        return [(0, "SessionSetupReq", {"EVCCID": first}), (9, "SessionSetupReq", {"EVCCID": second})]

    assert broken("evcc", sessions("ZZLAB1", "ZZLAB1")) == set()
    assert broken("evcc", sessions("ZZLAB1", "ZZLAB2")) == {"V2G20-2598"}


def test_the_evseid_stays_and_can_be_read() -> None:
    def sessions(*names: str) -> list[Said]:
        codes = {"ResponseCode": "OK_NewSessionEstablished"}
        return [(9 * number, "SessionSetupRes", {**codes, "EVSEID": name}) for number, name in enumerate(names)]

    assert "X20-Content" not in broken("secc", sessions("ZZLABE1", "ZZLABE1"))
    assert "X20-Content" in broken("secc", sessions("ZZLABE1", "ZZLABE2"))
    assert "X20-Content" in broken("secc", sessions("\x01ZZLAB"))


@pytest.mark.parametrize(("supported", "good"), [([1, 2], True), ([3], False), ([0, 2], False)])
def test_a_car_selects_what_it_supports(supported: list[int], good: bool) -> None:
    chosen = {"SelectedEnergyTransferService": {"ServiceID": 2, "ParameterSetID": 1}}
    said: list[Said] = [(0, "ServiceDiscoveryReq", {"SupportedServiceIDs": {"ServiceID": supported}})]
    assert broken("evcc", [*said, *detail(2, 1), (0.3, "ServiceSelectionReq", chosen)]) == (
        set() if good else {"X20-Services"}
    )


@pytest.mark.parametrize(("target", "good"), [(11_500, True), (8_000, True), (1_100, False), (-11_500, False)])
def test_energy_leads_to_the_target(target: float, good: bool) -> None:
    own = {"DC_CPDReqEnergyTransferMode": {"TargetSOC": 80}}
    loop = {"EVTargetEnergyRequest": watts(target), "EVMaximumEnergyRequest": watts(19_000)}
    body = {"DisplayParameters": {"PresentSOC": 65}, "Dynamic_DC_CLReqControlMode": loop}
    said: list[Said] = [(0, "DC_ChargeParameterDiscoveryReq", own), (5, "DC_ChargeLoopReq", body)]
    assert broken("evcc", said) == (set() if good else {"X20-Needs"})


@pytest.mark.parametrize(("then", "good"), [(11_400, True), (-11_500, False)])
def test_what_was_planned_for_is_wanted(then: float, good: bool) -> None:
    said: list[Said] = [
        (1, "ScheduleExchangeReq", {"Dynamic_SEReqControlMode": {"EVTargetEnergyRequest": watts(11_500)}}),
        (9, "DC_ChargeLoopReq", {"Dynamic_DC_CLReqControlMode": {"EVTargetEnergyRequest": watts(then)}}),
    ]
    assert broken("evcc", said) == (set() if good else {"X20-EvPlausible"})


@pytest.mark.parametrize(("departure", "good"), [(7200, True), (0, False)])
def test_a_car_that_wants_energy_stays(departure: int, good: bool) -> None:
    needs = {"DepartureTime": departure, "EVTargetEnergyRequest": watts(9000)}
    said: list[Said] = [(1, "ScheduleExchangeReq", {"Dynamic_SEReqControlMode": needs})]
    assert broken("evcc", said) == (set() if good else {"X20-Needs"})


@pytest.mark.parametrize(("second", "good"), [(404, True), (324, False)])
def test_pre_charge_keeps_its_target(second: float, good: bool) -> None:
    said: list[Said] = [
        (at, "DC_PreChargeReq", {"EVProcessing": "Ongoing", "EVTargetVoltage": watts(volts)})
        for at, volts in ((1, 405), (1.2, second))
    ]
    assert broken("evcc", said) == (set() if good else {"X20-EvPlausible"})


@pytest.mark.parametrize(("volts", "good"), [(409, True), (324, False)])
def test_the_battery_is_the_one_that_was_pre_charged_for(volts: float, good: bool) -> None:
    said: list[Said] = [(1, "DC_PreChargeReq", {"EVProcessing": "Ongoing", "EVTargetVoltage": watts(405)})]
    said += [(2 + 0.1 * n, "DC_ChargeLoopReq", {"EVPresentVoltage": watts(volts)}) for n in range(6)]
    assert broken("evcc", said) == (set() if good else {"X20-EvPlausible"})


def test_phases_are_named_in_order() -> None:
    def limits(*phases: str) -> list[Said]:
        part = {f"EVMaximumChargePower{phase}": watts(3600) for phase in phases}
        return [(1, "AC_ChargeParameterDiscoveryReq", {"AC_CPDReqEnergyTransferMode": part})]

    for good in (("",), ("", "_L2"), ("", "_L2", "_L3")):
        assert broken("evcc", limits(*good)) == set()
    assert broken("evcc", limits("", "_L3")) == {"X20-EvPlausible"}


@pytest.mark.parametrize(("stamp", "good"), [(BEGAN, True), (95_000_000, True), (0, False)])
def test_a_profile_is_dated_by_a_clock_of_the_session(stamp: int, good: bool) -> None:
    """The charger's clock will do for a car that has none."""
    anchor = {0: 0, BEGAN: BEGAN, 95_000_000: BEGAN}[stamp]
    header = {"SessionID": OWN, "TimeStamp": stamp or BEGAN + 4}
    profile = {"TimeAnchor": anchor, "Dynamic_EVPPTControlMode": {}}
    said: list[Said] = [
        (1, "ScheduleExchangeRes", {"EVSEProcessing": "Ongoing"}),
        (4, "PowerDeliveryReq", {"Header": header, "ChargeProgress": "Start", "EVPowerProfile": profile}),
    ]
    assert broken("evcc", said) == (set() if good else {"X20-Schedule"})


def loops(power: float, measured: float, mode: str = "Scheduled") -> list[Said]:
    said: list[Said] = []
    for number in range(60):
        at = 5 + 0.1 * number
        said.append((at, "AC_ChargeLoopReq", {f"{mode}_AC_CLReqControlMode": {"EVPresentActivePower": watts(power)}}))
        told = {f"{mode}_AC_CLResControlMode": {"EVSEPresentActivePower": watts(measured)}}
        said.append((at, "AC_ChargeLoopRes", told))
    return said


@pytest.mark.parametrize(("measured", "good"), [(3600, True), (3100, True), (0, False), (720, False), (5600, False)])
def test_both_sides_measure_the_same_power(measured: float, good: bool) -> None:
    assert broken("secc", loops(3600, measured)) == (set() if good else {"X20-Plausible"})


@pytest.mark.parametrize(("volts", "good"), [(405, True), (20, True), (900, False)])
def test_voltage_does_not_rise_without_power(volts: float, good: bool) -> None:
    said: list[Said] = [
        (1, "DC_ChargeLoopRes", {"EVSEPresentVoltage": watts(405), "EVSEPresentCurrent": watts(0)}),
        (2, "DC_WeldingDetectionRes", {"EVSEPresentVoltage": watts(volts)}),
    ]
    assert broken("secc", said) == (set() if good else {"X20-Plausible"})


@pytest.mark.parametrize(("readings", "good"), [((100, 110, 120), True), ((100, 150, 120), False)])
def test_a_meter_never_falls(readings: tuple[int, ...], good: bool) -> None:
    said: list[Said] = []
    for number, reading in enumerate(readings):
        info = {"MeterID": "M", "ChargedEnergyReadingWh": reading}
        body = {"EVSEPresentVoltage": watts(400), "EVSEPresentCurrent": watts(10), "MeterInfo": info}
        said.append((1 + 9 * number, "DC_ChargeLoopRes", body))
    assert broken("secc", said) == (set() if good else {"X20-Meter"})


def test_energy_between_two_charge_loops_is_not_counted() -> None:
    """What flows is told in the loop only: 40 kW before a renegotiation and 40 kW after it are not 40 kW in between."""
    info = {"MeterID": "M", "ChargedEnergyReadingWh": 100}
    body = {"EVSEPresentVoltage": watts(400), "EVSEPresentCurrent": watts(100)}
    stop: Said = (2, "PowerDeliveryReq", {"ChargeProgress": "Stop"})
    said: list[Said] = [(1, "DC_ChargeLoopRes", {**body, "MeterInfo": info}), (1.1, "DC_ChargeLoopRes", body), stop]
    assert broken("secc", [*said, (20, "DC_ChargeLoopRes", {**body, "MeterInfo": info})]) == set()


def test_a_response_may_be_stamped_when_it_was_asked_for() -> None:
    first: Said = (0, "AuthorizationRes", {})
    asked: Said = (10, "ServiceDetailReq", {"ServiceID": 2})

    def answered(stamp: int) -> set[str]:
        header = {"SessionID": OWN, "TimeStamp": BEGAN + stamp}
        return broken("secc", [first, asked, (14.4, "ServiceDetailRes", {"ServiceID": 2, "Header": header})])

    assert answered(10) == answered(14) == set()
    assert answered(2) == {"X20-TimeStamp"}


def test_what_a_device_declares_not_to_have_cannot_be_missing() -> None:
    services = {"EnergyTransferServiceList": {"Service": [{"ServiceID": 2, "FreeService": True}]}}
    said: list[Said] = [(0, "ServiceDiscoveryReq", {}), (0, "ServiceDiscoveryRes", services), *detail(2, 1)]
    assert "no DC_BPT" in lacks(trace(said), "secc", {"DC_BPT"})
    assert "no Dynamic" in lacks(trace(said), "secc", {"DC", "Dynamic"})
    assert lacks(trace(said), "secc", {"DC", "Scheduled"}) == ""


@pytest.mark.parametrize(("modes", "blamed"), [((1,), False), ((1, 2), True)])
def test_a_car_takes_leave_of_a_charger_it_has_no_use_for(modes: tuple[int, ...], blamed: bool) -> None:
    said: list[Said] = [*detail(2, *modes), (0.4, "SessionStopReq", {"ChargingSession": "Terminate"})]
    assert (lacks(trace(said), "evcc", {"DC", "Scheduled"}) == "") is blamed


@pytest.mark.parametrize(("needs_mode", "departure", "good"), [(1, 28800, True), (1, 5, False), (2, 5, True)])
def test_a_charger_leaves_the_departure_to_a_car_that_looks_after_it(
    needs_mode: int, departure: int, good: bool
) -> None:
    parameters = [{"@Name": "ControlMode", "intValue": 2}, {"@Name": "MobilityNeedsMode", "intValue": needs_mode}]
    sets = {"ParameterSet": [{"ParameterSetID": 1, "Parameter": parameters}]}
    chosen = {"SelectedEnergyTransferService": {"ServiceID": 7, "ParameterSetID": 1}}
    offer = {"EVSEProcessing": "Finished", "Dynamic_SEResControlMode": {"DepartureTime": departure}}
    said: list[Said] = [
        (0, "ServiceDetailReq", {"ServiceID": 7}),
        (0, "ServiceDetailRes", {"ServiceID": 7, "ServiceParameterList": sets}),
        (1, "ServiceSelectionReq", chosen),
        (2, "ScheduleExchangeReq", {"Dynamic_SEReqControlMode": {"DepartureTime": 28800}}),
        (2, "ScheduleExchangeRes", offer),
    ]
    assert broken("secc", said) == (set() if good else {"X20-Schedule"})


@pytest.mark.parametrize(("name", "good"), [("LAB-1", True), (" ", False)])
def test_a_meter_has_a_name(name: str, good: bool) -> None:
    info = {"MeterID": name, "ChargedEnergyReadingWh": 5}
    body = {"EVSEPresentVoltage": watts(400), "EVSEPresentCurrent": watts(10), "MeterInfo": info}
    assert broken("secc", [(1, "DC_ChargeLoopRes", body)]) == (set() if good else {"X20-Meter"})


@pytest.mark.parametrize(("chains", "good"), [(1, True), (0, False)])
def test_a_car_that_asks_for_a_contract_takes_one(chains: int, good: bool) -> None:
    said: list[Said] = [(1, "CertificateInstallationReq", {"MaximumContractCertificateChains": chains})]
    assert broken("evcc", said) == (set() if good else {"X20-Content"})


@pytest.mark.parametrize(
    ("control", "good"),
    [
        ({"Scheduled_SMDTControlMode": {"SelectedScheduleTupleID": 3}}, True),
        ({"Scheduled_SMDTControlMode": {"SelectedScheduleTupleID": 7}}, False),
        ({"Dynamic_SMDTControlMode": {}}, False),
    ],
)
def test_meter_values_are_confirmed_under_the_schedule_that_holds(control: dict[str, Any], good: bool) -> None:
    meter = {"MeterID": "M", "ChargedEnergyReadingWh": 5}
    taken = {"Scheduled_EVPPTControlMode": {"SelectedScheduleTupleID": 3}}
    said: list[Said] = [
        *detail(2, 1),
        (1, "ServiceSelectionReq", {"SelectedEnergyTransferService": {"ServiceID": 2, "ParameterSetID": 1}}),
        (2, "PowerDeliveryReq", {"ChargeProgress": "Start", "EVPowerProfile": taken}),
        (3, "DC_ChargeLoopRes", {"EVSEStatus": {"EVSENotification": "MeteringConfirmation"}, "MeterInfo": meter}),
        (4, "MeteringConfirmationReq", {"SignedMeteringData": {"SessionID": OWN, "MeterInfo": meter, **control}}),
    ]
    monitor = LifeMonitor(Context("evcc"))
    found = {finding.requirement for event in trace(said) for finding in monitor.see(event)}
    assert found == (set() if good else {"V2G20-1919"})


@pytest.mark.parametrize(("wish", "good"), [("ServiceRenegotiation", True), ("Terminate", False)])
def test_a_renegotiation_of_services_keeps_the_connection(wish: str, good: bool) -> None:
    said: list[Said] = [
        (1, "SessionStopReq", {"ChargingSession": wish}),
        (1, "SessionStopRes", {}),
        (21, "ServiceDiscoveryReq", {}),
    ]
    monitor = EndingsMonitor(Context("secc"))
    found = {finding.requirement for event in trace(said) for finding in monitor.see(event)}
    assert found == (set() if good else {"X20-SessionStop"})


@pytest.mark.parametrize(("later", "good"), [(9000, False), (6900, True)])
def test_power_comes_down_to_a_lowered_limit(later: float, good: bool) -> None:
    def loop(at: float, limit: float, power: float) -> Said:
        mode = {"Dynamic_DC_CLResControlMode": {"EVSEMaximumChargePower": watts(limit)}}
        return (
            at,
            "DC_ChargeLoopRes",
            {"EVSEPresentVoltage": watts(400), "EVSEPresentCurrent": watts(power / 400), **mode},
        )

    said = [loop(1, 11_000, 9000), loop(2, 7000, 9000), loop(9, 7000, later)]
    assert ("V2G20-2188" not in broken("secc", said)) is good
