"""Charging profiles without I/O: which are installed, which may be, what they allow at an instant, and the schedule they make.

`profiles` keeps them, `checks` says which of them a station refuses, `schedules` looks at one of them at one instant, `composite`
merges them. Stations, CSMSs and monitors use the same functions; instants are wall-clock seconds since 1970.
"""

from v2xconform.protocols.ocpp.charging import operation_modes as operation_modes  # adds its checks to `checks.CHECKS`
