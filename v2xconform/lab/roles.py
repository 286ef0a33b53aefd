"""The roles that parties play in protocols, and what belongs to each: its peer, its family, the actor whose face it is."""

from typing import Final, Literal, get_args

Role = Literal["secc", "evcc", "station", "csms"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
Family = Literal["v2g", "ocpp"]
"""Protocols between the same two roles: ISO 15118 and DIN 70121 on the cable, OCPP behind the charger."""

PEER: Final[dict[Role, Role]] = {"secc": "evcc", "evcc": "secc", "station": "csms", "csms": "station"}
"""Role -> the role at the other end of its links."""
FAMILY: Final[dict[Role, Family]] = {"secc": "v2g", "evcc": "v2g", "station": "ocpp", "csms": "ocpp"}
PARTY: Final[dict[Role, str]] = {"secc": "charger", "evcc": "vehicle", "station": "station", "csms": "CSMS"}
"""What to call a role in a sentence."""
_ACTOR: Final[dict[Role, str]] = {"secc": "charger", "station": "charger", "evcc": "ev", "csms": "csms"}


def roles_of(family: Family) -> tuple[Role, ...]:
    """Return the two roles of a family."""
    return tuple(role for role in ROLES if FAMILY[role] == family)


def face(role: Role, family: Family) -> Role | None:
    """Return the role that the actor behind `role` plays in a family: a charger is station and secc. None: no role."""
    return next((one for one in roles_of(family) if _ACTOR[one] == _ACTOR[role]), None)
