"""The devices behind the sessions: battery, vehicle, power path, charger."""

from typing import Any

import pytest

from v2xconform.emulators.battery import Battery, over
from v2xconform.emulators.charger import Charger
from v2xconform.emulators.power_path import Meter, PowerPath
from v2xconform.emulators.vehicle import Vehicle
from v2xconform.lab.persona import BatterySpec, EvPersona, PowerPathSpec, load_charger, load_ev

SPEC = BatterySpec(
    capacity_wh=10000,
    soc=50,
    voltage_v=[(0, 300), (100, 400)],
    charge_power_w=[(0, 10000), (80, 10000), (100, 0)],
    discharge_power_w=[(0, 0), (10, 5000)],
    efficiency=0.9,
)


def v2g(**needs: Any) -> EvPersona:
    persona = load_ev("v2g_ev")
    fields = persona.model_dump()
    fields["needs"].update(needs)
    return EvPersona.model_validate(fields)


# Battery


@pytest.mark.parametrize(("at", "value"), [(-1, 300), (0, 300), (50, 350), (100, 400), (200, 400)])
def test_a_curve(at: float, value: float) -> None:
    assert over([(100, 400), (0, 300)], at) == value


def test_a_step_in_a_curve() -> None:
    assert over([(0, 1), (50, 1), (50, 9), (100, 9)], 50) == 1
    assert over([(0, 1), (50, 1), (50, 9), (100, 9)], 51) == 9


def test_a_battery_fills_and_empties_with_losses() -> None:
    battery = Battery(SPEC)
    assert (battery.soc, battery.voltage_v) == (50, 350)
    battery.flow(1000, 3600)
    assert battery.energy_wh == pytest.approx(5900)
    battery.flow(-900, 3600)
    assert battery.energy_wh == pytest.approx(4900)
    assert battery.energy_to(80) == pytest.approx(3100)
    assert battery.energy_to(20) == pytest.approx(-2900)


def test_a_battery_is_never_fuller_than_full() -> None:
    battery = Battery(SPEC)
    battery.flow(1e9, 3600)
    assert (battery.soc, battery.max_charge_w) == (100, 0)
    battery.flow(-1e9, 3600)
    assert (battery.soc, battery.max_discharge_w) == (0, 0)
    battery.flow(1000, 360)
    assert battery.max_charge_w == 10000


# Vehicle


def test_a_car_wants_what_battery_and_limits_allow() -> None:
    vehicle = Vehicle(v2g(plan=[]))
    volts, amps = vehicle.dc_targets(0)
    assert volts == pytest.approx(vehicle.battery.voltage_v * 1.02)
    assert amps == pytest.approx(vehicle.battery.max_charge_w / vehicle.battery.voltage_v)
    assert 0 < amps <= vehicle.dc.max_current_a


def test_a_plan_turns_the_current_round() -> None:
    vehicle = Vehicle(v2g(plan=[[0, 11000], [2, -8000]]))
    vehicle.tick(100)
    vehicle.enter_loop(100)
    assert vehicle.dc_targets(101)[1] == pytest.approx(11000 / vehicle.battery.voltage_v)
    assert vehicle.dc_targets(102)[1] == pytest.approx(-8000 / vehicle.battery.voltage_v)
    assert vehicle.ac_power_w(102, None) == -8000


@pytest.mark.parametrize(
    ("target", "power"), [(5000.0, 5000.0), (50000.0, 11000.0), (-50000.0, -11000.0), (100.0, 0.0)]
)
def test_an_ac_car_follows_the_target_within_its_limits(target: float, power: float) -> None:
    assert Vehicle(v2g()).ac_power_w(0, target) == power


def test_a_car_knows_when_it_is_done() -> None:
    vehicle = Vehicle(v2g(leaves_after_s=3, plan=[], v2x_minimum_soc=None, v2x_maximum_soc=None))
    vehicle.enter_loop(10)
    assert not vehicle.complete(12.9)
    assert vehicle.complete(13)
    waits = Vehicle(v2g(leaves_after_s=None, plan=[], target_soc=65.5, v2x_minimum_soc=None))
    assert not waits.complete(0)
    waits.battery.flow(100000, 60)
    assert waits.complete(0)
    assert not Vehicle(v2g(leaves_after_s=None, target_soc=10)).complete(0)


def test_energies_are_signed() -> None:
    vehicle = Vehicle(v2g())
    low, target, high = vehicle.energies_wh
    assert low == pytest.approx(77000 * -0.25)
    assert target == pytest.approx(77000 * 0.15)
    assert high == pytest.approx(77000 * 0.25)
    assert vehicle.v2x_energies_wh == (pytest.approx(77000 * -0.15), pytest.approx(77000 * 0.20))
    assert Vehicle(v2g(v2x_minimum_soc=None)).v2x_energies_wh is None


def test_time_passes_for_a_car() -> None:
    vehicle = Vehicle(v2g())
    vehicle.tick(1000)
    vehicle.take(36000)
    vehicle.tick(1100)
    assert vehicle.battery.energy_wh == pytest.approx(77000 * 0.65 + 1000 * 0.95)
    assert vehicle.departure_s == 28700
    assert vehicle.modes == ("DC", "AC")
    vehicle.leave_loop()
    assert vehicle.power_w == 0


def test_a_side_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="Touring EV has no ac side"):
        _ = Vehicle(load_ev("touring_ev")).ac
    with pytest.raises(ValueError, match="AC wallbox has no dc side"):
        _ = Charger(load_charger("ac_wallbox")).dc


# Power path


def path(**changes: Any) -> PowerPath:
    return PowerPath(
        PowerPathSpec(**{"precharge_v_per_s": 100, "current_a_per_s": 50, "decay_v_per_s": 200, **changes})
    )


def test_a_cable_check_takes_its_time_and_its_voltage() -> None:
    outlet = path(cable_check_s=4, cable_check_voltage_v=200)
    outlet.tick(0)
    outlet.start_cable_check(0)
    outlet.tick(3)
    assert (outlet.isolation, outlet.voltage_v) == ("running", 200)
    outlet.start_cable_check(3)
    outlet.tick(4)
    assert outlet.isolation == "ok"
    outlet.tick(5)
    assert outlet.voltage_v == 0


def test_pre_charge_ramps() -> None:
    outlet = path()
    outlet.tick(0)
    outlet.precharge(350)
    outlet.tick(2)
    assert outlet.voltage_v == 200
    outlet.tick(9)
    assert (outlet.voltage_v, outlet.current_a) == (350, 0)


def test_current_needs_closed_contactors_and_ramps_both_ways() -> None:
    outlet = path(contactor_s=0.5)
    outlet.tick(0)
    outlet.close_contactor(0)
    outlet.deliver(400, 60, 380)
    outlet.tick(0.4)
    assert outlet.current_a == 0
    outlet.tick(1.4)
    assert (outlet.current_a, outlet.voltage_v) == (pytest.approx(50), 380)
    outlet.deliver(400, -20, 380)
    outlet.tick(2.4)
    assert outlet.current_a == pytest.approx(0)
    outlet.tick(3.4)
    assert outlet.power_w == pytest.approx(-20 * 380)
    outlet.tick(4.4)
    assert outlet.meter.charged_wh == pytest.approx(50 * 380 / 3600)
    assert outlet.meter.discharged_wh == pytest.approx(20 * 380 / 3600)


def test_switched_off_the_voltage_decays() -> None:
    outlet = path()
    outlet.tick(0)
    outlet.precharge(400)
    outlet.tick(10)
    outlet.stop()
    outlet.tick(11)
    assert outlet.voltage_v == 200
    outlet.tick(13)
    assert outlet.voltage_v == 0
    assert not outlet.contactor_closed(13)


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ({"contactor": "welded"}, lambda p: p.contactor_closed(0)),
        ({"contactor": "stuck open"}, lambda p: not p.contactor_closed(20)),
        ({"isolation": "fault"}, lambda p: p.isolation == "fault"),
        ({"precharge": "stuck"}, lambda p: p.voltage_v == 0),
        ({"precharge": "overshoots"}, lambda p: p.voltage_v == pytest.approx(400 * 1.3)),
    ],
)
def test_faults(fault: dict[str, str], check: Any) -> None:
    outlet = path(cable_check_s=1, **fault)
    outlet.tick(0)
    outlet.start_cable_check(0)
    outlet.tick(5)
    outlet.tick(10)
    outlet.precharge(400)
    outlet.close_contactor(10)
    outlet.tick(20)
    assert check(outlet)


def test_welded_contactors_hold_the_voltage() -> None:
    outlet = path(contactor="welded")
    outlet.tick(0)
    outlet.precharge(400)
    outlet.tick(10)
    outlet.stop()
    outlet.tick(20)
    assert outlet.voltage_v == 400


@pytest.mark.parametrize(("delivery", "amps"), [("ok", 50), ("none", 0), ("above limits", 60)])
def test_delivery(delivery: str, amps: float) -> None:
    outlet = path(delivery=delivery)
    outlet.tick(0)
    outlet.close_contactor(0)
    outlet.tick(1)
    outlet.deliver(400, 50, 380)
    outlet.tick(9)
    assert outlet.current_a == pytest.approx(amps)


def test_the_meter() -> None:
    meter = Meter()
    meter.count(3600, 10)
    meter.count(-7200, 10)
    assert (meter.charged_wh, meter.discharged_wh) == (10, 20)


# Charger


def test_the_parameter_sets_of_a_charger() -> None:
    charger = Charger(load_charger("v2g_charger"))
    assert charger.services("AC") == ["AC_BPT", "AC"]
    sets = charger.parameter_sets("AC_BPT")
    assert [(one["ControlMode"], one["MobilityNeedsMode"]) for one in sets] == [(1, 1), (2, 1), (2, 2)]
    assert sets[0] == {
        "Connector": 2, "EVSENominalVoltage": 230, "ControlMode": 1, "MobilityNeedsMode": 1, "Pricing": 2,
        "BPTChannel": 1, "GeneratorMode": 1, "GridCodeIslandingDetectionMethod": 1,
    }  # fmt: skip
    assert "EVSENominalVoltage" not in charger.parameter_sets("DC")[0]


def test_the_set_point_of_dynamic_control() -> None:
    charger = Charger(load_charger("v2g_charger"))
    assert charger.dynamic_power_w(20000, 5000) == -5000
    charger.orders.set_point_w = None
    assert charger.dynamic_power_w(20000, 5000) == 20000
    charger.orders.set_point_w = -9000
    assert charger.dynamic_power_w(20000, None) == 20000


def test_authorization_takes_its_time() -> None:
    charger = Charger(load_charger("dc_fast_charger"))
    assert charger.authorizing(10)
    assert not charger.authorizing(11)
    charger.session_over(12)
    assert charger.authorizing(20)
