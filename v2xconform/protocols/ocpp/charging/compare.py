"""Whether a profile is reported as it was set: instants may be written otherwise, numbers too, and fields may be added."""

from typing import Any, Final

from v2xconform.protocols.ocpp.charging.profiles import seconds_of

_TIMES: Final = frozenset({"validFrom", "validTo", "startSchedule", "timeAnchor"})
_OWN: Final = frozenset({"dynUpdateTime", "customData", "transactionId"})
"""Fields that the station keeps itself."""
_DEFAULTS: Final[dict[str, Any]] = {
    "operationMode": "ChargingOnly", "invalidAfterOfflineDuration": False, "useLocalTime": False, "randomizedDelay": 0,
    "numberPhases": 3, "evseSleep": False, "preconditioningRequest": False,
}  # fmt: skip
"""Values that may be left out."""


def difference(was_set: Any, shown: Any, path: str = "") -> str:
    """Return the first field that is reported otherwise than it was set, empty where there is none."""
    if isinstance(was_set, dict) and isinstance(shown, dict):
        for key, value in was_set.items():
            where = f"{path}.{key}" if path else key
            if key not in shown:
                if key in _OWN or _DEFAULTS.get(key, _OWN) == value:
                    continue
                return f"{where} is left out, it was set to {value!r}"
            if key in _OWN and key != "transactionId":
                continue
            found = _times(value, shown[key], where) if key in _TIMES else difference(value, shown[key], where)
            if found:
                return found
        return ""
    if isinstance(was_set, list) and isinstance(shown, list):
        if len(was_set) != len(shown):
            return f"{path} has {len(shown)} entries, {len(was_set)} were set"
        return next(
            (
                d
                for n, (one, other) in enumerate(zip(was_set, shown, strict=True))
                if (d := difference(one, other, f"{path}.{n}"))
            ),
            "",
        )
    if (
        isinstance(was_set, bool)
        or isinstance(shown, bool)
        or not isinstance(was_set, int | float)
        or not isinstance(shown, int | float)
    ):
        return "" if was_set == shown else f"{path} is {shown!r}, it was set to {was_set!r}"
    return "" if abs(was_set - shown) < 0.05 else f"{path} is {shown!r}, it was set to {was_set!r}"


def _times(was_set: str, shown: Any, path: str) -> str:
    try:
        same = isinstance(shown, str) and abs(seconds_of(was_set) - seconds_of(shown)) < 1.0
    except ValueError:
        same = False
    return "" if same else f"{path} is {shown!r}, it was set to {was_set!r}"
