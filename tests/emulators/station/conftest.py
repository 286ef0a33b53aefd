"""A station whose CSMS is the test: time goes by, it reboots and connects again, and everything that it says is kept."""

from collections.abc import Callable
from typing import Any

import pytest

from v2xconform.emulators.station import Station
from v2xconform.emulators.station.connection import NetworkProfile
from v2xconform.lab.persona_ocpp import StationPersona
from v2xconform.protocols.ocpp import Version, frames, schemas
from v2xconform.protocols.ocpp.frames import Frame

START = 1767225600.0
"""The wall clock at second 0: 2026-01-01."""


class Rungs:
    """One station, booted; `changes` are those of its policy."""

    persona: StationPersona | None = None
    """Whom the station is to be; a plain one where a test does not say it."""

    def __init__(self, version: Version = "ocpp2.0.1", **changes: Any) -> None:
        self.now, self.version = 0.0, version
        self.said: list[tuple[float, str, dict[str, Any]]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        """Action -> what the CSMS answers, where it is not what it usually answers."""
        self._number = 0
        self._answer: Frame | None = None
        self.station = Station(
            self.persona or StationPersona(role="station", name="test"), version,
            NetworkProfile("ws://csms.lab", 0), identity="ST-1",
            utc=lambda: START + self.now, new_id=self._id, chance=lambda: 0.0, changes=changes,
        )  # fmt: skip
        self.station.power_on(0.0)
        self.wait(3.0)
        self.said.clear()

    def _id(self) -> str:
        self._number += 1
        return f"id-{self._number}"

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        until = self.now + seconds
        while True:
            if self.station.connection.dial is not None and self.station.rpc is None:
                self.station.connected(self.version, self.now)
            self._talk()
            due = self.station.timer()
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            self.station.fire(self.now)
        self.now = until

    def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return the payload of the answer; an error is ``{"error": code}``."""
        self._answer = None
        self.station.receive(frames.call(self._id(), action, payload), self.now)
        self._talk()
        answer = self._answer
        assert answer is not None, f"{action} was not answered"
        if answer.is_error:
            return {"error": answer.code}
        assert not schemas.violations(self.version, f"{action}Response", answer.payload)
        return answer.payload

    def _talk(self) -> None:
        said = list(self.station.outgoing())
        while said:
            for frame in said:
                if frame.type not in (frames.CALL, frames.SEND):
                    self._answer = frame
                    continue
                name = f"{frame.action}Request" if frame.type == frames.CALL else frame.action
                assert not schemas.violations(self.version, name, frame.payload), frame.payload
                self.said.append((self.now, frame.action, frame.payload))
                if frame.type == frames.CALL and self.station.rpc is not None:
                    self.station.receive(frames.result(frame.id, self._reply(frame.action)), self.now)
            self.station.agenda.fire(self.now)
            said = list(self.station.outgoing())

    def _reply(self, action: str) -> dict[str, Any]:
        stamp = self.station.timestamp()
        usual: dict[str, dict[str, Any]] = {
            "BootNotification": {"currentTime": stamp, "interval": 3600, "status": "Accepted"},
            "Heartbeat": {"currentTime": stamp},
            "Authorize": {"idTokenInfo": {"status": "Accepted"}},
            "OpenPeriodicEventStream": {"status": "Accepted"},
        }
        return self.answers.get(action, usual.get(action, {}))

    def told(self, action: str) -> list[dict[str, Any]]:
        """Return what was said under a name so far, in order."""
        return [payload for _, name, payload in self.said if name == action]

    def statuses(self, action: str) -> list[str]:
        """Return the statuses that were told."""
        return [payload["status"] for payload in self.told(action)]

    def times(self, action: str) -> list[float]:
        """Return when something was said, in seconds."""
        return [at for at, name, _ in self.said if name == action]


@pytest.fixture
def rungs() -> Callable[..., Rungs]:
    """Makes a booted station: ``rungs("ocpp2.1", monitoring={"clears": False})``."""
    return Rungs
