"""Block C at the CSMS: whose token is good."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.csms.block import Handler, Payload

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class AuthorizationPolicy:
    """Duties of block C."""

    accepts_everybody: bool = False


@dataclass(slots=True)
class Authorization:
    """Block C of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {"Authorize": self.authorize}

    def authorize(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer Authorize (C01)."""
        return {"idTokenInfo": self.info(payload["idToken"])}

    def info(self, token: Payload) -> Payload:
        """Return the IdTokenInfo of a token."""
        if self.csms.policy.authorization.accepts_everybody or token["type"] == "NoAuthorization":
            return {"status": "Accepted"}
        for known in self.csms.persona.tokens:
            if known.id.lower() == token["idToken"].lower() and known.type == token["type"]:
                info: Payload = {"status": known.status}
                if known.group:
                    info["groupIdToken"] = {"idToken": known.group, "type": "Central"}
                if known.expires:
                    info["cacheExpiryDateTime"] = known.expires
                if known.language:
                    info["language1"] = known.language
                return info
        return {"status": "Unknown"}
