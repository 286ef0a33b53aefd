"""Block E: transactions. What drivers and the world do at an EVSE, and when a transaction starts and stops.

The points at which transactions start and stop are in `transaction_points`, the content of events in `transaction_events`, the
queue that survives being offline in `transaction_queue`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.block import Handler, Payload, Triggered
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.transaction_events import Bay, Happening, Transaction, charging_state, event
from v2xconform.emulators.station.transaction_points import reached
from v2xconform.emulators.station.transaction_queue import EventQueue

if TYPE_CHECKING:
    from v2xconform.emulators.station.authorization import Token
    from v2xconform.emulators.station.station import Station

__all__ = ["Bay", "Transaction", "Transactions"]
OnTransaction = Callable[[Transaction, float], None]
_NO_AUTHORIZATION: Payload = {"idToken": "", "type": "NoAuthorization"}


@dataclass(slots=True)
class Transactions:
    """Block E of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    bays: list[Bay] = field(default_factory=list)
    queue: EventQueue = field(init=False)
    on_started: list[OnTransaction] = field(default_factory=list)
    """Hear of each new transaction, after its first event was made."""
    on_ended: list[OnTransaction] = field(default_factory=list)
    """Hear of each end, after the last event was made."""
    on_moved: list[Callable[[Evse, float], None]] = field(default_factory=list)
    """Hear of everything that changes at an EVSE: cables, tokens, energy."""
    _made: int = 0

    def __post_init__(self) -> None:
        self.bays = [Bay(evse) for evse in self.station.evses]
        self.queue = EventQueue(self.station, self._answered)
        self.handlers = {"GetTransactionStatus": self.get_transaction_status}

    # ---- what drivers and the world do

    def park(self, evse: Evse, now: float) -> None:
        """An EV drives into the parking bay."""
        evse.parked = True
        self.moved(evse, "EVDetected", now)

    def unpark(self, evse: Evse, now: float) -> None:
        """It leaves the parking bay."""
        evse.parked = False
        self.moved(evse, "EVDeparted", now, stopped="Local")

    def plug_in(self, evse: Evse, now: float, connector: int = 1, *, ready: bool = True) -> None:
        """A driver connects EV and EVSE; the EV may not be `ready` to take energy."""
        evse.meter(now)
        evse.connector = evse.connectors[connector - 1]
        evse.connector.locked = True
        evse.ev = self.station.persona.ev
        evse.soc, evse.ev_ready = evse.ev.soc, ready
        self.station.availability.report(evse, evse.connector, now)
        self.station.agenda.cancel(f"transactions.plug.{evse.id}")
        self.moved(evse, "CablePluggedIn", now)
        if self._bay(evse).token is None and not self.station.variables.flag("AuthCtrlr.Enabled", True):
            self.authorize(evse, dict(_NO_AUTHORIZATION), now)

    def unplug(self, evse: Evse, now: float) -> None:
        """The EV is disconnected."""
        evse.meter(now)
        connector, evse.connector = evse.connector, None
        evse.ev = None
        bay = self._bay(evse)
        ends = self.station.variables.flag("TxCtrlr.StopTxOnEVSideDisconnect", True)
        if ends and self.station.policy.transactions.obeys_disconnect:
            bay.token = bay.group = None
        self.moved(evse, "EVCommunicationLost", now, stopped="EVDisconnected")
        policy = self.station.policy.transactions
        goes_on = bay.transaction is not None and bay.token is not None
        if goes_on and policy.fixed_cable and not policy.waits_for_reconnection:
            self._wait_for_ev(evse, now)
        if connector is not None:
            connector.locked = False
            self.station.availability.report(evse, connector, now)

    def ev_pauses(self, evse: Evse, now: float, *, ready: bool = False) -> None:
        """The EV stops taking energy, or goes on (`ready`)."""
        evse.meter(now)
        evse.ev_ready = ready
        self.moved(evse, "ChargingStateChanged", now, stopped="StoppedByEV")

    def ev_resumes(self, evse: Evse, now: float) -> None:
        """The EV takes energy again."""
        self.ev_pauses(evse, now, ready=True)

    def energy_flows(self, evse: Evse, now: float) -> None:
        """Station and EV have agreed on a schedule: energy flows as far as everything else lets it."""
        bay = self._bay(evse)
        self._flow(bay, now)
        self._follow(bay, now)

    # ---- authorization

    def authorize(
        self,
        evse: Evse,
        token: "Token",
        now: float,
        *,
        group: Payload | None = None,
        remote_start_id: int | None = None,
    ) -> None:
        """Somebody may charge at an EVSE."""
        bay = self._bay(evse)
        if self.station.policy.transactions.one_at_a_time and any(one.evse is not evse for one in self.running):
            return
        bay.token, bay.group, bay.token_told = token, group, False
        if remote_start_id is not None or not self.station.policy.transactions.keeps_remote_id:
            bay.remote_start_id = remote_start_id
        bay.reservation_id = self.station.reservation.use(evse, token, group, now)
        if bay.transaction is not None:
            bay.transaction.suspended = False
        if not evse.plugged:
            self._wait_for_ev(evse, now)
        self.moved(evse, "Authorized" if remote_start_id is None else "RemoteStart", now)

    def _wait_for_ev(self, evse: Evse, now: float) -> None:
        timeout = self.station.variables.number("TxCtrlr.EVConnectionTimeOut", 60)
        if timeout > 0 and self.station.policy.transactions.ends_authorization_on_timeout:
            due = lambda at: self._nobody_came(evse, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now + timeout, due, f"transactions.plug.{evse.id}")

    def _nobody_came(self, evse: Evse, now: float) -> None:
        """EVConnectionTimeOut is over: the authorization ends ([E03.FR.05], [E03.FR.15], [F02.FR.07])."""
        bay = self._bay(evse)
        bay.token = bay.group = None
        if not self.station.policy.transactions.keeps_remote_id:
            bay.remote_start_id = None
        self.moved(evse, "EVConnectTimeout", now, stopped="Timeout")

    def stop_authorized(
        self, evse: Evse, now: float, token: "Token | None" = None, stopped: str = "Local"
    ) -> None:  # fmt: skip
        """The driver ends the authorization with the token that began it, or with one of its group, or a master pass."""
        bay = self._bay(evse)
        bay.token = bay.group = None
        shown = token if self.station.policy.transactions.names_stop_token else None
        self.moved(evse, "StopAuthorized", now, stopped=stopped, token=shown)

    def stop_remotely(self, evse: Evse, now: float) -> None:
        """The CSMS ends the authorization (F03)."""
        bay, policy = self._bay(evse), self.station.policy.transactions
        for other in self.running if policy.stops_all else ():
            if other.evse is not evse:
                self.end(other.evse, policy.remote_stop_trigger, policy.remote_stop_reason, now)
        bay.token = bay.group = None
        self.moved(evse, policy.remote_stop_trigger, now, stopped=policy.remote_stop_reason)

    def end(self, evse: Evse, trigger: str, stopped: str, now: float) -> None:
        """End a transaction whatever the stop points say: a reset, a fault, a limit."""
        bay = self._bay(evse)
        bay.token = bay.group = None
        self._flow(bay, now)
        bay.points.move(self._reached(bay))
        if bay.transaction is not None:
            self._end(bay, Happening("Ended", trigger, stopped), now)

    def holder(self, evse: Evse) -> "Token | None":
        """Return the token that is authorized at an EVSE."""
        return self._bay(evse).token

    def group(self, evse: Evse) -> Payload | None:
        """Return the group of that token."""
        return self._bay(evse).group

    def at(self, evse: Evse) -> Transaction | None:
        """Return the transaction of an EVSE."""
        return self._bay(evse).transaction

    def find(self, transaction_id: str) -> Transaction | None:
        """Return a running transaction by its id."""
        return next((one for one in self.running if one.id == transaction_id), None)

    @property
    def running(self) -> list[Transaction]:
        """All transactions that have started and not ended."""
        return [bay.transaction for bay in self.bays if bay.transaction is not None]

    def _bay(self, evse: Evse) -> Bay:
        return self.bays[evse.id - 1]

    # ---- start and stop points

    def _reached(self, bay: Bay) -> frozenset[str]:
        return reached(bay.evse, authorized=bay.token is not None, signed=bay.signed)

    def moved(self, evse: Evse, trigger: str, now: float, *, stopped: str = "", token: "Token | None" = None) -> None:
        """Something changed at an EVSE: start, continue or end a transaction as the start and stop points say."""
        bay = self._bay(evse)
        path_closed = evse.plugged and bay.token is not None
        bay.signed = bay.signed and path_closed
        evse.meter(now)
        if not path_closed:
            evse.flowing = False
        self._step(bay, trigger, now, stopped=stopped, token=token)
        if path_closed and not bay.signed and self._signs(bay):
            bay.signed = True
            self._step(bay, "SignedDataReceived", now)
        self._flow(bay, now)
        for listener in self.on_moved:
            listener(evse, now)
        if bay.transaction is not None or evse.flowing:
            self._follow(bay, now)

    def _flow(self, bay: Bay, now: float) -> None:
        """Let energy flow, or stop it."""
        bay.evse.meter(now)
        suspended = bay.transaction is not None and bay.transaction.suspended
        bay.evse.flowing = bay.evse.plugged and bay.token is not None and not suspended and not bay.evse.negotiating

    def _signs(self, bay: Bay) -> bool:
        """Whether a signed meter value starts the transaction ([E01.FR.04])."""
        variables = self.station.variables
        starts = "DataSigned" in variables.members("TxCtrlr.TxStartPoint")
        return bay.transaction is None and starts and variables.flag("SampledDataCtrlr.SignReadings")

    def _step(
        self, bay: Bay, trigger: str, now: float, *, stopped: str = "", token: "Token | None" = None
    ) -> None:  # fmt: skip
        """Bring the points up to date and tell what follows from it."""
        bay.points.move(self._reached(bay))
        members, policy = self.station.variables.members, self.station.policy.transactions
        if bay.transaction is None:
            if policy.starts and bay.points.start(members("TxCtrlr.TxStartPoint")):
                self._begin(bay, trigger, now)
            return
        stop_points = members("TxCtrlr.TxStopPoint")
        # [E03.FR.05], [E03.FR.15]: who does not come in time has no transaction, unless the parking bay decides.
        in_vain = trigger == "EVConnectTimeout" and "ParkingBayOccupancy" not in stop_points
        if policy.ends and (in_vain or bay.points.stop(stop_points)):
            self._end(bay, Happening("Ended", trigger, stopped, token), now)
            return
        if bay.token is None and stopped:  # the reason counts when the transaction ends, later
            bay.transaction.stopped_reason = bay.transaction.stopped_reason or stopped
        elif bay.token is not None:
            bay.transaction.stopped_reason = ""
        if trigger == "ChargingStateChanged" and bay.transaction.charging_state == charging_state(bay):
            return
        self._tell(bay, Happening("Updated", trigger, token=token), now)

    def _begin(self, bay: Bay, trigger: str, now: float) -> None:
        policy = self.station.policy.transactions
        if policy.new_ids or not self._made:
            self._made += 1
        salt = self.station.new_id()[:8] if policy.new_ids else "00000000"
        number = f"{self.station.identity}-{self._made}-{salt}"
        bay.transaction = Transaction(number[-36:], bay.evse, started_at=now, began_wh=bay.evse.energy_wh)
        bay.transaction.seq_no = policy.first_seq_no
        self._tell(bay, Happening(policy.first_event, trigger), now)
        for listener in self.on_started:
            listener(bay.transaction, now)

    def _end(self, bay: Bay, what: Happening, now: float) -> None:
        transaction = bay.transaction
        assert transaction is not None, "only a transaction ends"
        self._tell(bay, what, now)
        bay.transaction = None
        transaction.stopped_reason = transaction.stopped_reason or what.stopped
        self._flow(bay, now)
        for listener in self.on_ended:
            listener(transaction, now)

    def _follow(self, bay: Bay, now: float) -> None:
        """Report a change of the charging state that the events before did not tell ([E01.FR.18])."""
        transaction, policy = bay.transaction, self.station.policy.transactions
        if transaction is None:
            self._step(bay, "ChargingStateChanged", now)
            return
        if policy.follows_charging_state:
            self._step(bay, "ChargingStateChanged", now)
        else:
            bay.points.move(self._reached(bay))

    # ---- telling

    def event(
        self, evse: Evse, trigger: str, now: float, *, measured: bool = False, context: str = "", info: Payload | None = None
    ) -> None:  # fmt: skip
        """Report something else of a running transaction: a meter value, a trigger, a limit; `info` for transactionInfo."""
        bay = self._bay(evse)
        if bay.transaction is not None:
            context = context or ("Sample.Periodic" if measured else "")
            self._tell(bay, Happening("Updated", trigger, context=context, info=info or {}), now)

    def report(self, evse: Evse, trigger: str, values: list[Payload], now: float) -> None:
        """Report meter values that were taken already in the running transaction of an EVSE."""
        bay = self._bay(evse)
        if bay.transaction is not None:
            self._tell(bay, Happening("Updated", trigger, values=tuple(values)), now)

    def _tell(self, bay: Bay, what: Happening, now: float) -> None:
        self.queue.put(event(self.station, bay, what, now), now)

    def trigger(self, payload: Payload, now: float) -> Triggered:
        """Return how to send TransactionEvent on TriggerMessage ([F06.FR.07], [F06.FR.11])."""
        if payload["requestedMessage"] != "TransactionEvent":
            return None
        number = payload.get("evse", {}).get("id")
        wanted = [one.evse for one in self.running if number in (None, one.evse.id)]
        if not wanted:
            return "Rejected"

        def send(at: float) -> None:
            for evse in wanted:
                self.event(evse, "Trigger", at, context="Trigger")

        return send

    def get_transaction_status(self, payload: Payload, now: float) -> Payload:
        """Answer GetTransactionStatus (E14)."""
        policy, number = self.station.policy.transactions, payload.get("transactionId", "")
        waits = self.queue.waits("" if policy.status_of_all else number)
        answer: Payload = {"messagesInQueue": waits == policy.tells_status_truly}
        if number:
            answer["ongoingIndicator"] = (self.find(number) is not None) == policy.tells_status_truly
        elif policy.always_says_ongoing:
            answer["ongoingIndicator"] = bool(self.running)
        return answer

    # ---- what the CSMS answers

    def _answered(self, asked: Payload, answer: Payload, now: float) -> None:
        transaction = self.find(asked["transactionInfo"]["transactionId"])
        self.station.tariff.hear(asked, answer, now)
        if transaction is not None:
            self.station.limits.hear(transaction, answer, now)
        info, token = answer.get("idTokenInfo"), asked.get("idToken")
        if info is None or token is None:
            return
        self.station.authorization.learn(token, info, now)
        if transaction is None:
            return
        bay = self._bay(transaction.evse)
        if bay.token != token:
            return
        if info["status"] == "Accepted":
            bay.group = info.get("groupIdToken", bay.group)
        elif self.station.policy.transactions.stops_on_refusal:
            self._refused(bay, now)

    def _refused(self, bay: Bay, now: float) -> None:
        """The CSMS does not accept the token of a running transaction (C15, E05)."""
        variables = self.station.variables
        if variables.flag("TxCtrlr.StopTxOnInvalidId", True):
            bay.token = bay.group = None
            self.moved(bay.evse, "Deauthorized", now, stopped="DeAuthorized")
            return
        grace = variables.number("TxCtrlr.MaxEnergyOnInvalidId")
        transaction = bay.transaction
        assert transaction is not None, "a token of a running transaction was refused"
        bay.evse.meter(now)
        if grace > 0:
            self._watch_grace(transaction, bay.evse.energy_wh + grace, now)
        else:
            self.suspend(transaction, now)

    def _watch_grace(self, transaction: Transaction, until_wh: float, now: float) -> None:
        """Deliver what MaxEnergyOnInvalidId allows, then no more ([C15.FR.07], [E05.FR.03])."""
        evse = transaction.evse
        evse.meter(now)
        left, power = until_wh - evse.energy_wh, evse.power_w()
        if self.at(evse) is not transaction:
            return
        if left <= 1e-6:
            self.suspend(transaction, now)
            return
        due = lambda at: self._watch_grace(transaction, until_wh, at)  # noqa: E731 - a name for what is due
        wait = left / power * 3600 if power > 0 else 60.0
        self.station.agenda.at(now + min(wait, 60.0), due, f"transactions.grace.{evse.id}")

    def suspend(self, transaction: Transaction, now: float, trigger: str = "ChargingStateChanged") -> None:
        """Give no more energy in a transaction ([E05.FR.02], [E16.FR.06])."""
        transaction.suspended = True
        transaction.kept = trigger == "ResetCommand"
        self.moved(transaction.evse, trigger, now)

    def resume(self, transaction: Transaction, now: float) -> None:
        """Give energy again."""
        transaction.suspended = False
        self.moved(transaction.evse, "ChargingStateChanged", now)

    # ---- connection and power

    def accepted(self, now: float) -> None:
        """The CSMS has accepted the station: send what has waited, measure by the clock that is right now."""
        self.queue.online(now)
        self.station.meter_values.accepted(now)

    def online(self, now: float) -> None:
        """A connection is there again."""
        self.queue.online(now)

    def offline(self, now: float) -> None:
        """The connection is gone."""
        self.queue.offline(now)

    def reset(self, now: float) -> None:
        """Power was lost: transactions that were not ended before end with it."""
        for bay in self.bays:
            bay.evse.flowing = False
            if bay.transaction is not None:
                if bay.transaction.kept:
                    bay.transaction.kept = False
                    continue
                self.end(bay.evse, "AbnormalCondition", "PowerLoss", now)
            bay.token = bay.group = bay.remote_start_id = None
            bay.points.move(self._reached(bay))
        if not self.station.policy.transactions.keeps_queue:
            self.queue.forget()
