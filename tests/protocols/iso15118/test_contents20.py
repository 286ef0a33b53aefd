"""What the contents make of the devices in whole sessions: energy, direction, limits, prices."""

from typing import Any

import pytest

from v2xconform.lab.persona import persona_names
from v2xconform.protocols.iso15118.rational import number

from .ladder20 import Ladder, charger, ev

CARS = {"compact_ev": ["AC", "DC"], "touring_ev": ["DC"], "v2g_ev": ["AC", "DC"]}
STATIONS = {"ac_wallbox": ["AC"], "dc_fast_charger": ["DC"], "v2g_charger": ["AC", "DC"]}
PAIRS = [
    (car, station, mode)
    for car, sides in CARS.items()
    for station, offered in STATIONS.items()
    for mode in sides
    if mode in offered
]


def test_the_personas_are_these() -> None:
    assert set(CARS) | set(STATIONS) <= set(persona_names())


@pytest.mark.parametrize(("car", "station", "mode"), PAIRS)
def test_every_car_charges_at_every_station(car: str, station: str, mode: Any) -> None:
    ladder = Ladder(mode, ev(car), charger(station)).run()
    assert ladder.evcc.ended is not None and ladder.evcc.ended.orderly
    assert ladder.trees(f"{mode}_ChargeLoopRes")
    path = ladder.responses.charger.path
    assert path.meter.charged_wh + path.meter.discharged_wh > 0
    assert ladder.vehicle.battery.soc != ladder.car.battery.soc
    assert not path.contactor_closed(ladder.now)


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_a_plan_feeds_the_grid_in_scheduled_control(mode: Any) -> None:
    ladder = Ladder(mode, ev(control_modes=["Scheduled"])).run()
    meter = ladder.responses.charger.path.meter
    assert meter.charged_wh > 0 and meter.discharged_wh > 0
    assert "DischargingSchedule" in ladder.last("ScheduleExchangeRes")["Scheduled_SEResControlMode"]["ScheduleTuple"][0]
    if mode == "DC":
        wanted = [
            number(tree["BPT_Scheduled_DC_CLReqControlMode"]["EVTargetCurrent"])
            for tree in ladder.trees("DC_ChargeLoopReq")
        ]
        flowed = [number(tree["EVSEPresentCurrent"]) for tree in ladder.trees("DC_ChargeLoopRes")]
        assert wanted[0] > 0 > wanted[-1]
        assert max(flowed) > 0 > flowed[-1]
    else:
        drawn = [
            number(tree["BPT_Scheduled_AC_CLReqControlMode"]["EVPresentActivePower"])
            for tree in ladder.trees("AC_ChargeLoopReq")
        ]
        assert drawn[0] > 0 > drawn[-1]


@pytest.mark.parametrize(("set_point", "sign"), [(-10000, -1), (5000, 1), (None, 1)])
@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_the_station_leads_in_dynamic_control(mode: Any, set_point: float | None, sign: int) -> None:
    station = charger(set_point_w=set_point, path={"current_a_per_s": 1000})
    ladder = Ladder(mode, ev(control_modes=["Dynamic"]), station).run()
    meter = ladder.responses.charger.path.meter
    assert (meter.charged_wh > 0, meter.discharged_wh > 0) == (sign > 0, sign < 0)
    if mode == "AC":
        target = ladder.last("AC_ChargeLoopRes")["BPT_Dynamic_AC_CLResControlMode"]["EVSETargetActivePower"]
        assert (number(target) > 0) == (sign > 0)


def test_the_station_keeps_to_its_limits() -> None:
    """A target above the limit is no fault of the car; the current stays below it all the same [V2G20-2188]."""
    station = charger(dc={"max_current_a": 20, "max_discharge_current_a": 10}, path={"current_a_per_s": 1000})
    ladder = Ladder("DC", ev(control_modes=["Scheduled"]), station).run()
    flowed = [number(tree["EVSEPresentCurrent"]) for tree in ladder.trees("DC_ChargeLoopRes")]
    assert (max(flowed), min(flowed)) == (20, -10)
    assert any(tree["EVSECurrentLimitAchieved"] for tree in ladder.trees("DC_ChargeLoopRes"))


@pytest.mark.parametrize(
    ("pricing", "parameter", "element"),
    [("absolute", 1, "AbsolutePriceSchedule"), ("levels", 2, "PriceLevelSchedule"), ("none", 0, "")],
)
@pytest.mark.parametrize("control", ["Scheduled", "Dynamic"])
def test_prices(control: str, pricing: str, parameter: int, element: str) -> None:
    ladder = Ladder("DC", ev(control_modes=[control]), charger(tariff={"pricing": pricing})).run()
    assert ladder.evcc.memory.parameters["Pricing"] == parameter
    offer = ladder.last("ScheduleExchangeRes")[f"{control}_SEResControlMode"]
    schedule = offer["ScheduleTuple"][0]["ChargingSchedule"] if control == "Scheduled" else offer
    assert [name for name in schedule if "Price" in name] == ([element] if element else [])


@pytest.mark.parametrize("mode", ["AC", "DC"])
def test_the_meter_is_shown_first_and_when_asked(mode: Any) -> None:
    ladder = Ladder(mode, ev()).run()
    shown = ["MeterInfo" in tree for tree in ladder.trees(f"{mode}_ChargeLoopRes")]
    assert shown[0] and not any(shown[1:])
    assert ladder.trees(f"{mode}_ChargeLoopRes")[0]["MeterInfo"]["MeterID"] == "LAB-V2G-1"


def test_the_voltage_of_pre_charge_climbs_to_the_battery() -> None:
    ladder = Ladder("DC", ev()).run()
    volts = [number(tree["EVSEPresentVoltage"]) for tree in ladder.trees("DC_PreChargeRes")]
    assert volts == sorted(volts)
    assert abs(volts[-1] - ladder.vehicle.battery.voltage_v) < 25
    assert ladder.last("DC_PreChargeReq")["EVProcessing"] == "Finished"


def test_a_request_that_is_not_due_is_built_without_consequences() -> None:
    ladder = Ladder("DC", ev())
    for name in ("DC_ChargeLoopReq", "PowerDeliveryReq", "SessionStopReq", "MeteringConfirmationReq"):
        ladder.evcc._ask(name, ladder.evcc, 1e6)
    assert ladder.vehicle.loop_s(2e6) == 0
    assert ladder.evcc.stopping is None


def test_welded_contactors_are_noted_by_the_car() -> None:
    ladder = Ladder("DC", ev(), charger(path={"contactor": "welded"}))
    ladder.secc.policy = type(ladder.secc.policy)(unchecked=("FAILED_ContactorError",))
    ladder.run()
    assert len(ladder.trees("DC_WeldingDetectionReq")) == 20
    assert any("contactors welded?" in note for note in ladder.evcc.notes)
    assert ladder.evcc.ended and ladder.evcc.ended.orderly
