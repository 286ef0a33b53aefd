"""The Authorization Cache: what the CSMS has said of tokens, as long as it counts (C10 to C12)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Payload

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

Token = Payload
"""IdTokenType."""
_NEVER_CACHED: Final = ("NoAuthorization", "Central")
"""[C02.FR.03], [C03.FR.02]."""
_MOST: Final = 100
"""Entries; the one that was used longest ago makes room ([C10.FR.07])."""


def key_of(token: Token) -> tuple[str, str]:
    """Return what two IdTokens have in common when they are the same; identifiers are case-insensitive."""
    return str(token["idToken"]).lower(), str(token["type"])


def has_expired(info: Payload, utc: float) -> bool:
    """Tell whether the cacheExpiryDateTime of an IdTokenInfo has passed."""
    text = info.get("cacheExpiryDateTime", "")
    return bool(text) and datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() <= utc


@dataclass(slots=True)
class AuthorizationCache:
    """The cache of one station; it outlives reboots ([C10.FR.02])."""

    station: "Station"
    entries: dict[tuple[str, str], tuple[Payload, float]] = field(default_factory=dict)
    """Token -> (IdTokenInfo, seconds since 1970 at which it was used last); the oldest first."""

    @property
    def enabled(self) -> bool:
        """AuthCacheCtrlr.Enabled; false as well where the station has no cache."""
        return self.station.variables.flag("AuthCacheCtrlr.Enabled")

    def find(self, token: Token) -> Payload | None:
        """Return what is known of a token, None when nothing is or it counts no more ([C10.FR.08], [C10.FR.10], [C10.FR.13])."""
        if not self.enabled or key_of(token) not in self.entries:
            return None
        info, used = self.entries[key_of(token)]
        utc, policy = self.station.utc(), self.station.policy.authorization
        life = self.station.variables.number("AuthCacheCtrlr.LifeTime")
        old = has_expired(info, utc) or ("cacheExpiryDateTime" not in info and 0 < life <= utc - used)
        if old and policy.cache_expires:
            del self.entries[key_of(token)]
            return None
        return info

    def learn(self, token: Token, info: Payload) -> None:
        """Take over what the CSMS says ([C10.FR.01], [C10.FR.04], [C10.FR.05]); tariffs are not kept ([C10.FR.09])."""
        if not self.enabled or token["type"] in _NEVER_CACHED:
            return
        self.entries.pop(key_of(token), None)
        kept = {name: value for name, value in info.items() if name not in ("personalMessage", "tariff")}
        self.entries[key_of(token)] = kept, self.station.utc()
        if len(self.entries) > _MOST:
            del self.entries[next(iter(self.entries))]

    def use(self, token: Token) -> None:
        """Note down that a token has been used."""
        found = self.entries.pop(key_of(token), None)
        if found is not None:
            self.entries[key_of(token)] = found[0], self.station.utc()

    def clear(self) -> None:
        """Forget all."""
        self.entries.clear()
