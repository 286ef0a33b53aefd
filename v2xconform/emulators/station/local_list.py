"""Block D: the Local Authorization List, which only the CSMS changes (D01, D02)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.authorization_cache import Token, has_expired, key_of
from v2xconform.emulators.station.block import Handler, Payload, status_info

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class LocalListPolicy:
    """Duties of block D."""

    replaces: bool = True
    """A full update replaces the list ([D01.FR.15]); else it is added."""
    checks_version: bool = True
    """Refuses an older differential update ([D01.FR.19])."""
    keeps_version: bool = True
    """Takes over versionNumber with each update."""
    changes: bool = True
    """A differential update changes what is known of a token ([D01.FR.16])."""
    counts: bool = True
    """LocalAuthListCtrlr.Entries is the number of tokens."""
    removes: bool = True
    """Takes out tokens that come without idTokenInfo ([D01.FR.17])."""
    survives_reboot: bool = True
    tells_version_when_disabled: bool = False
    """Says its version although the list is disabled ([D02.FR.03])."""
    refuses_twins: bool = True
    """Refuses an update that names a token twice ([D01.FR.06])."""


@dataclass(slots=True)
class LocalList:
    """Block D of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    version: int = 0
    entries: dict[tuple[str, str], Payload] = field(default_factory=dict)
    """Token -> IdTokenInfo."""

    def __post_init__(self) -> None:
        self.handlers = {"SendLocalList": self.send_local_list, "GetLocalListVersion": self.get_version}

    @property
    def enabled(self) -> bool:
        """LocalAuthListCtrlr.Enabled."""
        return self.station.variables.flag("LocalAuthListCtrlr.Enabled")

    def find(self, token: Token) -> Payload | None:
        """Return the IdTokenInfo of a token that is listed; one whose time is over counts as Expired ([C14.FR.05])."""
        info = self.entries.get(key_of(token)) if self.enabled else None
        if info is None:
            return None
        minds = self.station.variables.flag("LocalAuthListCtrlr.SupportsExpiryDateTime")
        return {**info, "status": "Expired"} if minds and has_expired(info, self.station.utc()) else info

    def send_local_list(self, payload: Payload, now: float) -> Payload:
        """Answer SendLocalList (D01)."""
        policy, given = self.station.policy.local_list, payload.get("localAuthorizationList", [])
        if not self.enabled:
            return {"status": "Failed", "statusInfo": status_info("NotEnabled")}
        full = payload["updateType"] == "Full"
        if not full and payload["versionNumber"] <= self.version and policy.checks_version:
            return {"status": "VersionMismatch"}
        named = [key_of(one["idToken"]) for one in given]
        bare = full and any("idTokenInfo" not in one for one in given)
        if (policy.refuses_twins and len(set(named)) < len(named)) or bare:
            return {"status": "Failed", "statusInfo": status_info("InvalidList")}
        if full and policy.replaces:
            self.entries.clear()
        for one in given:
            if "idTokenInfo" in one and not policy.changes:
                self.entries.setdefault(key_of(one["idToken"]), one["idTokenInfo"])
            elif "idTokenInfo" in one:
                self.entries[key_of(one["idToken"])] = one["idTokenInfo"]
            elif policy.removes:
                self.entries.pop(key_of(one["idToken"]), None)
        if policy.keeps_version:
            self.version = payload["versionNumber"]
        self._count(now)
        return {"status": "Accepted"}

    def get_version(self, payload: Payload, now: float) -> Payload:
        """Answer GetLocalListVersion ([D02.FR.01] to [D02.FR.03])."""
        told = self.enabled or self.station.policy.local_list.tells_version_when_disabled
        return {"versionNumber": self.version if told else 0}

    def reset(self, now: float) -> None:
        """Power was lost: the list is kept ([D01.FR.10])."""
        if not self.station.policy.local_list.survives_reboot:
            self.entries.clear()
            self.version = 0
            self._count(now)

    def _count(self, now: float) -> None:
        if (
            self.station.policy.local_list.counts
            and self.station.variables.find("LocalAuthListCtrlr.Entries") is not None
        ):
            self.station.variables.set("LocalAuthListCtrlr.Entries", len(self.entries), now)
