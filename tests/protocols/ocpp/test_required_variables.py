"""The variables that every station has to have, and ours as the proof that they can be had."""

import pytest

from v2xconform.emulators.station.evse import make_evses
from v2xconform.emulators.station.standard_variables import standard_model
from v2xconform.lab.persona_ocpp import EvseSpec, StationPersona
from v2xconform.protocols.ocpp import Version
from v2xconform.protocols.ocpp.required_variables import missing


def inventory(version: Version, *without: str) -> set[tuple[str, str, str]]:
    specs = [EvseSpec()]
    persona = StationPersona(role="station", name="test", evses=specs, without=list(without))
    model = standard_model(persona, make_evses(specs), version)
    return {(one.component, one.name, one.instance) for one in model}


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
def test_our_station_lacks_nothing(version: Version) -> None:
    assert missing(version, inventory(version)) == []


def test_what_belongs_to_an_optional_controller_is_needed_only_with_it() -> None:
    assert missing("ocpp2.0.1", inventory("ocpp2.0.1", "SmartChargingCtrlr", "LocalAuthListCtrlr")) == []
    found = inventory("ocpp2.0.1") - {("LocalAuthListCtrlr", "Entries", "")}
    assert missing("ocpp2.0.1", found) == [("LocalAuthListCtrlr", "Entries", "")]


def test_core_controllers_are_always_needed() -> None:
    lacking = missing("ocpp2.0.1", inventory("ocpp2.0.1", "ClockCtrlr"))
    assert lacking == [("ClockCtrlr", "DateTime", ""), ("ClockCtrlr", "TimeSource", "")]


def test_names_have_no_case() -> None:
    lower = {(component.lower(), name.upper(), instance) for component, name, instance in inventory("ocpp2.0.1")}
    assert missing("ocpp2.0.1", lower) == []
