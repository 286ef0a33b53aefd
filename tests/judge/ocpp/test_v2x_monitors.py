"""DER controls and dynamic profiles in a trace: what the monitors call wrong, and what they leave alone."""

from typing import Any

import pytest

from .test_provisioning_monitors import Ladder
from .told import judged, trace

DAY = "2026-11-20"


def stamp(second: float) -> str:
    return f"{DAY}T{int(second // 3600):02}:{int(second // 60) % 60:02}:{int(second) % 60:02}Z"


def found(ladder: Ladder, sut: Any = "station") -> set[str]:
    """Return the requirements of blocks Q and R and of dynamic profiles that are found broken."""
    events, _ = trace(ladder.frames, "ocpp2.1", sut)
    said = {one.requirement for one in judged(events, "ocpp2.1", sut) if one.severity == "MUST"}
    return {one for one in said if one.startswith(("K28", "K01.FR.14", "Q", "R", "V2X"))}


class Controls(Ladder):
    """A ladder with the messages of block R; all controls have been cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.boot()
        for default in (True, False):
            self.ask(5, "csms", "ClearDERControl", {"isDefault": default}).say({"status": "NotFound"})

    def set(
        self, at: float, number: str, priority: int, start: float | None = None, duration: int = 60, **answer: Any
    ) -> "Controls":
        body: dict[str, Any] = {"priority": priority, "pctMaxDischargePower": 50}
        if start is not None:
            body |= {"startTime": stamp(start), "duration": duration}
        tree = {
            "isDefault": start is None,
            "controlId": number,
            "controlType": "LimitMaxDischarge",
            "limitMaxDischarge": body,
        }
        self.ask(at, "csms", "SetDERControl", tree).say({"status": "Accepted", **answer})
        return self

    def notify(self, at: float, number: str, started: bool, **more: Any) -> "Controls":
        tree = {"controlId": number, "started": started, "timestamp": stamp(at), **more}
        self.ask(at, "station", "NotifyDERStartStop", tree).say({})
        return self

    def get(self, at: float, status: str = "Accepted", **wanted: Any) -> "Controls":
        self.ask(at, "csms", "GetDERControl", {"requestId": 7, **wanted}).say({"status": status})
        return self

    def report(self, at: float, *entries: tuple[str, bool, int], tbc: bool = False, request: int = 7) -> "Controls":
        listed = [
            {
                "id": number,
                "isDefault": True,
                "isSuperseded": gone,
                "limitMaxDischarge": {"priority": priority, "pctMaxDischargePower": 50},
            }
            for number, gone, priority in entries
        ]
        self.ask(
            at, "station", "ReportDERControl", {"requestId": request, "limitMaxDischarge": listed, "tbc": tbc}
        ).say({})
        return self

    def alarm(self, at: float, kind: str, ended: bool = False) -> "Controls":
        tree = {
            "controlType": kind,
            "gridEventFault": "OverFrequency",
            "timestamp": stamp(at),
            **({"alarmEnded": True} if ended else {}),
        }
        self.ask(at, "station", "NotifyDERAlarm", tree).say({})
        return self

    def later(self, at: float) -> "Controls":
        self.ask(at, "station", "Heartbeat", {}).say({"currentTime": stamp(at)})
        return self


GOOD = [
    Controls().set(10, "A", 5, 20).notify(20, "A", True).notify(80, "A", False).later(200),
    Controls()
    .set(10, "A", 5, 20)
    .set(12, "B", 2, 30, supersededIds=["A"])
    .notify(31, "B", True)
    .notify(90, "B", False)
    .later(200),
    Controls()
    .set(10, "A", 5, 12, 500)
    .notify(12, "A", True)
    .set(20, "B", 2, 40)
    .notify(40, "B", True, supersededIds=["A"])
    .notify(100, "B", False)
    .later(200),
    Controls()
    .set(10, "A", 2, 12, 60)
    .notify(12, "A", True)
    .set(20, "B", 5, 40, supersededIds=["B"])
    .notify(72, "A", False)
    .later(200),
    Controls()
    .set(10, "A", 5)
    .set(11, "B", 2, supersededIds=["A"])
    .get(20)
    .report(21, ("A", True, 5), tbc=True)
    .report(22, ("B", False, 2)),
    Controls().set(10, "A", 5).get(20, isDefault=False, status="NotFound"),
    Controls().alarm(10, "HFMustTrip").alarm(20, "HVMustTrip").alarm(30, "HVMustTrip", True).alarm(40, "HFMustTrip"),
]


@pytest.mark.parametrize("ladder", GOOD)
def test_good_stations_are_left_alone(ladder: Controls) -> None:
    assert found(ladder) == set()


@pytest.mark.parametrize(
    ("requirement", "ladder"),
    [
        ("R04.FR.20", Controls().set(10, "A", 5, 20).later(200)),
        ("R04.FR.20", Controls().set(10, "A", 5, 60).notify(20, "A", True)),
        ("R04.FR.20", Controls().notify(20, "Z", True)),
        ("R04.FR.20", Controls().set(10, "A", 5).notify(20, "A", True)),
        ("R04.FR.22", Controls().set(10, "A", 5, 20).notify(20, "A", True).later(200)),
        ("R04.FR.22", Controls().set(10, "A", 5, 20).notify(20, "A", True).notify(40, "A", False)),
        ("R04.FR.03", Controls().set(10, "A", 5).set(11, "B", 2)),
        ("R04.FR.06", Controls().set(10, "A", 5, 60).set(11, "B", 2, 70)),
        ("R04.FR.07", Controls().set(10, "A", 5, 12).notify(12, "A", True).set(20, "B", 2, 40, supersededIds=["A"])),
        ("R04.FR.08", Controls().set(10, "A", 2, 12).notify(12, "A", True).set(20, "B", 5, 40)),
        ("R04.FR.09", Controls().set(10, "A", 5, 20).set(11, "B", 2, 90, supersededIds=["A"]).notify(20, "A", True)),
        (
            "R04.FR.21",
            Controls().set(10, "A", 5, 12, 500).notify(12, "A", True).set(20, "B", 2, 40).notify(40, "B", True),
        ),
        ("R04.FR.30", Controls().get(20)),
        ("R04.FR.31", Controls().set(10, "A", 5).get(20).report(21, ("A", False, 5), request=8)),
        ("R04.FR.32", Controls().set(10, "A", 5).get(20).report(21, ("A", False, 5), tbc=True).later(120)),
        ("R04.FR.33", Controls().set(10, "A", 5).get(20).later(120)),
        (
            "R04.FR.33",
            Controls().set(10, "A", 5).set(11, "B", 5, supersededIds=["A"]).get(20).report(21, ("A", True, 5)),
        ),
        ("R04.FR.33", Controls().set(10, "A", 5).get(20).report(21, ("A", False, 6))),
        ("R04.FR.33", Controls().set(10, "A", 5).get(20, "NotFound")),
        ("R04.FR.03", Controls().set(10, "A", 5).get(20).report(21, ("A", True, 5))),
        ("R04.FR.34", Controls().set(10, "A", 5).get(20, controlType="VoltVar").report(21, ("A", False, 5))),
        ("R05.FR.01", Controls().alarm(10, "HFMustTrip").alarm(20, "HFMustTrip")),
        ("R05.FR.02", Controls().alarm(10, "HFMustTrip", True)),
        ("R05.FR.04", Controls().alarm(10, "HFMustTrip").alarm(20, "HVMustTrip").alarm(30, "HFMustTrip", True)),
    ],
)
def test_bad_stations_are_found(requirement: str, ladder: Controls) -> None:
    assert requirement in found(ladder)


# ---- V2X


def profile(kind: str = "Dynamic", mode: str = "CentralSetpoint", **fields: Any) -> dict[str, Any]:
    tree = {
        "id": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": kind, "transactionId": "T1",
        "chargingSchedule": [{"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [
            {"startPeriod": 0, "operationMode": mode, **(fields or {"setpoint": -1000})}]}],
    }  # fmt: skip
    if kind == "Dynamic":
        tree["dynUpdateInterval"] = 30
    return {"evseId": 1, "chargingProfile": tree}


def needs(service: str, **limits: Any) -> dict[str, Any]:
    parameters = {"maxChargePower": 11000, "maxDischargePower": 9000, **limits}
    found_ = {"requestedEnergyTransfer": service, "controlMode": "DynamicControl", "availableEnergyTransfer": [service],
              "v2xChargingParameters": parameters}  # fmt: skip
    return {"evseId": 1, "chargingNeeds": found_}


class V2x(Ladder):
    """A ladder with the messages of block Q."""

    def __init__(self) -> None:
        super().__init__()
        self.boot()

    def do(self, at: float, by: str, action: str, tree: dict[str, Any], answer: dict[str, Any]) -> "V2x":
        self.ask(at, by, action, tree).say(answer)
        return self

    def set(self, at: float = 10, **fields: Any) -> "V2x":
        return self.do(at, "csms", "SetChargingProfile", profile(**fields), {"status": "Accepted"})

    def asks(self, at: float, service: str, status: str = "Accepted", **limits: Any) -> "V2x":
        return self.do(at, "station", "NotifyEVChargingNeeds", needs(service, **limits), {"status": status})

    def pulls(self, at: float) -> "V2x":
        answer = {"status": "Accepted", "scheduleUpdate": {"setpoint": -1}}
        return self.do(at, "station", "PullDynamicScheduleUpdate", {"chargingProfileId": 1}, answer)

    def pushes(self, at: float, status: str) -> "V2x":
        update = {"chargingProfileId": 1, "scheduleUpdate": {"setpoint": -1}}
        return self.do(at, "csms", "UpdateDynamicSchedule", update, {"status": status})

    def permits(self, at: float) -> "V2x":
        tree = {"transactionId": "T1", "allowedEnergyTransfer": ["AC_BPT"]}
        return self.do(at, "csms", "NotifyAllowedEnergyTransfer", tree, {"status": "Accepted"})

    def later(self, at: float) -> "V2x":
        return self.do(at, "station", "Heartbeat", {}, {"currentTime": stamp(at)})


@pytest.mark.parametrize(
    ("requirement", "ladder"),
    [
        ("", V2x().set().pulls(41).pulls(71).pushes(80, "Accepted").pulls(110)),
        ("", V2x().set(kind="Relative").pushes(20, "Rejected")),
        ("", V2x().asks(10, "AC_BPT", "Rejected").asks(12, "AC_three_phase").later(100)),
        ("", V2x().asks(10, "AC_three_phase").permits(20).asks(25, "AC_BPT").later(100)),
        ("K28.FR.06", V2x().set().pushes(20, "Rejected")),
        ("K28.FR.11", V2x().set(kind="Relative").pushes(20, "Accepted")),
        ("K28.FR.10", V2x().set().pulls(20)),
        ("K28.FR.10", V2x().set(kind="Relative").pulls(60)),
        ("Q01.FR.06", V2x().asks(10, "AC_BPT", "Rejected").later(100)),
        ("Q02.FR.07", V2x().asks(10, "AC_three_phase").permits(20).later(100)),
    ],
)
def test_stations(requirement: str, ladder: V2x) -> None:
    seen = found(ladder)
    assert (requirement in seen) if requirement else seen == set()


@pytest.mark.parametrize(
    ("requirement", "ladder"),
    [
        ("", V2x().asks(10, "AC_BPT").set(20)),
        ("", V2x().asks(10, "AC_three_phase").set(20, mode="ChargingOnly", limit=5000)),
        ("", V2x().asks(10, "AC_BPT", maxDischargePower_L2=3000).set(20, setpoint=-1, setpoint_L2=-1)),
        ("Q02.FR.01", V2x().asks(10, "AC_three_phase").set(20)),
        ("Q02.FR.02", V2x().asks(10, "AC_three_phase").set(20, mode="ChargingOnly", limit=5000, dischargeLimit=-5)),
        ("K01.FR.142", V2x().asks(10, "AC_BPT").set(20, mode="ChargingOnly", limit=5, limit_L2=5)),
    ],
)
def test_csmss(requirement: str, ladder: V2x) -> None:
    seen = found(ladder, "csms")
    assert (requirement in seen) if requirement else seen == set()
