"""Local time of a station: the offset that ClockCtrlr.TimeOffset or ClockCtrlr.TimeZone gives it."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from v2xconform.emulators.station.device_model import DeviceModel

_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


def local_offset(variables: DeviceModel, utc: float) -> float:
    """Return how many seconds local time is ahead of UTC at an instant: by TimeOffset, else by TimeZone."""
    found = _OFFSET.fullmatch(variables.text("ClockCtrlr.TimeOffset"))
    fixed = 0.0
    if found is not None:
        fixed = (int(found[2]) * 3600 + int(found[3]) * 60) * (-1 if found[1] == "-" else 1)
    zone = variables.text("ClockCtrlr.TimeZone")
    if fixed or not zone:
        return float(fixed)
    try:
        shift = datetime.fromtimestamp(utc, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return 0.0
    return shift.total_seconds() if shift is not None else 0.0
