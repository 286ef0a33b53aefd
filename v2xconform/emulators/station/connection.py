"""How a station finds its CSMS and keeps it: network profiles, attempts, back-off, pings (B09, B10; Part 4 5.3)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.protocols.ocpp.handshake import Endpoint, basic, endpoint

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_RETRY: Final = "connection.retry"
_PING: Final = "connection.ping"


@dataclass(frozen=True, slots=True)
class ConnectionPolicy:
    """Duties of the connection."""

    reconnects: bool = True
    backs_off: bool = True
    """Waits longer after each failure, as RetryBackOff… say."""
    boots_on_reconnect: bool = False
    """Sends BootNotification on a plain reconnect, which it should not."""
    offers: tuple[str, ...] = ()
    """Subprotocols that it offers, in place of its version's."""
    deflate: bool = False
    user: str = ""
    """Another user than the identity in Basic authentication."""
    sends_password: bool = True
    identity_in_path: bool = True
    accepts_no_subprotocol: bool = False
    """Goes on when the CSMS names no subprotocol."""


@dataclass(frozen=True, slots=True)
class Dial:
    """A connection attempt that the station wants to be made."""

    endpoint: Endpoint
    identity: str
    subprotocols: tuple[str, ...]
    authorization: str
    """Value of the Authorization header, empty for none."""
    security_profile: int
    deflate: bool = False

    @property
    def target(self) -> str:
        """Return the request target."""
        return self.endpoint.target(self.identity) if self.identity else f"{self.endpoint.path}/"


@dataclass(slots=True)
class NetworkProfile:
    """One configuration slot (NetworkConnectionProfileType)."""

    url: str
    security_profile: int
    message_timeout_s: int = 30
    identity: str = ""
    password: str = ""


@dataclass(slots=True)
class Connection:
    """The way to the CSMS. The driver of the station makes the attempt that `dial` holds and reports what came of it."""

    station: "Station"
    profiles: dict[int, NetworkProfile] = field(default_factory=dict)
    slot: int = 1
    """Configuration slot that is in use."""
    dial: Dial | None = None
    failures: int = 0
    """Failed attempts since the last success."""
    lost_at: float | None = None
    """When the connection was lost, None while there is one or never was."""
    _wait_s: float = 0.0

    def start(self, now: float) -> None:
        """Make the first attempt."""
        self.failures = 0
        self._attempt(now)

    def _attempt(self, now: float) -> None:
        station, policy = self.station, self.station.policy.connection
        profile = self.profiles[self.slot]
        identity = profile.identity or station.identity
        by_password = profile.security_profile in (1, 2) and policy.sends_password
        password = profile.password or station.variables.text("SecurityCtrlr.BasicAuthPassword")
        self.dial = Dial(
            endpoint(profile.url),
            identity if policy.identity_in_path else "",
            policy.offers or (station.version,),
            basic(policy.user or identity, password) if by_password else "",
            profile.security_profile,
            policy.deflate,
        )

    def made(self, now: float) -> None:
        """An attempt succeeded."""
        self.failures, self.dial = 0, None
        self.station.variables.set("SecurityCtrlr.SecurityProfile", self.profiles[self.slot].security_profile, now)
        self.plan_ping(now)

    def failed(self, now: float, status: int = 0) -> None:
        """An attempt failed; `status` is that of HTTP, 0 for none."""
        self.dial = None
        self.failures += 1
        self._retry(now)

    def lost(self, now: float) -> None:
        """The connection broke."""
        self.lost_at = now
        self.station.agenda.cancel(_PING)
        self._retry(now)

    def _retry(self, now: float) -> None:
        if self.station.policy.connection.reconnects and self.station.powered:
            self.station.agenda.at(now + self._next_wait(), self._attempt, _RETRY)

    def _next_wait(self) -> float:
        """Return how long to wait: the minimum plus chance, doubled so many times, then constant (Part 4 5.3)."""
        get = self.station.variables.number
        chance = self.station.chance() * get("OCPPCommCtrlr.RetryBackOffRandomRange")
        times = min(max(0, self.failures - 1), int(get("OCPPCommCtrlr.RetryBackOffRepeatTimes")))
        if self.failures <= 1 or not self.station.policy.connection.backs_off:
            self._wait_s = get("OCPPCommCtrlr.RetryBackOffWaitMinimum") + chance
        elif self.failures - 1 <= times:
            self._wait_s = 2 * self._wait_s + chance
        return self._wait_s

    def plan_ping(self, now: float) -> None:
        """Plan the next ping, as WebSocketPingInterval says; 0 is none."""
        interval = self.station.variables.number("OCPPCommCtrlr.WebSocketPingInterval")
        self.station.agenda.cancel(_PING)
        if interval > 0 and self.station.rpc is not None:
            self.station.agenda.at(now + interval, self._ping, _PING)

    def _ping(self, now: float) -> None:
        self.station.pings += 1
        self.plan_ping(now)

    def stop(self) -> None:
        """Make no further attempt."""
        self.dial = None
        for key in (_RETRY, _PING):
            self.station.agenda.cancel(key)
