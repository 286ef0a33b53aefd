"""Block J: meter values, sampled in transactions and aligned to the clock (J01 to J03)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from v2xconform.emulators.station.block import Handler, Payload, Triggered
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.signed_meter import SignedMeter

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station
    from v2xconform.emulators.station.transaction_events import Bay, Happening, Transaction

_UNITS: Final = {
    "Energy.Active.Import.Register": "Wh", "Energy.Active.Export.Register": "Wh", "Power.Active.Import": "W",
    "Power.Active.Export": "W", "Power.Offered": "W", "Current.Import": "A", "Current.Offered": "A", "Voltage": "V",
    "SoC": "Percent", "Frequency": "Hz",
}  # fmt: skip
_SIGNED: Final = "Energy.Active.Import.Register"
"""What the signing meter signs."""
_ALIGNED: Final = "meter_values.aligned"
_ALIGNED_ENDED: Final = "meter_values.aligned_ended"


@dataclass(frozen=True, slots=True)
class MeterValuesPolicy:
    """Duties of block J."""

    tells_begin: bool = True
    """Meter values in the first event of a transaction ([E01.FR.09])."""
    tells_end: bool = True
    """Meter values in its last event ([E06.FR.11])."""
    samples: bool = True
    """Samples at TxUpdatedInterval ([J02.FR.11])."""
    samples_for_end: bool = True
    """Samples at TxEndedInterval for the last event."""
    interval_factor: float = 1.0
    """Share of the interval after which it samples."""
    aligns: bool = True
    """Measures at AlignedDataCtrlr.Interval ([J01.FR.14])."""
    aligned_in_transactions: bool = True
    """… at EVSEs with a transaction too ([J01.FR.22])."""
    aligned_by_meter_values: bool = False
    """… with MeterValuesRequest there too, which is as good as TransactionEvent."""
    aligned_offset_s: float = 0.0
    """So much later than the clock says."""
    main_meter: bool = True
    """Has a main meter, and reports it as EVSE 0 ([J01.FR.03])."""
    heeds_idle_only: bool = True
    """AlignedDataCtrlr.SendDuringIdle ([J01.FR.19])."""
    all_measurands: bool = True
    """Sends every measurand that is configured; else only the first."""
    context: str = ""
    """Context of all values in place of the right one."""
    names_context: bool = True
    names_energy: bool = True
    """Says the measurand Energy.Active.Import.Register, which may be left out."""
    heeds_switch: bool = True
    """Enabled of SampledDataCtrlr and AlignedDataCtrlr."""
    kilo: Literal["", "unit", "multiplier"] = ""
    """Power and energy in kW and kWh, or in thousands of W and Wh by the multiplier."""
    phases: Literal["", "too", "only"] = ""
    """Power of each phase, beside the sum or in its place."""
    signs: bool = True
    """Signs where SignReadings says so ([J02.FR.21])."""
    power_factor: float = 1.0
    """Share of the power that it tells."""
    register_start: float = 0.0
    """What the energy register has counted before."""
    register_step: float = 0.0
    """Added to the energy register with each reading: a register that goes backwards when negative."""
    splits: bool = False
    """One message for each measurand, with the same time ([J02.FR.14])."""


@dataclass(slots=True)
class MeterValues:
    """Block J of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    meter: SignedMeter = field(default_factory=SignedMeter)
    _readings: int = 0

    def __post_init__(self) -> None:
        listen, transactions = self.station.variables.on_change, self.station.transactions
        transactions.on_started.append(self._transaction_started)
        transactions.on_ended.append(self._transaction_ended)
        listen("SampledDataCtrlr.TxUpdatedInterval", lambda value, now: self._plan_samples(now))
        listen("SampledDataCtrlr.TxEndedInterval", lambda value, now: self._plan_samples(now))
        listen("AlignedDataCtrlr.Interval", lambda value, now: self._plan_aligned(now))
        listen("AlignedDataCtrlr.TxEndedInterval", lambda value, now: self._plan_aligned(now))

    def accepted(self, now: float) -> None:
        """The CSMS has accepted the station: from now on the clock is right."""
        self._plan_aligned(now)

    # ---- readings

    def sample(self, evse: Evse, variable: str, context: str, now: float) -> list[Payload]:
        """Return the meterValue of an EVSE with the measurands that a variable lists; empty when it lists none."""
        evse.meter(now)
        component = variable.partition(".")[0]
        if not self._enabled(component):
            return []
        signs = self.station.variables.flag(f"{component}.SignReadings") and self.station.policy.meter_values.signs
        listed = self._measurands(variable)
        more = [one for one in self.station.v2x.measurands(evse, variable) if one in _UNITS and one not in listed]
        read = [self._value(evse, one, context, signs) for one in (*listed, *more)]
        found = [part for one in read for part in self._written(evse, one)]
        return [{"timestamp": self.station.timestamp(), "sampledValue": found}] if found else []

    def _enabled(self, component: str) -> bool:
        switch = self.station.variables.flag(f"{component}.Enabled", True)
        return switch or not self.station.policy.meter_values.heeds_switch

    def _measurands(self, variable: str) -> list[str]:
        listed = [one for one in self.station.variables.members(variable) if one in _UNITS]
        return listed if self.station.policy.meter_values.all_measurands else listed[:1]

    def _value(self, evse: Evse, measurand: str, context: str, signs: bool) -> Payload:
        power, policy = evse.power_w(), self.station.policy.meter_values
        amperes = evse.spec.voltage_v * evse.spec.phases
        self._readings += 1
        value = {
            "Energy.Active.Import.Register": evse.energy_wh + policy.register_start + policy.register_step * self._readings,
            "Energy.Active.Export.Register": evse.exported_wh,
            "Power.Active.Import": max(0.0, power) * policy.power_factor, "Power.Active.Export": max(0.0, -power),
            "Power.Offered": evse.spec.max_power_w if evse.limit_w is None else evse.limit_w,
            "Current.Import": max(0.0, power) / amperes, "Current.Offered": evse.spec.max_power_w / amperes,
            "Voltage": evse.spec.voltage_v, "SoC": evse.soc, "Frequency": self.station.v2x.grid.frequency_hz,
        }[measurand]  # fmt: skip
        reading: Payload = {"value": round(value, 3), "unitOfMeasure": {"unit": _UNITS[measurand]}}
        if policy.names_energy or measurand != _SIGNED:
            reading["measurand"] = measurand
        if policy.names_context:
            reading["context"] = policy.context or context
        if signs and measurand == _SIGNED:
            reading["signedMeterValue"] = self.meter.sign(evse.id, reading, self.station.timestamp())
        return reading

    def _written(self, evse: Evse, reading: Payload) -> list[Payload]:
        """Return a reading in the units and phases that this meter likes."""
        policy, unit = self.station.policy.meter_values, reading["unitOfMeasure"]["unit"]
        if policy.kilo and unit in ("W", "Wh") and "signedMeterValue" not in reading:
            other = {"unit": f"k{unit}"} if policy.kilo == "unit" else {"unit": unit, "multiplier": 3}
            reading = {**reading, "value": reading["value"] / 1000, "unitOfMeasure": other}
        if not policy.phases or not reading.get("measurand", "").startswith("Power.Active"):
            return [reading]
        count = evse.spec.phases
        each = [{**reading, "value": reading["value"] / count, "phase": f"L{number + 1}"} for number in range(count)]
        return each if policy.phases == "only" else [reading, *each]

    def for_event(self, bay: "Bay", what: "Happening", now: float) -> list[Payload]:
        """Return the meter values that a TransactionEvent carries by its kind and context (E01, E06, J02)."""
        transaction, policy, evse = bay.transaction, self.station.policy.meter_values, bay.evse
        assert transaction is not None, "an event belongs to a transaction"
        if what.kind == "Ended":
            end = self.sample(evse, "SampledDataCtrlr.TxEndedMeasurands", "Transaction.End", now)
            return [*transaction.samples, *end] if policy.tells_end else []
        if what.context:
            return self.sample(evse, "SampledDataCtrlr.TxUpdatedMeasurands", what.context, now)
        known = evse.plugged or self.station.policy.transactions.knows_evse
        starts = (
            what.kind == "Started" if known and not transaction.begin_late else transaction.charging_state == "Charging"
        )
        transaction.begin_late = transaction.begin_late or (what.kind == "Started" and not known)
        if starts and not transaction.told_begin and policy.tells_begin:
            transaction.told_begin = True
            return self.sample(evse, "SampledDataCtrlr.TxStartedMeasurands", "Transaction.Begin", now)
        return []

    # ---- sampled

    def _interval(self, variable: str) -> float:
        component = variable.partition(".")[0]
        if not self._enabled(component):
            return 0.0
        return self.station.variables.number(variable) * self.station.policy.meter_values.interval_factor

    def _transaction_started(self, transaction: "Transaction", now: float) -> None:
        self._plan_update(transaction, now)
        self._plan_for_end(transaction, now)

    def _transaction_ended(self, transaction: "Transaction", now: float) -> None:
        for what in ("updated", "ended"):
            self.station.agenda.cancel(f"meter_values.{what}.{transaction.evse.id}")

    def _plan_samples(self, now: float) -> None:
        """An interval has changed: count it from now."""
        for transaction in self.station.transactions.running:
            self._transaction_ended(transaction, now)
            self._transaction_started(transaction, now)

    def _plan_update(self, transaction: "Transaction", now: float) -> None:
        interval = self._interval("SampledDataCtrlr.TxUpdatedInterval")
        if interval > 0 and self.station.policy.meter_values.samples:
            due = lambda at: self._update(transaction, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now + interval, due, f"meter_values.updated.{transaction.evse.id}")

    def _update(self, transaction: "Transaction", now: float) -> None:
        """It is time for a sample ([J02.FR.11])."""
        values = self.sample(transaction.evse, "SampledDataCtrlr.TxUpdatedMeasurands", "Sample.Periodic", now)
        self._send_in_transaction(transaction.evse, "MeterValuePeriodic", values, now)
        self._plan_update(transaction, now)

    def _send_in_transaction(self, evse: Evse, trigger: str, values: list[Payload], now: float) -> None:
        for part in self._parts(values):
            self.station.transactions.report(evse, trigger, part, now)

    def _parts(self, values: list[Payload]) -> list[list[Payload]]:
        if not self.station.policy.meter_values.splits:
            return [values] if values else []
        return [[{**one, "sampledValue": [value]}] for one in values for value in one["sampledValue"]]

    def _plan_for_end(self, transaction: "Transaction", now: float) -> None:
        interval = self._interval("SampledDataCtrlr.TxEndedInterval")
        if interval > 0 and self.station.policy.meter_values.samples_for_end:
            due = lambda at: self._keep_for_end(transaction, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now + interval, due, f"meter_values.ended.{transaction.evse.id}")

    def _keep_for_end(self, transaction: "Transaction", now: float) -> None:
        evse = transaction.evse
        transaction.samples += self.sample(evse, "SampledDataCtrlr.TxEndedMeasurands", "Sample.Periodic", now)
        self._plan_for_end(transaction, now)

    # ---- aligned to the clock

    def _plan_aligned(self, now: float) -> None:
        self._plan_clock(now)
        self._plan_kept(now)

    def _plan_clock(self, now: float) -> None:
        self._plan("AlignedDataCtrlr.Interval", self._measure_aligned, _ALIGNED, now)

    def _plan_kept(self, now: float) -> None:
        self._plan("AlignedDataCtrlr.TxEndedInterval", self._keep_aligned, _ALIGNED_ENDED, now)

    def _plan(self, variable: str, deed: Callable[[float], None], key: str, now: float) -> None:
        """Plan the next instant of the clock that is a multiple of the interval since midnight."""
        interval, policy = self._interval(variable), self.station.policy.meter_values
        self.station.agenda.cancel(key)
        if interval > 0 and policy.aligns:
            since_midnight = (self.station.utc() - policy.aligned_offset_s) % 86400
            self.station.agenda.at(now + interval - since_midnight % interval, deed, key)

    def _measure_aligned(self, now: float) -> None:
        """It is time by the clock ([J01.FR.14], [J01.FR.19] to [J01.FR.22])."""
        policy, busy = self.station.policy.meter_values, bool(self.station.transactions.running)
        idle_only = self.station.variables.flag("AlignedDataCtrlr.SendDuringIdle") and policy.heeds_idle_only
        if policy.main_meter and not (idle_only and busy):
            self._send(0, self._main_meter("Sample.Clock", now), now)
        for evse in self.station.evses:
            values = self.sample(evse, "AlignedDataCtrlr.Measurands", "Sample.Clock", now)
            if self.station.transactions.at(evse) is None:
                self._send(evse.id, values, now)
            elif not idle_only and policy.aligned_in_transactions:
                if policy.aligned_by_meter_values:
                    self._send(evse.id, values, now)
                else:
                    self._send_in_transaction(evse, "MeterValueClock", values, now)
        self._plan_clock(now)

    def _keep_aligned(self, now: float) -> None:
        for one in self.station.transactions.running:
            one.samples += self.sample(one.evse, "AlignedDataCtrlr.TxEndedMeasurands", "Sample.Clock", now)
        self._plan_kept(now)

    def _main_meter(self, context: str, now: float) -> list[Payload]:
        """Return what the main meter counts: all EVSEs together."""
        if _SIGNED not in self._measurands("AlignedDataCtrlr.Measurands"):
            return []
        for evse in self.station.evses:
            evse.meter(now)
        total = sum(evse.energy_wh for evse in self.station.evses)
        reading: Payload = {
            "value": round(total, 3),
            "measurand": _SIGNED,
            "context": context,
            "unitOfMeasure": {"unit": "Wh"},
        }
        return [{"timestamp": self.station.timestamp(), "sampledValue": [reading]}]

    def _send(self, evse: int, values: list[Payload], now: float, *, triggered: bool = False) -> None:
        for part in self._parts(values):
            self.station.call("MeterValues", {"evseId": evse, "meterValue": part}, now, before_boot=triggered)

    # ---- trigger

    def trigger(self, payload: Payload, now: float) -> Triggered:
        """Return how to send MeterValues on TriggerMessage ([F06.FR.06], [F06.FR.11])."""
        if payload["requestedMessage"] != "MeterValues":
            return None
        number = payload.get("evse", {}).get("id")
        wanted = [evse for evse in self.station.evses if number in (None, 0, evse.id)]
        if not wanted:
            return "Rejected"

        def send(at: float) -> None:
            for evse in wanted:
                values = self.sample(evse, "AlignedDataCtrlr.Measurands", "Trigger", at)
                self._send(evse.id, values, at, triggered=True)

        return send
