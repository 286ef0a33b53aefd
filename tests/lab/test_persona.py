from pathlib import Path

import pytest

from v2xconform.lab.persona import (
    ChargerPersona,
    EvPersona,
    load_charger,
    load_ev,
    load_persona,
    persona_names,
    policy_of,
)
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, SeccPolicy

CAR = """\
role: ev
name: Box
what: a car
evccid: ZZ1
services: [DC]
battery:
  capacity_wh: 1000
  soc: 50
  voltage_v: [[0, 300]]
  charge_power_w: [[0, 1000]]
dc: {max_voltage_v: 400, min_voltage_v: 200, max_current_a: 10, max_power_w: 4000}
"""


def problem(tmp_path: Path, text: str) -> str:
    path = tmp_path / "box.yaml"
    path.write_text(text)
    with pytest.raises(LabError) as caught:
        load_persona(path)
    return str(caught.value).removeprefix(f"{path}:")


def test_every_shipped_persona_is_good() -> None:
    assert len(persona_names()) >= 6
    for name in persona_names():
        persona = load_persona(name)
        if isinstance(persona, EvPersona | ChargerPersona):
            expected = EvccPolicy if isinstance(persona, EvPersona) else SeccPolicy
            assert isinstance(policy_of(persona), expected)


def test_habits_of_a_persona(tmp_path: Path) -> None:
    path = tmp_path / "box.yaml"
    path.write_text(CAR + "policy: {pace_s: {DC_ChargeLoopReq: 0.2}}\n")
    policy = policy_of(load_ev(path))
    assert isinstance(policy, EvccPolicy)
    assert policy.pace_s == {"DC_ChargeLoopReq": 0.2}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (("services: [DC]", "services: [DC, AC]"), "1: the service AC needs the limits of ac; add ac:"),
        (("services: [DC]", "services: [DC_BPT]"), "1: a BPT service needs dc.max_discharge_power_w above 0"),
        (("services: [DC]", "services: [DC_BTP]"),
         "5: services.0: 'DC_BTP' is not allowed; did you mean DC_BPT? allowed are AC, DC, AC_BPT, DC_BPT"),
        (("min_voltage_v: 200", "min_voltage_v: 500"), "11: dc: min_voltage_v is above max_voltage_v; swap them or correct one"),
        (("soc: 50", "soc: 150"), "8: battery.soc: 150 does not fit; it should be less than or equal to 100"),
        (("role: ev", "role: car"), "1: role: role 'car' is no emulator; use role: ev, charger, station, csms"),
        (("name: Box", "policy: {closes_tpc: false}\nname: Box"),
         "2: policy.closes_tpc: unknown policy field 'closes_tpc'; did you mean 'closes_tcp'?"),
    ],
)  # fmt: skip
def test_mistakes_have_a_line_and_a_remedy(tmp_path: Path, change: tuple[str, str], text: str) -> None:
    assert problem(tmp_path, CAR.replace(*change)) == text


def test_the_wrong_role_and_the_wrong_name() -> None:
    with pytest.raises(LabError, match="this persona is a charger"):
        load_ev("v2g_charger")
    with pytest.raises(LabError, match="this persona is a car"):
        load_charger("v2g_ev")
    with pytest.raises(LabError, match=r"nobody: no persona of this name; there are ac_wallbox, "):
        load_persona("nobody")
