"""How a station finds its CSMS and keeps it: network profiles, attempts, back-off, pings (B09, B10, A05; Part 4 5.3)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Payload, status_info
from v2xconform.emulators.station.device_model import DataType, Variable
from v2xconform.protocols.ocpp.handshake import Endpoint, EndpointError, basic, endpoint

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_RETRY: Final = "connection.retry"
_PING: Final = "connection.ping"
_PRIORITY: Final = "OCPPCommCtrlr.NetworkConfigurationPriority"
_SOON_S: Final = 0.5
"""From the decision to connect anew to its beginning: the response that led to it has gone out by then."""
_BASIC: Final = (1, 2)
"""Security profiles with HTTP Basic authentication."""
_TLS: Final = (2, 3)


@dataclass(frozen=True, slots=True)
class ConnectionPolicy:
    """Duties of the connection."""

    reconnects: bool = True
    backs_off: bool = True
    """Waits longer after each failure, as RetryBackOff… say."""
    wait_factor: float = 1.0
    """Share of the wait after which it tries again."""
    boots_on_reconnect: bool = False
    """Sends BootNotification on a plain reconnect, which it should not."""
    offers: tuple[str, ...] = ()
    """Subprotocols that it offers, in place of its version's."""
    deflate: bool = False
    user: str = ""
    """Another user than the identity in Basic authentication."""
    wrong_password: str = ""
    """Another password than the one that it was given."""
    sends_password: bool = True
    sends_password_always: bool = False
    """Sends the Authorization header in security profile 3 too, where nothing asks for it."""
    identity_in_path: bool = True
    accepts_no_subprotocol: bool = False
    """Goes on when the CSMS names no subprotocol."""
    gives_up_on: tuple[int, ...] = ()
    """HTTP statuses after which it never tries again; 0: no HTTP answer at all."""
    insists_on_deflate: bool = False
    """Does without a connection rather than without compression."""
    accepts_subprotocols: tuple[str, ...] = ()
    """Goes on with these although it has not offered them."""
    checks_slot: bool = True
    """Refuses a configuration slot that it does not have ([B09.FR.05])."""
    checks_url: bool = True
    """Refuses a profile with content that cannot be used ([B09.FR.02])."""
    stores_profiles: bool = True
    stores_identity: bool = True
    """Uses identity and password of a profile (2.1)."""
    refuses_downgrade: bool = True
    """Refuses a profile of lower security than the active one ([B09.FR.04])."""
    checks_priority: bool = True
    """Refuses an order of slots that are not configured ([B10.FR.02])."""
    checks_root: bool = True
    """Refuses an order with a TLS profile while it has no CSMS root ([A05.FR.02])."""
    checks_own_certificate: bool = True
    """Refuses an order with profile 3 while it has no certificate of its own ([A05.FR.03])."""
    follows_priority: bool = True
    """Begins with the first slot of the order after a reboot ([B10.FR.04])."""
    doubles_forever: bool = False
    """Waits longer and longer, whatever RetryBackOffRepeatTimes says."""
    falls_back: bool = True
    """Goes on to the next slot after NetworkProfileConnectionAttempts ([B10.FR.03])."""
    own_attempts: int = 0
    """So many attempts for each slot in place of NetworkProfileConnectionAttempts."""
    boots_after_switch: bool = True
    """Sends BootNotification after it has switched to another slot ([B10.FR.10])."""
    forgets_lower_profiles: bool = True
    """Removes profiles of lower security once a higher one has worked ([A05.FR.06])."""
    reports_profile: bool = True
    """SecurityProfile tells the active one ([A05.FR.06])."""


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
    interface: str = "Wired0"


@dataclass(slots=True)
class Connection:
    """The way to the CSMS. The driver of the station makes the attempt that `dial` holds and reports what came of it."""

    station: "Station"
    profiles: dict[int, NetworkProfile] = field(default_factory=dict)
    slot: int = 1
    """Configuration slot that is in use."""
    dial: Dial | None = None
    failures: int = 0
    """Failed attempts since the last success, with this slot."""
    lost_at: float | None = None
    """When the connection was lost, None while there is one or never was."""
    _wait_s: float = 0.0
    _waits: int = 0
    """How often it has waited since the last connection, with this slot."""
    _tries: int = 0
    _good: int = 0
    """Slot of the last connection, 0 when there was none since power-on."""
    _leaving: bool = False
    """It has closed the connection itself, to make a new one at once."""

    def __post_init__(self) -> None:
        variables = self.station.variables
        if variables.has(_PRIORITY):
            variables.guard(_PRIORITY, self.priority_problem)
            variables.on_change("SecurityCtrlr.BasicAuthPassword", self._new_password)
        self._show_profiles()

    # ---- attempts

    def start(self, now: float) -> None:
        """Make the first attempt after power-on."""
        self.failures = self._tries = self._good = self._waits = 0
        self._leaving = False
        order = self._order()
        if order and self.station.policy.connection.follows_priority:
            self.slot = order[0]
        self._attempt(now)

    def _order(self) -> list[int]:
        """Return the configured slots by NetworkConfigurationPriority."""
        wanted = [int(one) for one in self.station.variables.members(_PRIORITY) if one.isdecimal()]
        return [slot for slot in wanted if slot in self.profiles]

    def _attempt(self, now: float) -> None:
        station, policy = self.station, self.station.policy.connection
        profile = self.profiles[self.slot]
        identity = profile.identity or station.identity
        by_password = profile.security_profile in _BASIC and policy.sends_password
        password = profile.password or station.variables.text("SecurityCtrlr.BasicAuthPassword")
        credentials = basic(policy.user or identity, policy.wrong_password or password)
        self.dial = Dial(
            endpoint(profile.url),
            identity if policy.identity_in_path else "",
            policy.offers or (station.version,),
            credentials if by_password or policy.sends_password_always else "",
            profile.security_profile,
            policy.deflate,
        )

    def made(self, now: float) -> None:
        """An attempt succeeded."""
        policy = self.station.policy.connection
        self.failures, self._tries, self._waits, self.dial = 0, 0, 0, None
        switched, self._good = self._good not in (0, self.slot), self.slot
        if switched and policy.boots_after_switch:
            self.station.provisioning.status, self.station.provisioning.booted = "", False
        if policy.reports_profile:
            self.station.variables.set("SecurityCtrlr.SecurityProfile", self.profiles[self.slot].security_profile, now)
        if self.station.variables.has("OCPPCommCtrlr.ActiveNetworkProfile"):
            self.station.variables.set("OCPPCommCtrlr.ActiveNetworkProfile", self.slot, now)
        if policy.forgets_lower_profiles:
            self._forget_lower(now)
        self.plan_ping(now)

    def _forget_lower(self, now: float) -> None:
        level = self.profiles[self.slot].security_profile
        lower = [slot for slot, profile in self.profiles.items() if profile.security_profile < level]
        for slot in lower:
            del self.profiles[slot]
        if lower:
            order = ",".join(str(slot) for slot in self._order())
            self.station.variables.set(_PRIORITY, order or str(self.slot), now)
            self._show_profiles()

    def failed(self, now: float, status: int = 0) -> None:
        """An attempt failed; `status` is that of HTTP, 0 for none."""
        policy = self.station.policy.connection
        self.dial = None
        self.failures += 1
        self._tries += 1
        limit = policy.own_attempts or self.station.variables.number(
            "OCPPCommCtrlr.NetworkProfileConnectionAttempts", 3
        )
        if self._tries >= limit and policy.falls_back:
            self._next_slot()
        if status not in policy.gives_up_on:
            self._retry(now)

    def _next_slot(self) -> None:
        """Go on with the next slot of the order, behind the last one with the first again ([B10.FR.08])."""
        order = self._order()
        self._tries = 0
        if not order or order == [self.slot]:
            return
        self.slot = order[(order.index(self.slot) + 1) % len(order)] if self.slot in order else order[0]
        self._waits = 0

    def lost(self, now: float) -> None:
        """The connection broke, or the station has left it to come back at once."""
        self.lost_at = now
        self.station.agenda.cancel(_PING)
        self._tries = 0
        if self._leaving:
            self._leaving = False
            self.station.agenda.at(now + _SOON_S, self._attempt, _RETRY)
        else:
            self._retry(now)

    def renew(self, now: float) -> None:
        """Leave the connection and come back: other credentials are to be used."""
        self.station.agenda.at(now + _SOON_S, self._leave, "connection.leave")

    def _leave(self, now: float) -> None:
        if self.station.rpc is not None:
            self._leaving = True
            self.station.hang_up = "new credentials"

    def _retry(self, now: float) -> None:
        if self.station.policy.connection.reconnects and self.station.powered:
            self.station.agenda.at(now + self._next_wait(), self._attempt, _RETRY)

    def _next_wait(self) -> float:
        """Return how long to wait: the minimum plus chance, doubled so many times, then constant (Part 4 5.3)."""
        get = self.station.variables.number
        chance = self.station.chance() * get("OCPPCommCtrlr.RetryBackOffRandomRange")
        times = int(get("OCPPCommCtrlr.RetryBackOffRepeatTimes"))
        if self._waits == 0 or not self.station.policy.connection.backs_off:
            self._wait_s = get("OCPPCommCtrlr.RetryBackOffWaitMinimum") + chance
        elif self._waits <= times or self.station.policy.connection.doubles_forever:
            self._wait_s = 2 * self._wait_s + chance
        self._waits += 1
        return self._wait_s * self.station.policy.connection.wait_factor

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

    # ---- network profiles

    @property
    def level(self) -> int:
        """Return the security profile that is in use."""
        known = self.profiles.get(self.slot)
        return known.security_profile if known is not None else 0

    def set_profile(self, payload: Payload, now: float) -> Payload:
        """Answer SetNetworkProfile (B09)."""
        slot, data, policy = payload["configurationSlot"], payload["connectionData"], self.station.policy.connection
        reason, problem = self._profile_problem(slot, data)
        if problem:
            return {"status": "Rejected", "statusInfo": status_info(reason, problem)}
        if policy.stores_profiles:
            self.profiles[slot] = NetworkProfile(
                data["ocppCsmsUrl"],
                data["securityProfile"],
                data["messageTimeout"],
                data.get("identity", "") if policy.stores_identity else "",
                data.get("basicAuthPassword", "") if policy.stores_identity else "",
                data["ocppInterface"],
            )
            self._show_profiles()
        return {"status": "Accepted"}

    def _profile_problem(self, slot: int, data: Payload) -> tuple[str, str]:
        policy, level = self.station.policy.connection, data["securityProfile"]
        variable = self.station.variables.find(_PRIORITY)
        slots = variable.values if variable is not None else ()
        if policy.checks_slot and str(slot) not in slots:
            return "InvalidConfSlot", f"there is no slot {slot}; there are {', '.join(slots)}"
        if policy.refuses_downgrade and self._lowers(level):
            return "NoSecurityDowngrade", f"security profile {level} is lower than the active {self.level}"
        if policy.checks_url:
            problem = _content_problem(data)
            if problem:
                return "InvalidNetworkConf", problem
        return "", ""

    def _lowers(self, level: int) -> bool:
        """Tell whether a security profile would lower the security in a way that is forbidden ([A00.FR.005])."""
        allowed = self.station.variables.flag("SecurityCtrlr.AllowSecurityProfileDowngrade")
        return level < self.level and not (allowed and (self.level, level) == (3, 2))

    def priority_problem(self, value: str) -> str:
        """Return why NetworkConfigurationPriority cannot take a value, empty when it can ([B10.FR.02], A05)."""
        policy, slots = self.station.policy.connection, [one.strip() for one in value.split(",") if one.strip()]
        if policy.checks_priority:
            if not slots:
                return "the order names no slot"
            missing = [slot for slot in slots if int(slot) not in self.profiles]
            if missing:
                return f"slot {', '.join(missing)} holds no network profile"
        levels = [self.profiles[int(slot)].security_profile for slot in slots if int(slot) in self.profiles]
        if policy.refuses_downgrade and any(self._lowers(level) for level in levels):
            return f"a slot has a lower security profile than the active {self.level}"
        raised = [level for level in levels if level > self.level]
        needs_root = policy.checks_root and any(level in _TLS for level in raised)
        if needs_root and not self.station.certificates.roots("CSMSRootCertificate"):
            return "no CSMSRootCertificate is installed"
        if policy.checks_own_certificate and 3 in raised and not self.station.security.has_certificate:
            return "there is no valid certificate of the station"
        return ""

    def _new_password(self, value: str, now: float) -> None:
        """The CSMS has set BasicAuthPassword: use it for every profile ([B09.FR.27]) and come back with it (A01)."""
        if not self.station.policy.security.uses_new_password:
            return
        for profile in self.profiles.values():
            profile.password = value
        if self.level in _BASIC:
            self.renew(now)

    def _show_profiles(self) -> None:
        """2.1: the component NetworkConfiguration tells every slot ([B09.FR.08], [B09.FR.09])."""
        station = self.station
        if station.version != "ocpp2.1" or station.variables.find(_PRIORITY) is None:
            return
        for slot in ("1", "2", "3"):
            profile = self.profiles.get(int(slot))
            shown = {
                "OcppCsmsUrl": profile.url if profile else "",
                "OcppInterface": profile.interface if profile else "Wired0",
                "OcppTransport": "JSON",
                "OcppVersion": "OCPP21",
                "MessageTimeout": str(profile.message_timeout_s) if profile else "30",
                "SecurityProfile": str(profile.security_profile) if profile else "1",
                "Identity": (profile.identity or station.identity) if profile else "",
                "VpnEnabled": "false",
                "ApnEnabled": "false",
            }
            for name, value in shown.items():
                kind: DataType = "boolean" if name.endswith("Enabled") else "string"
                station.variables.add(
                    Variable("NetworkConfiguration", name, value, kind, "ReadOnly", component_instance=slot)
                )


def _content_problem(data: Payload) -> str:
    """Return what is wrong with a NetworkConnectionProfileType, empty when nothing is ([B09.FR.02])."""
    if data["ocppTransport"] != "JSON":
        return "only JSON is spoken here"
    if not 0 <= data["securityProfile"] <= 3:
        return f"there is no security profile {data['securityProfile']}"
    if data["messageTimeout"] <= 0:
        return f"a message timeout of {data['messageTimeout']} s lets nobody answer"
    try:
        where = endpoint(data["ocppCsmsUrl"])
    except EndpointError as error:
        return str(error)
    if where.secure != (data["securityProfile"] in _TLS):
        return f"{data['ocppCsmsUrl']} does not fit security profile {data['securityProfile']}"
    return ""
