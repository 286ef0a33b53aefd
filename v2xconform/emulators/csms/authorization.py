"""Block C at the CSMS: whose token is good, and to which group it belongs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.csms.block import Handler, Payload

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession

_PIXIT: Final = {
    "valid_token": "Accepted", "invalid_token": "Invalid", "blocked_token": "Blocked", "expired_token": "Expired",
    "group_token": "Accepted", "same_group_token": "Accepted", "master_token": "Accepted",
}  # fmt: skip
"""PIXIT -> status of that token."""
_GROUPS: Final = {"group_token": "group_id", "same_group_token": "group_id", "master_token": "master_group_id"}
"""PIXIT of a token -> PIXIT of its group."""


@dataclass(frozen=True, slots=True)
class AuthorizationPolicy:
    """Duties of block C."""

    accepts_everybody: bool = False
    accepts_statuses: tuple[str, ...] = ()
    """Accepts tokens that it knows with these statuses."""
    names_groups: bool = True
    """groupIdToken in AuthorizeResponse ([C01.FR.06], [C09.FR.09])."""
    accepts_buttons: bool = True
    """Accepts the type NoAuthorization ([C02.FR.02])."""
    minds_case: bool = False
    """Takes aabb and AABB for two tokens, although identifiers are case-insensitive."""
    unknown_status: str = "Unknown"
    """Status of tokens that it does not know: Unknown, Invalid."""
    language: str = ""
    """language1 of every answer."""
    second_language: str = ""
    tells_tariffs: bool = True
    """2.1: the tariff of a driver who has one ([I08.FR.01])."""
    expires_prepaid: bool = True
    """What it says of a prepaid token is good for now alone ([C17.FR.01])."""


@dataclass(slots=True)
class Authorization:
    """Block C of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)
    said: dict[tuple[str, str], Payload] = field(default_factory=dict)
    """Token (in lower case) and type -> IdTokenInfo that counts before what the persona says."""

    def __post_init__(self) -> None:
        self.handlers = {"Authorize": self.authorize}

    def know(self, token: Payload, status: str, group: str = "") -> None:
        """Take a token for one of this status from now on."""
        info: Payload = {"status": status}
        if group:
            info["groupIdToken"] = {"idToken": group, "type": "Central"}
        self.said[str(token["idToken"]).lower(), str(token["type"])] = info

    def know_pixit(self, pixit: Mapping[str, Any]) -> None:
        """Know the tokens of a lab by the PIXIT of its profile: they may be cards that exist."""
        for name, status in _PIXIT.items():
            if name in pixit:
                group = str(pixit.get(_GROUPS.get(name, ""), ""))
                self.know({"idToken": pixit[name], "type": pixit[f"{name}_type"]}, status, group)

    def authorize(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer Authorize (C01)."""
        info = self.info(payload["idToken"])
        if not self.csms.policy.authorization.names_groups:
            info.pop("groupIdToken", None)
        certificate, info["status"] = self.csms.certificates.judged(payload, info["status"])
        judged: Payload = {"certificateStatus": certificate} if certificate else {}
        if (
            session.version == "ocpp2.1"
            and info["status"] == "Accepted"
            and self.csms.policy.authorization.tells_tariffs
        ):
            judged |= self._tariff(payload["idToken"])
        return {"idTokenInfo": info} | judged | self.csms.v2x.permission(session, payload)

    def info(self, token: Payload) -> Payload:
        """Return the IdTokenInfo of a token."""
        policy = self.csms.policy.authorization
        info = self._known(token)
        if policy.accepts_everybody or info["status"] in policy.accepts_statuses:
            info["status"] = "Accepted"
        if policy.language:
            info["language1"] = policy.language
        if policy.second_language:
            info["language2"] = policy.second_language
        return info

    def limits(self, token: Payload) -> dict[str, float]:
        """Return the limits of the transactions of a token (2.1)."""
        known = (one for one in self.csms.persona.tokens if one.id.lower() == str(token["idToken"]).lower())
        return next((dict(one.limits) for one in known if one.type == token["type"]), {})

    def _tariff(self, token: Payload) -> Payload:
        """Return the tariff of a driver who has one ([I08.FR.01])."""
        known = (one for one in self.csms.persona.tokens if one.id.lower() == str(token["idToken"]).lower())
        return next(({"tariff": dict(one.tariff)} for one in known if one.type == token["type"] and one.tariff), {})

    def _known(self, token: Payload) -> Payload:
        policy = self.csms.policy.authorization
        if token["type"] == "NoAuthorization":
            return {"status": "Accepted" if policy.accepts_buttons else "Invalid"}  # [C02.FR.02]
        identifier = str(token["idToken"])
        said = self.said.get((identifier.lower(), str(token["type"])))
        if said is not None:
            return dict(said)
        for known in self.csms.persona.tokens:
            same = known.id == identifier if policy.minds_case else known.id.lower() == identifier.lower()
            if same and known.type == token["type"]:
                info: Payload = {"status": known.status}
                if known.group:
                    info["groupIdToken"] = {"idToken": known.group, "type": "Central"}
                if known.expires:
                    info["cacheExpiryDateTime"] = known.expires
                if known.prepaid and policy.expires_prepaid:
                    info["cacheExpiryDateTime"] = self.csms.timestamp()  # [C17.FR.01], [C17.FR.02]
                if known.language:
                    info["language1"] = known.language
                return info
        return {"status": policy.unknown_status}
