"""Block F: what the CSMS does from afar: start, stop, unlock, trigger (F01 to F06)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler, Payload, Triggered, status_info
from v2xconform.emulators.station.evse import Connector, Evse

if TYPE_CHECKING:
    from v2xconform.emulators.station.authorization import Token
    from v2xconform.emulators.station.station import Station


@dataclass(frozen=True, slots=True)
class RemoteControlPolicy:
    """Duties of block F."""

    does_what_it_accepts: bool = True
    """Starts what it has accepted to start."""
    stops_what_it_accepts: bool = True
    sends_what_it_accepts: bool = True
    """Sends the messages that TriggerMessage has asked for ([F06.FR.10])."""
    sends_before_answering: bool = False
    """Sends them before the response ([F06.FR.04])."""
    needs_evse: bool = False
    """Rejects RequestStartTransaction without evseId, as it may ([F01.FR.07])."""
    refuses_occupied: bool = True
    """Rejects a start where somebody is authorized already ([F01.FR.24])."""
    refuses_reserved: bool = True
    refuses_unavailable: bool = True
    refuses_wrong_profile: bool = True
    """Rejects a start with a charging profile that cannot be ([F01.FR.26])."""
    asks_when_configured: bool = True
    """AuthorizeRemoteStart: asks about the token of a remote start ([F01.FR.01])."""
    always_asks: bool = False
    """Asks about it although AuthorizeRemoteStart is false ([F01.FR.02])."""
    uses_its_token: bool = True
    """Starts with the token of the request ([F01.FR.04])."""
    names_transaction: bool = True
    """Says in RequestStartTransactionResponse which transaction runs already ([F01.FR.13])."""
    stops_anything: bool = False
    """Accepts to stop a transaction that it does not have ([F03.FR.08])."""
    ignores_useless_profile: bool = True
    """Without smart charging it starts all the same ([F01.FR.12])."""
    unknown_trigger: str = "NotImplemented"
    """Status for a message that it has not implemented ([F06.FR.08])."""
    unlock_status: str = ""
    """Answers UnlockConnector with this status instead of the right one."""
    lock_fails: bool = False
    """The lock does not open."""


@dataclass(slots=True)
class RemoteControl:
    """Block F of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {
            "RequestStartTransaction": self.request_start,
            "RequestStopTransaction": self.request_stop,
            "UnlockConnector": self.unlock_connector,
            "TriggerMessage": self.trigger_message,
        }

    # ---- start

    def request_start(self, payload: Payload, now: float) -> Payload:
        """Answer RequestStartTransaction (F01, F02)."""
        evse = self._place(payload)
        problem = self._problem(payload, evse)
        if problem or evse is None:
            return {"status": "Rejected", "statusInfo": status_info(problem or "NoEvse")}
        place = evse
        if self.station.policy.remote_control.does_what_it_accepts:
            self.station.agenda.at(now, lambda at: self._start(place, payload, at))
        running = self.station.transactions.at(evse)
        named = running is not None and self.station.policy.remote_control.names_transaction
        return {"status": "Accepted", **({"transactionId": running.id} if running is not None and named else {})}

    def _place(self, payload: Payload) -> Evse | None:
        """Return the EVSE to start at; without evseId the station chooses one ([F01.FR.20])."""
        number = payload.get("evseId")
        if number is not None:
            return self.station.evse(number)
        if self.station.policy.remote_control.needs_evse:
            return None
        free = [one for one in self.station.evses if not self._hindrance(payload, one)]
        return min(free, key=lambda one: not one.plugged, default=None)

    def _problem(self, payload: Payload, evse: Evse | None) -> str:
        """Return the reason code with which a start is rejected, empty when it is not."""
        if not self.station.provisioning.accepted:
            return "CSNotAccepted"
        if evse is None:
            return "UnknownEvse" if "evseId" in payload else "UnspecifiedEvse"
        hindrance = self._hindrance(payload, evse)
        profile = payload.get("chargingProfile")
        if not hindrance and profile is not None and self.station.policy.remote_control.refuses_wrong_profile:
            hindrance = self._profile_problem(profile)
        return hindrance

    def _hindrance(self, payload: Payload, evse: Evse) -> str:
        policy = self.station.policy.remote_control
        states = [self.station.availability.state(evse, one) for one in evse.connectors]
        if policy.refuses_unavailable and all(one in ("Unavailable", "Faulted") for one in states):
            return "EvseUnavailable"  # [F01.FR.23]
        if policy.refuses_occupied and self.station.transactions.holder(evse) is not None:
            return "TxInProgress"  # [F01.FR.24]
        group = payload.get("groupIdToken")
        if policy.refuses_reserved and not self.station.reservation.allows(evse, payload["idToken"], group):
            return "EvseReserved"  # [F01.FR.21], [F01.FR.22]
        return ""

    def _profile_problem(self, profile: Payload) -> str:
        """Return why the charging profile of a remote start cannot be used ([F01.FR.09], [F01.FR.11], [F01.FR.26])."""
        smart_charging = self.station.smart_charging
        if not smart_charging.enabled:
            return "" if self.station.policy.remote_control.ignores_useless_profile else "UnsupportedRequest"
        if profile["chargingProfilePurpose"] != "TxProfile" or "transactionId" in profile:
            return "InvalidProfile"
        problem = smart_charging.may_start_with(profile)
        return problem.reason if problem is not None else ""

    def _start(self, evse: Evse, payload: Payload, now: float) -> None:
        token: Token = payload["idToken"]
        policy, number = self.station.policy.remote_control, payload["remoteStartId"]
        self.station.smart_charging.start_with(evse, payload.get("chargingProfile"))
        if not policy.uses_its_token:
            token = {"idToken": "REMOTE", "type": "Central"}
        asks = self.station.variables.flag("AuthCtrlr.AuthorizeRemoteStart") and policy.asks_when_configured
        central = token["type"] == "Central" and not self.station.policy.authorization.asks_central  # [C05.FR.01]
        if (asks or policy.always_asks) and not central and token["type"] != "NoAuthorization":
            self.station.authorization.ask(token, evse, now, number)
            return
        group = payload.get("groupIdToken")
        self.station.transactions.authorize(evse, token, now, group=group, remote_start_id=number)

    # ---- stop

    def request_stop(self, payload: Payload, now: float) -> Payload:
        """Answer RequestStopTransaction (F03)."""
        policy, found = self.station.policy.remote_control, self.station.transactions.find(payload["transactionId"])
        if found is None:
            if policy.stops_anything:
                return {"status": "Accepted"}
            return {"status": "Rejected", "statusInfo": status_info("TxNotFound")}
        if policy.stops_what_it_accepts:
            self.station.agenda.at(now, lambda at: self.station.transactions.stop_remotely(found.evse, at))
        return {"status": "Accepted"}

    # ---- unlock

    def unlock_connector(self, payload: Payload, now: float) -> Payload:
        """Answer UnlockConnector (F05)."""
        policy, evse = self.station.policy.remote_control, self.station.evse(payload["evseId"])
        connector = self._connector(evse, payload["connectorId"])
        if policy.unlock_status:
            return {"status": policy.unlock_status}
        if evse is None or connector is None:
            return {"status": "UnknownConnector"}
        if evse.connector is connector and self.station.transactions.holder(evse) is not None:
            return {"status": "OngoingAuthorizedTransaction"}  # [F05.FR.02]
        if policy.lock_fails:
            return {"status": "UnlockFailed"}
        connector.locked = False
        return {"status": "Unlocked"}

    def _connector(self, evse: Evse | None, number: int) -> Connector | None:
        if evse is None:
            return None
        return next((one for one in evse.connectors if one.id == number), None)

    # ---- trigger

    def trigger_message(self, payload: Payload, now: float) -> Payload:
        """Answer TriggerMessage (F06): ask every block for the message; see `block.Triggered`."""
        policy = self.station.policy.remote_control
        how = self._triggered(payload, now)
        if how is None:
            return {"status": policy.unknown_trigger}
        if isinstance(how, str):
            return {"status": how}
        if policy.sends_before_answering:
            how(now)
        elif policy.sends_what_it_accepts:
            self.station.agenda.at(now, how)
        return {"status": "Accepted"}

    def _triggered(self, payload: Payload, now: float) -> Triggered:
        for block in self.station.blocks:
            offer = getattr(block, "trigger", None)
            found: Triggered = offer(payload, now) if offer is not None else None
            if found is not None:
                return found
        return None
