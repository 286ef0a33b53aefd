"""Stations of one kind share variables, handlers and the blocks that nobody has asked for; they behave as any other."""

import random
from typing import Any

from v2xconform.emulators.station import Station
from v2xconform.emulators.station.connection import NetworkProfile
from v2xconform.emulators.station.device_model import Variable
from v2xconform.emulators.station.shared_variables import SharedVariables
from v2xconform.lab.persona import load_station
from v2xconform.protocols.ocpp import frames

PERSONA = load_station("lab_station")


def station(name: str, **changes: Any) -> Station:
    made = iter(range(10_000))
    return Station(
        PERSONA, "ocpp2.0.1", NetworkProfile("ws://csms.lab:9000/ocpp", 0), identity=name, utc=lambda: 1.8e9,
        new_id=lambda: f"id-{next(made)}", chance=random.Random(1).random, changes=changes,
    )  # fmt: skip


def booted(one: Station) -> list[str]:
    """Bring it to where it is accepted; return what it has said."""
    one.power_on(0.0)
    one.fire(5.0)
    one.connected("ocpp2.0.1", 5.0)
    said = []
    for _ in range(30):
        for frame in list(one.outgoing()):
            said.append(frames.text_of(frame))
            answer = {"currentTime": "2027-01-15T08:00:00Z", "interval": 300, "status": "Accepted"}
            payload = answer if frame.action == "BootNotification" else {}
            one.receive(frames.result(frame.id, payload), 6.0)
        one.fire(6.0)
    return said


def asked(one: Station, action: str, payload: dict[str, Any]) -> str:
    one.receive(frames.call("asked", action, payload), 7.0)
    return next(frames.text_of(frame) for frame in one.outgoing() if frame.id == "asked")


def test_the_second_of_a_kind_says_what_the_first_has_said() -> None:
    first, second = station("S"), station("S")
    assert second.kind is not None and "certificates" not in vars(second)
    assert booted(first) == booted(second)
    for action, payload in (
        ("GetLocalListVersion", {}), ("ClearCache", {}), ("GetInstalledCertificateIds", {}),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}), ("GetTransactionStatus", {}),
    ):  # fmt: skip
        assert asked(first, action, payload) == asked(second, action, payload)
    assert "certificates" in vars(second), "made once it was asked for"


def test_a_change_at_one_is_none_at_the_other() -> None:
    one, other = station("A"), station("B")
    one.variables.set("OCPPCommCtrlr.HeartbeatInterval", 7, 0.0)
    found = other.variables.find("OCPPCommCtrlr.WebSocketPingInterval")
    assert found is not None
    found.value = "9"
    assert one.variables.text("OCPPCommCtrlr.HeartbeatInterval") == "7"
    assert one.variables.text("OCPPCommCtrlr.WebSocketPingInterval") == "0"
    assert other.variables.text("OCPPCommCtrlr.HeartbeatInterval") == "300"
    assert station("C").variables.text("OCPPCommCtrlr.WebSocketPingInterval") == "0"
    assert one.variables.text("SecurityCtrlr.Identity") == "A" and other.variables.text("SecurityCtrlr.Identity") == "B"


def test_one_that_neglects_a_duty_is_a_kind_of_its_own() -> None:
    station("A")
    assert station("B", provisioning={"heartbeats": False}).kind is None


def test_shared_variables_are_a_mapping_like_any_other() -> None:
    model: dict[Any, Variable] = {
        key: Variable("C", key[4], "0") for key in (("c", "", 0, 0, name, "") for name in "abc")
    }
    own = SharedVariables(model)
    keys = list(own)
    assert len(own) == 3 and keys[0] in own and own.peek(keys[0]) is model[keys[0]]
    own[keys[0]].value = "1"
    assert model[keys[0]].value == "0" and own[keys[0]].value == "1"
    del own[keys[1]]
    assert list(own) == [keys[0], keys[2]] and len(model) == 3
    own[keys[1]] = Variable("C", "b", "2")
    assert len(own) == 3 and own.freeze()[keys[1]].value == "2"
