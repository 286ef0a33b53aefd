"""Block H: reservations of EVSEs, of any EVSE, or of a kind of connector (H01 to H04)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from v2xconform.emulators.station.authorization_cache import Token, key_of
from v2xconform.emulators.station.block import Handler, Payload, status_info
from v2xconform.emulators.station.evse import Evse

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class ReservationPolicy:
    """Duties of block H."""

    reports: bool = True
    """Reports the connectors of a reserved EVSE as Reserved ([H01.FR.23])."""
    holds: bool = True
    """Keeps others away from what is reserved ([H03.FR.01])."""
    group_may: bool = True
    """Lets tokens of the reserved group charge ([H03.FR.04])."""
    expires: bool = True
    tells_expiry: bool = True
    """Sends ReservationStatusUpdate when it expires ([H04.FR.01])."""
    tells_removal: bool = True
    """… when the EVSE is lost to it ([H01.FR.16], [H01.FR.17])."""
    ends_when_used: bool = True
    """The reservation is over when its token charges ([H03.FR.09])."""
    cancels: bool = True
    """Gives free what it said to cancel ([H02.FR.02])."""
    replaces: bool = True
    """The same id replaces a reservation ([H01.FR.02])."""
    checks_state: bool = True
    """Refuses what is occupied, reserved or unavailable ([H01.FR.11], [H01.FR.14])."""
    refuses_unknown_id: bool = True
    """CancelReservation of an unknown id is Rejected ([H02.FR.01])."""
    keeps_over_reboot: bool = True
    """Reservations survive a reboot ([B01.FR.13])."""
    heeds_enabled: bool = True
    """Refuses all while ReservationCtrlr.Enabled is false ([H01.FR.01])."""


@dataclass(slots=True)
class Held:
    """One reservation."""

    id: int
    token: Token
    group: Token | None
    evse: Evse | None
    """None: any EVSE (with the connector type)."""
    connector_type: str
    request: Payload

    def fits(self, evse: Evse) -> bool:
        """Tell whether the EVSE could serve it."""
        if self.evse is not None:
            return evse is self.evse
        return not self.connector_type or any(one.type == self.connector_type for one in evse.connectors)

    def is_for(self, token: Token, group: Token | None) -> bool:
        """Tell whether a token, or its group, is the one that it was made for."""
        if key_of(token) == key_of(self.token):
            return True
        return self.group is not None and group is not None and key_of(group) == key_of(self.group)


@dataclass(slots=True)
class Reservation:
    """Block H of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {"ReserveNow": self.reserve_now, "CancelReservation": self.cancel_reservation}
        for evse in self.station.evses:
            for connector in evse.connectors:
                changed = lambda state, now, evse=evse: self._state_changed(evse, state, now)  # noqa: E731
                place = {"evse": evse.id, "connector": connector.id}
                self.station.variables.on_change("Connector.AvailabilityState", changed, **place)

    # ---- what the CSMS asks

    def reserve_now(self, payload: Payload, now: float) -> Payload:
        """Answer ReserveNow (H01)."""
        flag, policy = self.station.variables.flag, self.station.policy.reservation
        number = payload.get("evseId")
        if policy.heeds_enabled and not flag("ReservationCtrlr.Enabled"):
            return {"status": "Rejected", "statusInfo": status_info("NotEnabled")}
        if number is None and not flag("ReservationCtrlr.NonEvseSpecific"):
            return {"status": "Rejected", "statusInfo": status_info("UnspecifiedEvse")}  # [H01.FR.19]
        evse = self.station.evse(number) if number is not None else None
        if number is not None and evse is None:
            return {"status": "Rejected", "statusInfo": status_info("UnknownEvse")}
        made = Held(
            payload["id"],
            payload["idToken"],
            payload.get("groupIdToken"),
            evse,
            payload.get("connectorType", ""),
            payload,
        )
        status = self._status(made)
        if status == "Accepted":
            self.held[made.id] = made
            self._plan_expiry(made, now)
            self.station.agenda.at(now, self._arrange)
        return {"status": status}

    def _status(self, made: Held) -> str:
        """Return the ReserveNowStatus ([H01.FR.03] to [H01.FR.14])."""
        targets = [one for one in self.station.evses if made.fits(one)]
        if not targets:
            return "Rejected"
        if not self.station.policy.reservation.checks_state:
            return "Accepted"
        states = [self._state_without(one, made.id) for one in targets]
        free = states.count("Available")
        others = [one for one in self.held.values() if one.id != made.id and one.evse is None]
        if made.evse is None:
            free -= sum(1 for one in others if one.connector_type in ("", made.connector_type))
        if free > 0:
            return "Accepted"
        occupied = any(one in ("Occupied", "Reserved", "Available") for one in states)
        return "Occupied" if occupied else "Faulted" if "Faulted" in states else "Unavailable"

    def _state_without(self, evse: Evse, number: int) -> str:
        """Return the state of an EVSE as if the reservation `number` did not exist: the new one replaces it."""
        if self.station.transactions.holder(evse) is not None or self.station.transactions.at(evse) is not None:
            return "Occupied"
        held, evse.reserved_for = evse.reserved_for, None
        states = [self.station.availability.state(evse, one) for one in evse.connectors]
        evse.reserved_for = held
        mine = held is not None and held["id"] == number and self.station.policy.reservation.replaces
        if "Occupied" not in states and held is not None and not mine:
            return "Reserved"
        return next((one for one in ("Occupied", "Available", "Faulted") if one in states), "Unavailable")

    def cancel_reservation(self, payload: Payload, now: float) -> Payload:
        """Answer CancelReservation (H02)."""
        policy, number = self.station.policy.reservation, payload["reservationId"]
        if number not in self.held:
            return {"status": "Rejected" if policy.refuses_unknown_id else "Accepted"}
        if policy.cancels:
            self._forget(self.held[number])
            self.station.agenda.at(now, self._arrange)
        return {"status": "Accepted"}

    # ---- use

    def allows(self, evse: Evse, token: Token, group: Token | None) -> bool:
        """Tell whether a token may charge at an EVSE as far as reservations go ([H03.FR.01] to [H03.FR.06])."""
        policy = self.station.policy.reservation
        if not policy.holds or self._mine(evse, token, group) is not None:
            return True
        return evse.reserved_for is None

    def _mine(self, evse: Evse, token: Token, group: Token | None) -> Held | None:
        group = group if self.station.policy.reservation.group_may else None
        fitting = [one for one in self.held.values() if one.fits(evse) and one.is_for(token, group)]
        return min(fitting, key=lambda one: one.evse is None, default=None)

    def use(self, evse: Evse, token: Token, group: Token | None, now: float) -> int | None:
        """Return the id of the reservation that an authorization uses up, None for none ([H03.FR.09], [H03.FR.10])."""
        mine = self._mine(evse, token, group)
        if mine is None:
            return None
        if self.station.policy.reservation.ends_when_used:
            self._forget(mine)
            self._arrange(now)
        return mine.id

    # ---- ends

    def _plan_expiry(self, made: Held, now: float) -> None:
        instant = datetime.fromisoformat(made.request["expiryDateTime"].replace("Z", "+00:00")).timestamp()
        due = lambda at: self._expired(made, at)  # noqa: E731 - a name for what is due
        if self.station.policy.reservation.expires:
            self.station.agenda.at(now + max(0.0, instant - self.station.utc()), due, f"reservation.{made.id}")

    def _expired(self, made: Held, now: float) -> None:
        """Its time is over ([H04.FR.01] to [H04.FR.03])."""
        self._forget(made)
        self._arrange(now)
        if self.station.policy.reservation.tells_expiry:
            self._update(made, "Expired", now)

    def _state_changed(self, evse: Evse, state: str, now: float) -> None:
        """An EVSE that fails or is taken out of service keeps no reservation ([H01.FR.16], [H01.FR.17])."""
        if state not in ("Faulted", "Unavailable"):
            return
        for made in [one for one in self.held.values() if one.evse is evse]:
            self._forget(made)
            evse.reserved_for = None
            if self.station.policy.reservation.tells_removal:
                due = lambda at, made=made: self._update(made, "Removed", at)  # noqa: E731 - after the state is told
                self.station.agenda.at(now, due)

    def _update(self, made: Held, status: str, now: float) -> None:
        self.station.call("ReservationStatusUpdate", {"reservationId": made.id, "reservationUpdateStatus": status}, now)

    def _forget(self, made: Held) -> None:
        self.held.pop(made.id, None)
        self.station.agenda.cancel(f"reservation.{made.id}")

    def reset(self, now: float) -> None:
        """Power was lost: reservations are kept ([B01.FR.13]); their ends are planned anew."""
        for made in list(self.held.values()):
            if self.station.policy.reservation.keeps_over_reboot:
                self._plan_expiry(made, now)
            else:
                self._forget(made)
        self._arrange(now)

    # ---- which EVSEs are reserved

    def _arrange(self, now: float) -> None:
        """Hold the EVSEs that reservations need, and report what has changed ([H01.FR.20], [H01.FR.23], [H01.FR.24])."""
        wanted: dict[int, Payload] = {}
        for made in self.held.values():
            if made.evse is not None:
                wanted[made.evse.id] = made.request
        loose = [made for made in self.held.values() if made.evse is None]
        for kind in {made.connector_type for made in loose}:
            those = [made for made in loose if made.connector_type == kind]
            free = [
                one for one in self.station.evses if those[0].fits(one) and one.id not in wanted and self._free(one)
            ]
            if len(free) <= len(those):
                wanted.update({evse.id: made.request for evse, made in zip(free, those, strict=False)})
        for evse in self.station.evses:
            evse.reserved_for = wanted.get(evse.id)
        if self.station.policy.reservation.reports:
            self.station.availability.report_changes(now)

    def _free(self, evse: Evse) -> bool:
        return not evse.plugged and self.station.transactions.holder(evse) is None and evse.operative
