"""Block E: transactions. When they start and stop, what is reported, and the queue that survives being offline (E01 to E13)."""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.station.block import Handler, Payload
from v2xconform.emulators.station.evse import Evse
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.authorization import Token
    from v2xconform.emulators.station.station import Station

_RETRY: Final = "transactions.retry"


@dataclass(frozen=True, slots=True)
class TransactionsPolicy:
    """Duties of block E."""

    queues_offline: bool = True
    """Keeps the events of offline times ([E11.FR.01])."""
    marks_offline: bool = True
    """Says offline = true in them."""
    repeats_events: bool = True
    """Sends an event again that was not answered ([E13])."""
    counts_events: bool = True
    """seqNo grows by one with each event."""
    first_seq_no: int = 0
    new_ids: bool = True
    """Each transaction has an id of its own."""
    reports_charging_state: bool = True
    reports_remote_start_id: bool = True
    names_evse: bool = True
    """The first event after plug-in carries EVSE and connector ([E01.FR.16])."""
    names_token: bool = True
    """The first event after an authorization carries the token."""
    says_stopped_reason: bool = True
    stops_on_refusal: bool = True
    """Stops when TransactionEventResponse refuses the token (StopTxOnInvalidId)."""
    remote_trigger: str = "RemoteStart"


@dataclass(slots=True)
class Transaction:
    """One transaction."""

    id: str
    evse: Evse
    seq_no: int = 0
    charging_state: str = ""
    token: "Token | None" = None
    told_evse: bool = False
    told_token: bool = False
    remote_start_id: int | None = None
    stopped_reason: str = ""
    started_at: float = 0.0
    invalid: bool = False
    """The CSMS has refused its token."""


@dataclass(slots=True)
class Bay:
    """What block E knows of one EVSE beside its hardware."""

    evse: Evse
    token: "Token | None" = None
    """Who is authorized here."""
    group: Payload | None = None
    transaction: Transaction | None = None
    remote_start_id: int | None = None
    """Of the RequestStartTransaction that has authorized it."""


@dataclass(slots=True)
class Queued:
    """A TransactionEvent on its way."""

    payload: Payload
    transaction: Transaction
    attempts: int = 0


@dataclass(slots=True)
class Transactions:
    """Block E of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    bays: list[Bay] = field(default_factory=list)
    queue: deque[Queued] = field(default_factory=deque)
    _sending: bool = False
    _made: int = 0

    def __post_init__(self) -> None:
        self.bays = [Bay(evse) for evse in self.station.evses]

    # ---- what drivers and the world do

    def park(self, evse: Evse, now: float) -> None:
        """An EV drives into the parking bay."""
        evse.parked = True
        self.moved(evse, "EVDetected", now)

    def unpark(self, evse: Evse, now: float) -> None:
        """It leaves the parking bay."""
        evse.parked = False
        self.moved(evse, "EVDeparted", now)

    def plug_in(self, evse: Evse, now: float, connector: int = 1) -> None:
        """A driver connects EV and EVSE."""
        evse.meter(now)
        evse.connector = evse.connectors[connector - 1]
        evse.ev = self.station.persona.ev
        evse.soc, evse.ev_ready = evse.ev.soc, True
        self.station.availability.report(evse, evse.connector, now)
        self.station.agenda.cancel(f"transactions.plug.{evse.id}")
        self.moved(evse, "CablePluggedIn", now)

    def unplug(self, evse: Evse, now: float) -> None:
        """The EV is disconnected."""
        evse.meter(now)
        connector, evse.connector = evse.connector, None
        evse.ev = None
        bay = self._bay(evse)
        if self.station.variables.flag("TxCtrlr.StopTxOnEVSideDisconnect", True):
            bay.token = bay.group = None
        self.moved(evse, "EVCommunicationLost", now, stopped="EVDisconnected")
        if connector is not None:
            self.station.availability.report(evse, connector, now)

    def ev_pauses(self, evse: Evse, now: float, *, ready: bool = False) -> None:
        """The EV stops taking energy, or goes on (`ready`)."""
        evse.meter(now)
        evse.ev_ready = ready
        self.moved(evse, "ChargingStateChanged", now)

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
        bay.token, bay.group, bay.remote_start_id = token, group, remote_start_id
        trigger = "Authorized" if remote_start_id is None else self.station.policy.transactions.remote_trigger
        if not evse.plugged:
            timeout = self.station.variables.number("TxCtrlr.EVConnectionTimeOut", 60)
            if timeout > 0:
                due = lambda at: self._nobody_came(evse, at)  # noqa: E731 - a name for what is due
                self.station.agenda.at(now + timeout, due, f"transactions.plug.{evse.id}")
        self.moved(evse, trigger, now)

    def _nobody_came(self, evse: Evse, now: float) -> None:
        """EVConnectionTimeOut is over: the authorization ends (E03.FR.05)."""
        bay = self._bay(evse)
        bay.token = bay.group = None
        self.moved(evse, "EVConnectTimeout", now, stopped="Timeout")

    def stop_authorized(self, evse: Evse, now: float, token: "Token | None" = None) -> None:
        """The driver ends the authorization with the token that began it, or one of its group."""
        bay = self._bay(evse)
        bay.token = bay.group = None
        self.moved(evse, "StopAuthorized", now, stopped="Local", token=token)

    def end(self, evse: Evse, trigger: str, stopped: str, now: float) -> None:
        """End a transaction whatever the stop points say: remote stop, reset, de-authorization."""
        bay = self._bay(evse)
        bay.token = bay.group = None
        if bay.transaction is not None:
            self._energy(bay, now)
            self._event(bay, "Ended", trigger, now, stopped=stopped)

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
        found = (bay.transaction for bay in self.bays if bay.transaction is not None)
        return next((one for one in found if one.id == transaction_id), None)

    @property
    def running(self) -> list[Transaction]:
        """All transactions that have started and not ended."""
        return [bay.transaction for bay in self.bays if bay.transaction is not None]

    def _bay(self, evse: Evse) -> Bay:
        return self.bays[evse.id - 1]

    # ---- start and stop points

    def points(self, bay: Bay) -> set[str]:
        """Return the start and stop points that are reached at an EVSE (E01, table of TxStartPoint values)."""
        evse = bay.evse
        found = set()
        if evse.parked:
            found.add("ParkingBayOccupancy")
        if evse.plugged:
            found.add("EVConnected")
        if bay.token is not None:
            found.add("Authorized")
        if evse.plugged and bay.token is not None:
            found |= {"PowerPathClosed", "DataSigned"}
            if evse.flowing and evse.ev_ready:
                found.add("EnergyTransfer")
        return found

    def moved(self, evse: Evse, trigger: str, now: float, *, stopped: str = "", token: "Token | None" = None) -> None:
        """Something changed at an EVSE: start, continue or end a transaction as the start and stop points say."""
        bay = self._bay(evse)
        self._energy(bay, now)
        reached, variables = self.points(bay), self.station.variables
        if bay.transaction is None:
            if reached & set(variables.members("TxCtrlr.TxStartPoint")) and self._may_start(bay, trigger):
                self._begin(bay, trigger, now)
            return
        stop_points = set(variables.members("TxCtrlr.TxStopPoint"))
        if stop_points - reached and self._ends(stop_points - reached, bay, trigger):
            self._event(bay, "Ended", trigger, now, stopped=stopped or "Local", token=token)
        else:
            self._event(bay, "Updated", trigger, now, token=token)
            self._follow_state(bay, trigger, now)

    def _may_start(self, bay: Bay, trigger: str) -> bool:
        return trigger not in ("EVCommunicationLost", "EVDeparted", "StopAuthorized", "EVConnectTimeout")

    def _ends(self, lost: set[str], bay: Bay, trigger: str) -> bool:
        """A stop point ends a transaction when it is left, not while it was not reached yet."""
        left = {
            "EVCommunicationLost": {"EVConnected", "PowerPathClosed", "DataSigned", "EnergyTransfer"},
            "StopAuthorized": {"Authorized", "PowerPathClosed", "DataSigned", "EnergyTransfer"},
            "Deauthorized": {"Authorized", "PowerPathClosed", "DataSigned", "EnergyTransfer"},
            "EVConnectTimeout": {"EVConnected", "Authorized", "PowerPathClosed", "DataSigned", "EnergyTransfer"},
            "EVDeparted": {"ParkingBayOccupancy"},
            "RemoteStop": {"Authorized", "PowerPathClosed", "DataSigned", "EnergyTransfer"},
            "ChargingStateChanged": {"EnergyTransfer"},
        }.get(trigger, set())
        return bool(lost & left)

    def _energy(self, bay: Bay, now: float) -> None:
        bay.evse.meter(now)
        bay.evse.flowing = bay.evse.plugged and bay.token is not None

    def _state(self, bay: Bay) -> str:
        evse = bay.evse
        if not evse.plugged:
            return "Idle"
        if bay.token is None:
            return "EVConnected"
        if bay.transaction is not None and bay.transaction.invalid:
            return "SuspendedEVSE"
        if evse.limit_w == 0:
            return "SuspendedEVSE"
        return "Charging" if evse.ev_ready else "SuspendedEV"

    # ---- events

    def _begin(self, bay: Bay, trigger: str, now: float) -> None:
        if self.station.policy.transactions.new_ids or not self._made:
            self._made += 1
        number = f"{self.station.identity}-{self._made}-{self.station.new_id()[:8]}"
        bay.transaction = Transaction(number[-36:], bay.evse, started_at=now)
        bay.transaction.seq_no = self.station.policy.transactions.first_seq_no
        self._event(bay, "Started", trigger, now)
        self._follow_state(bay, trigger, now)

    def _follow_state(self, bay: Bay, trigger: str, now: float) -> None:
        """Report a change of the charging state that the event before did not tell ([E01.FR.18])."""
        transaction = bay.transaction
        if transaction is not None and transaction.charging_state != self._state(bay):
            self._event(bay, "Updated", "ChargingStateChanged", now)

    def event(self, evse: Evse, trigger: str, now: float, *, measured: bool = False) -> None:
        """Report something else of a running transaction: a meter value, a trigger, a limit."""
        bay = self._bay(evse)
        if bay.transaction is not None:
            self._event(bay, "Updated", trigger, now, measured=measured)

    def _event(
        self,
        bay: Bay,
        kind: str,
        trigger: str,
        now: float,
        *,
        stopped: str = "",
        token: "Token | None" = None,
        measured: bool = False,
    ) -> None:
        transaction, policy = bay.transaction, self.station.policy.transactions
        assert transaction is not None, "events belong to a transaction"
        state = self._state(bay)
        # A token or a cable is told first; that energy flows now is told by an event of its own.
        if kind != "Ended" and trigger in ("CablePluggedIn", "Authorized", "EVDetected") and state == "Charging":
            state = "EVConnected"
        info: Payload = {"transactionId": transaction.id}
        if policy.reports_charging_state:
            info["chargingState"] = state
            transaction.charging_state = state
        if bay.remote_start_id is not None and transaction.remote_start_id is None:
            transaction.remote_start_id = bay.remote_start_id
            if policy.reports_remote_start_id:
                info["remoteStartId"] = bay.remote_start_id
        if kind == "Ended" and policy.says_stopped_reason and stopped:
            info["stoppedReason"] = stopped
        payload: dict[str, Any] = {
            "eventType": kind, "timestamp": self.station.timestamp(), "triggerReason": trigger,
            "seqNo": transaction.seq_no, "transactionInfo": info,
        }  # fmt: skip
        transaction.seq_no += policy.counts_events
        connector = bay.evse.connector
        if policy.names_evse and not transaction.told_evse:
            transaction.told_evse = connector is not None
            payload["evse"] = {"id": bay.evse.id, **({"connectorId": connector.id} if connector else {})}
        shown = token or (bay.token if not transaction.told_token else None)
        if shown is not None and policy.names_token:
            transaction.told_token, transaction.token = True, transaction.token or shown
            payload["idToken"] = shown
        values = self._measured(bay.evse, kind, measured, now)
        if values:
            payload["meterValue"] = values
        if not self.station.online and policy.marks_offline:
            payload["offline"] = True
        if kind == "Ended":
            transaction.stopped_reason = stopped
            bay.transaction = None
            bay.remote_start_id = None
            self._energy(bay, now)
        self._enqueue(Queued(payload, transaction), now)

    def _measured(self, evse: Evse, kind: str, measured: bool, now: float) -> list[Payload]:
        values = self.station.meter_values
        if kind == "Started":
            return values.sample(evse, "SampledDataCtrlr.TxStartedMeasurands", "Transaction.Begin", now)
        if kind == "Ended":
            return values.sample(evse, "SampledDataCtrlr.TxEndedMeasurands", "Transaction.End", now)
        if measured:
            return values.sample(evse, "SampledDataCtrlr.TxUpdatedMeasurands", "Sample.Periodic", now)
        return []

    # ---- the queue

    def _enqueue(self, event: Queued, now: float) -> None:
        if not self.station.online and not self.station.policy.transactions.queues_offline:
            return
        self.queue.append(event)
        self._send(now)

    def accepted(self, now: float) -> None:
        """The CSMS has accepted the station: send what has waited."""
        self._send(now)

    def online(self, now: float) -> None:
        """A connection is there again."""
        self._send(now)

    def offline(self, now: float) -> None:
        """What waits was not told in time: it counts as offline now ([E11.FR.07])."""
        self.station.agenda.cancel(_RETRY)
        if self.station.policy.transactions.marks_offline:
            for event in self.queue:
                event.payload["offline"] = True

    def _send(self, now: float) -> None:
        if self._sending or not self.queue or not self.station.online or self.station.agenda.planned(_RETRY):
            return
        self._sending = True
        event = self.queue[0]
        event.attempts += 1
        self.station.call(
            "TransactionEvent", event.payload, now,
            lambda answer, at: self._answered(event, answer, at), lambda failure, at: self._failed(event, failure, at),
        )  # fmt: skip

    def _answered(self, event: Queued, answer: Payload, now: float) -> None:
        self._sending = False
        if self.queue and self.queue[0] is event:
            self.queue.popleft()
        info = answer.get("idTokenInfo")
        if info is not None and info["status"] != "Accepted" and self.station.policy.transactions.stops_on_refusal:
            self._refused(event.transaction, now)
        self._send(now)

    def _refused(self, transaction: Transaction, now: float) -> None:
        """The CSMS does not accept the token of a running transaction (C15, E05)."""
        bay = self._bay(transaction.evse)
        if bay.transaction is not transaction:
            return
        if self.station.variables.flag("TxCtrlr.StopTxOnInvalidId", True):
            bay.token = bay.group = None
            self.moved(transaction.evse, "Deauthorized", now, stopped="DeAuthorized")
        else:
            transaction.invalid = True
            self._follow_state(bay, "ChargingStateChanged", now)

    def _failed(self, event: Queued, failure: Failure, now: float) -> None:
        self._sending = False
        if failure.kind == "lost":
            return  # it stays in the queue
        get, policy = self.station.variables.number, self.station.policy.transactions
        attempts = int(get("OCPPCommCtrlr.MessageAttempts[TransactionEvent]", 3))
        if event.attempts >= attempts or not policy.repeats_events:
            if self.queue and self.queue[0] is event:
                self.queue.popleft()
            self._send(now)
            return
        wait = get("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]", 10) * event.attempts
        self.station.agenda.at(now + wait, self._send, _RETRY)
