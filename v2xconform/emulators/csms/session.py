"""The session of a CSMS with one connected station."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2xconform.emulators.csms.block import Handler, Payload, Refused
from v2xconform.protocols.ocpp.agenda import Agenda
from v2xconform.protocols.ocpp.frames import Frame, Unreadable
from v2xconform.protocols.ocpp.rpc import Called, OnFailure, OnResult, RpcPeer, Told

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms


def _nothing(*_: Any) -> None:
    """Nobody waits for the outcome."""


@dataclass(slots=True)
class StationSession:
    """One connection; what outlasts it is in ``csms.stations[identity]``."""

    csms: "Csms"
    identity: str
    rpc: RpcPeer
    agenda: Agenda = field(default_factory=Agenda)
    hang_up: str = ""
    """Why the driver has to close the connection, empty while it need not."""
    results: list[tuple[str, Payload, Payload]] = field(default_factory=list)
    """Answered requests of the CSMS: (action, request, response)."""

    @property
    def version(self) -> str:
        """The version that was negotiated."""
        return self.rpc.version

    def call(
        self,
        action: str,
        payload: Payload,
        now: float,
        on_result: OnResult = _nothing,
        on_failure: OnFailure = _nothing,
    ) -> None:
        """Send a request to the station as soon as nothing is outstanding."""

        def answered(answer: Payload, at: float) -> None:
            self.results.append((action, payload, answer))
            self.csms.device_model.learn(self, action, answer)
            self.csms.security.learn(self, action, payload, answer)
            on_result(answer, at)

        for part in self.csms.device_model.parts(self, action, payload):
            self.rpc.call(action, part, now, answered, on_failure)

    def receive(self, heard: Frame | Unreadable, now: float) -> None:
        """Take a frame of the station."""
        called = self.rpc.receive(heard, now)
        if isinstance(called, Told):
            hears = self.csms.listeners.get(called.action)
            if hears is not None:
                hears(self, called.payload, now)
        elif isinstance(called, Called):
            self._answer(called, now)
        self.hang_up = self.hang_up or self.rpc.hang_up

    def _answer(self, called: Called, now: float) -> None:
        handler = self.csms.handlers.get(called.action)
        refusal = self.csms.provisioning.refusal(self, called.action, called.payload)
        if refusal is not None:
            self.rpc.refuse(called, refusal.code, refusal.description)
            return
        if handler is None:
            self.rpc.refuse(called, "NotSupported", f"this CSMS does not support {called.action}")
            return
        if self.rpc.policy.answers_after_s:
            self.agenda.at(now + self.rpc.policy.answers_after_s, lambda at: self._do(called, handler, at))
        else:
            self._do(called, handler, now)

    def _do(self, called: Called, handler: Handler, now: float) -> None:
        try:
            self.rpc.answer(called, handler(self, called.payload, now))
        except Refused as refused:
            self.rpc.refuse(called, refused.code, refused.description)

    def outgoing(self) -> Iterator[Frame]:
        """Yield and forget the frames to send."""
        while self.rpc.outgoing:
            yield self.rpc.outgoing.popleft()

    def timer(self) -> float | None:
        """Return when `fire` has something to do, None for never."""
        return min((one for one in (self.rpc.timer(), self.agenda.timer()) if one is not None), default=None)

    def fire(self, now: float) -> None:
        """Do what is due."""
        self.rpc.fire(now)
        self.agenda.fire(now)

    def dropped(self, now: float) -> None:
        """The connection broke or was closed."""
        self.rpc.lost(now)
        self.csms.closed(self)
