"""Block K: charging profiles, the limit that they make at each EVSE, and composite schedules (K01 to K29).

What profiles mean is in `protocols.ocpp.charging`; here they are kept, answered for, and applied: `apply` sets ``evse.limit_w``
and plans itself for the next instant at which something changes. External limits, priority charging and what EVs ask for
are parts of their own. Blocks that build on it use `store`, `allowed`, `listeners` (called when limits have been applied) and
`protocols.ocpp.charging.checks.CHECKS`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from v2xconform.emulators.station.block import Handler, Payload, Refused, status_info
from v2xconform.emulators.station.charging_limit import ChargingLimit
from v2xconform.emulators.station.charging_needs import ChargingNeeds
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.external_limits import ExternalLimits
from v2xconform.emulators.station.hlc_ev import EvKind, HlcEv
from v2xconform.emulators.station.local_time import local_offset
from v2xconform.emulators.station.priority_charging import PriorityCharging
from v2xconform.emulators.station.smart_charging_policy import SmartChargingPolicy
from v2xconform.protocols.ocpp.charging.checks import Abilities, Problem, Proposal, installed_of, problems
from v2xconform.protocols.ocpp.charging.composite import Merged, Site, Supply, allowed_at, composite
from v2xconform.protocols.ocpp.charging.profiles import KEPT, TX, Installed, ProfileStore
from v2xconform.protocols.ocpp.charging.schedules import Facts

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

__all__ = ["SmartCharging", "SmartChargingPolicy"]
_COMPONENT: Final = "SmartChargingCtrlr"


@dataclass(slots=True)
class SmartCharging:
    """Block K of one station."""

    station: "Station"
    store: ProfileStore = field(default_factory=ProfileStore)
    handlers: dict[str, Handler] = field(default_factory=dict)
    listeners: list[Callable[[float], None]] = field(default_factory=list)
    """Called after limits have been applied."""
    limit: ChargingLimit = field(init=False)
    external: ExternalLimits = field(init=False)
    priority: PriorityCharging = field(init=False)
    needs: ChargingNeeds = field(init=False)
    offline_since: float | None = None
    """Wall clock, None while there is a connection."""
    _ready: dict[int, float] = field(default_factory=dict)
    """EVSE -> when it became ready to deliver energy (wall clock): relative schedules begin there ([K01.FR.42])."""
    _running: dict[int, str] = field(default_factory=dict)
    """EVSE -> transactionId that is known to run there."""
    _pending: dict[int, Payload] = field(default_factory=dict)
    """EVSE -> profile of a RequestStartTransaction whose transaction is still to begin."""

    def __post_init__(self) -> None:
        self.limit = ChargingLimit(self.station)
        self.external = ExternalLimits(self.station)
        self.priority = PriorityCharging(self.station)
        self.needs = ChargingNeeds(self.station)
        self.station.transactions.on_moved.append(self.moved)
        self.station.transactions.on_started.append(lambda transaction, now: self.moved(transaction.evse, now))
        self.station.transactions.on_ended.append(lambda transaction, now: self.moved(transaction.evse, now))
        if not self.supported:
            return
        self.handlers = {
            "SetChargingProfile": self.set_profile,
            "GetChargingProfiles": self.get_profiles,
            "ClearChargingProfile": self.clear_profile,
            "GetCompositeSchedule": self.get_composite,
            **self.priority.handlers,
        }

    @property
    def policy(self) -> SmartChargingPolicy:
        """Return the duties of the block."""
        return self.station.policy.smart_charging

    @property
    def supported(self) -> bool:
        """The station has a controller for it."""
        return not self.policy.minds_switch or self.station.variables.has(f"{_COMPONENT}.Enabled")

    @property
    def enabled(self) -> bool:
        """It is there and switched on."""
        return not self.policy.minds_switch or self.station.variables.flag(f"{_COMPONENT}.Enabled")

    # ---- what holds

    def supply(self, evse: Evse) -> Supply:
        """Return the electrical side of an EVSE."""
        spec = evse.spec
        dc = any(one.type.startswith(("cCCS", "cChaoJi", "cG105", "cChaDeMo")) for one in evse.connectors)
        return Supply(spec.voltage_v, spec.phases, spec.max_power_w, dc, spec.discharge_power_w)

    def site(self, evse: Evse) -> Site:
        """Return an EVSE with what is so there now."""
        running = self.station.transactions.at(evse)
        facts = Facts(
            started=self._ready.get(evse.id, self.station.utc()),
            transaction=running.id if running is not None else "",
            offline_since=self.offline_since,
            soc=100.0 if self.policy.caps_always else evse.soc if evse.ev is not None else None,
            priority=evse.id in self.priority.active or self.policy.priority_always,
            offset=lambda utc: local_offset(self.station.variables, utc),
            random=running is not None,
            blind=frozenset(self.policy.blind),
        )
        return Site(self.supply(evse), facts, self.needs.announced(evse))

    def sites(self) -> dict[int, Site]:
        """Return all EVSEs with what is so there now."""
        return {evse.id: self.site(evse) for evse in self.station.evses}

    def allowed(self, evse: Evse) -> Merged:
        """Return what profiles allow at an EVSE now."""
        return allowed_at(self.store.installed, self.sites(), evse.id, self.station.utc())

    def composite(self, evse: int, duration: int, unit: str, which: int = 0) -> Payload:
        """Return the CompositeScheduleType from now on."""
        begin = self.station.utc()
        periods = composite(self.store.installed, self.sites(), evse, begin, duration, unit, which)
        return {
            "evseId": evse, "duration": duration, "scheduleStart": self.station.timestamp(), "chargingRateUnit": unit,
            "chargingSchedulePeriod": periods,
        }  # fmt: skip

    def abilities(self) -> Abilities:
        """Return what the station can do with profiles."""
        variables = self.station.variables
        highest = variables.text(f"{_COMPONENT}.MaxExternalConstraintsId")
        modes = {
            mode
            for evse in self.station.evses
            for mode in variables.members("V2XChargingCtrlr.SupportedOperationModes", evse=evse.id)
        }
        return Abilities(
            self.station.version,
            {evse.id: self.supply(evse) for evse in self.station.evses},
            tuple(self.units),
            int(variables.number(f"{_COMPONENT}.ProfileStackLevel", 10)),
            int(variables.number(f"{_COMPONENT}.PeriodsPerSchedule", 1024)),
            int(highest) if highest else None,
            tuple(variables.members(f"{_COMPONENT}.SupportedAdditionalPurposes")),
            tuple(sorted(modes)),
            variables.flag(f"{_COMPONENT}.SupportsDynamicProfiles"),
            variables.flag(f"{_COMPONENT}.SupportsUseLocalTime"),
            variables.flag(f"{_COMPONENT}.SupportsRandomizedDelay"),
            variables.flag(f"{_COMPONENT}.SupportsLimitAtSoC"),
            variables.flag(f"{_COMPONENT}.SupportsEvseSleep"),
            variables.flag(f"{_COMPONENT}.SupportsMaxOfflineDuration"),
            variables.flag(f"{_COMPONENT}.ACPhaseSwitchingSupported"),
            **self.station.v2x.abilities(),
        )

    @property
    def units(self) -> list[str]:
        """Units that it knows."""
        return self.station.variables.members(f"{_COMPONENT}.RateUnit")

    # ---- requests of the CSMS

    def _check_enabled(self) -> None:
        if not self.enabled:
            raise Refused("NotSupported", "smart charging is switched off")  # [K01.FR.29]

    def problem(self, profile: Payload, evse: int, *, starting: bool = False) -> Problem | None:
        """Return why a profile is refused, None where it is not."""
        running = {one.evse.id: one.id for one in self.station.transactions.running}
        proposal = Proposal(
            profile, evse, self.store, self.abilities(), running, self.needs.phases_reported(), starting,
            self.station.v2x.discharge_phases(),
        )  # fmt: skip
        neglected = self.policy.neglects
        return next((one for one in problems(proposal) if one.requirement not in neglected), None)

    def set_profile(self, payload: Payload, now: float) -> Payload:
        """Answer SetChargingProfile (K01 to K04)."""
        self._check_enabled()
        profile, evse = payload["chargingProfile"], payload["evseId"]
        found = self.problem(profile, evse)
        if found is not None:
            return {"status": "Rejected", "statusInfo": status_info(found.reason, found.text)}
        if self.policy.refuses:
            return {"status": "Rejected"}
        if self.policy.installs:
            self.install(installed_of(self._proposal(profile, evse), self.station.utc()), now)
        return {"status": "Accepted"}

    def _proposal(self, profile: Payload, evse: int) -> Proposal:
        return Proposal(profile, evse, self.store, self.abilities())

    def install(self, new: Installed, now: float) -> None:
        """Put a profile to the others and follow what holds then ([K01.FR.07])."""
        known = self.store.find(new.id)
        if known is not None and not self.policy.replaces:
            return
        self.draw_delays(new)
        self.store.put(new)
        self._count(now)
        after = lambda at: self._installed(new, at)  # noqa: E731 - a name for what is due
        self.station.agenda.at(now, after)

    def _installed(self, new: Installed, now: float) -> None:
        self.needs.profile_came(new, now)
        self.apply(now)

    def draw_delays(self, one: Installed) -> None:
        """Draw the random delays of a profile: of every period but the first ([K01.FR.92] to [K01.FR.94])."""
        for which, schedule in enumerate(one.profile["chargingSchedule"]):
            longest = schedule.get("randomizedDelay", 0)
            if longest > 0 and "randomizedDelay" not in self.policy.blind:
                count = len(schedule["chargingSchedulePeriod"])
                first = float(longest) if self.policy.delays_first else 0.0
                one.delays[which] = [first, *(float(round(self.station.chance() * longest)) for _ in range(count - 1))]

    def get_profiles(self, payload: Payload, now: float) -> Payload:
        """Answer GetChargingProfiles (K09); the reports follow."""
        self._check_enabled()
        minded = self.policy.report_criteria
        criterion = {key: value for key, value in payload["chargingProfile"].items() if key in minded}
        found = self.store.matching(payload.get("evseId") if "evseId" in minded else None, criterion)
        if found and self.policy.reports:
            report = lambda at: self._report(payload["requestId"], found, at)  # noqa: E731 - a name for what is due
            self.station.agenda.at(now, report)
        if found or not self.policy.no_profiles_status:
            return {"status": "Accepted"}
        return {"status": "NoProfiles"}

    def _report(self, request_id: int, found: list[Installed], now: float) -> None:
        policy = self.policy
        groups: dict[tuple[int, str], list[Payload]] = {}
        for one in found[:1] if policy.one_report else found:
            groups.setdefault((one.evse, one.source), []).append(self._shown(one))
        for number, ((evse, source), profiles) in enumerate(groups.items(), 1):
            payload: Payload = {
                "requestId": request_id + policy.request_id_shift, "chargingLimitSource": source, "evseId": evse,
                "chargingProfile": profiles,
            }  # fmt: skip
            if number < len(groups) and policy.marks_more:
                payload["tbc"] = True
            self.station.call("ReportChargingProfiles", payload, now)

    def _shown(self, one: Installed) -> Payload:
        factor = self.policy.report_limit_factor
        if factor == 1.0:
            return one.profile
        schedules = [
            {**schedule, "chargingSchedulePeriod": [
                {**period, "limit": period["limit"] * factor} if "limit" in period else period
                for period in schedule["chargingSchedulePeriod"]
            ]} for schedule in one.profile["chargingSchedule"]
        ]  # fmt: skip
        return {**one.profile, "chargingSchedule": schedules}

    def clear_profile(self, payload: Payload, now: float) -> Payload:
        """Answer ClearChargingProfile (K10)."""
        self._check_enabled()
        gone = self.store.clearable(payload.get("chargingProfileId"), payload.get("chargingProfileCriteria", {}))
        if self.policy.clears_others:
            gone = list(self.store)
        if self.policy.clears and gone:
            self.store.drop(gone)
            self._count(now)
            self.station.agenda.at(now, self.apply)
        status = self.policy.clears_status or ("Accepted" if gone else "Unknown")
        return {"status": status}

    def get_composite(self, payload: Payload, now: float) -> Payload:
        """Answer GetCompositeSchedule (K08)."""
        self._check_enabled()
        policy, evse = self.policy, payload["evseId"]
        unit = payload.get("chargingRateUnit") or self.units[0]
        if evse and self.station.evse(evse) is None:
            if not policy.composite_for_any_evse:
                return {"status": "Rejected", "statusInfo": status_info("UnknownEvse")}
            evse = 1
        if unit not in self.units and "K08.FR.07" not in policy.neglects:
            return {"status": "Rejected", "statusInfo": status_info("UnsupportedRateUnit")}
        for one in self.store if policy.delays_always else ():
            self.draw_delays(one)
        for place in self.station.evses:
            place.meter(now)
        schedule = self.composite(evse if evse or policy.composite_sums else 1, payload["duration"], unit)
        schedule["evseId"] = payload["evseId"]
        schedule["chargingRateUnit"] = policy.composite_unit or unit
        for period in schedule["chargingSchedulePeriod"]:
            period["limit"] *= policy.composite_factor
            period["startPeriod"] += policy.composite_shift_s if period["startPeriod"] else 0
        return {"status": "Accepted", "schedule": schedule}

    # ---- transactions

    def may_start_with(self, profile: Payload | None) -> Problem | None:
        """Return why the profile of a RequestStartTransaction is refused ([K05.FR.05]), None where it is not."""
        if profile is None or not self.enabled:
            return None  # [F01.FR.12]
        return self.problem(profile, 0, starting=True)

    def start_with(self, evse: Evse, profile: Payload | None) -> None:
        """Keep the profile of a RequestStartTransaction for the transaction that it starts ([F01.FR.10])."""
        if profile is not None and self.enabled and self.policy.uses_start_profile:
            self._pending[evse.id] = profile

    def moved(self, evse: Evse, now: float) -> None:
        """Something has changed at an EVSE: a transaction began or ended, an EV or a driver came or went."""
        transactions = self.station.transactions
        running, holder = transactions.at(evse), transactions.holder(evse)
        if not evse.plugged or holder is None:
            self._ready.pop(evse.id, None)
        elif evse.id not in self._ready:
            self._ready[evse.id] = self.station.utc()
        known, present = self._running.get(evse.id, ""), running.id if running is not None else ""
        if holder is None and running is None:
            self._pending.pop(evse.id, None)
        if known and known != present:
            self._ended(evse, known, now)
        if present:
            self._running[evse.id] = present
            if known != present and self.policy.delays_anew:
                for one in self.store.of_evse(evse.id):
                    self.draw_delays(one)
            if evse.id in self._pending and evse.id in self._ready:
                profile = {**self._pending.pop(evse.id), "transactionId": present}
                new = Installed(profile, evse.id, since=self.station.utc())
                self.draw_delays(new)
                self.store.put(new)
                self._count(now)
        self.needs.moved(evse, now)
        self.apply(now, quiet=True)

    def _ended(self, evse: Evse, transaction: str, now: float) -> None:
        del self._running[evse.id]
        self.limit.modes.pop(evse.id, None)
        self.priority.active.discard(evse.id)
        self.needs.ended(evse)
        if self.policy.drops_tx_profiles:
            self.store.drop([one for one in self.store if one.purpose == TX and one.transaction == transaction])
            self._count(now)

    # ---- power and connection

    def reset(self, now: float) -> None:
        """Power was lost: what is kept survives ([K01.FR.27])."""
        self.offline_since = None
        for known in (self._ready, self._running, self._pending, self.limit.modes):
            known.clear()
        self.priority.active.clear()
        self.needs.reset()
        self.store.drop([one for one in self.store if one.purpose not in KEPT or not self.policy.persists])
        self._count(now)

    def offline(self, now: float) -> None:
        """The connection is lost: maxOfflineDuration counts ([K01.FR.101])."""
        if self.offline_since is None and self.station.powered:
            self.offline_since = self.station.utc()
            self.apply(now)

    def online(self, now: float) -> None:
        """A connection is there again ([K01.FR.102])."""
        if self.offline_since is not None:
            lasted = self.station.utc() - self.offline_since
            for one in self.store:
                longest = one.profile.get("maxOfflineDuration")
                stays = one.profile.get("invalidAfterOfflineDuration") or self.policy.voids_always
                if longest is not None and lasted > longest and stays:
                    one.void = "invalidAfterOfflineDuration" not in self.policy.blind
        self.offline_since = None
        self.apply(now)

    # ---- the limit

    def apply(self, now: float, *, quiet: bool = False) -> None:
        """Let every EVSE follow what holds now, and tell the CSMS (unless `quiet`)."""
        self.limit.apply(now, quiet=quiet)
        for listener in self.listeners:
            listener(now)

    def _count(self, now: float) -> None:
        if self.supported and self.policy.counts:
            self.station.variables.set(f"{_COMPONENT}.Entries[ChargingProfiles]", len(self.store.installed), now)

    # ---- what drivers and the world do

    def external_limit(self, limit: Payload, now: float) -> None:
        """An external system (EMS, grid operator) sets a limit; `limit` holds arguments of `ExternalLimits.set`."""
        self.external.set(now, **limit)

    def external_release(self, limit: Payload, now: float) -> None:
        """It releases its limit: ``source`` and ``evse`` say which."""
        self.external.release(now, **limit)

    def plug_in_ev(self, evse: Evse, kind: EvKind, now: float) -> None:
        """A driver plugs in an EV that speaks ISO 15118 (simulated)."""
        evse.negotiating = self.policy.waits_for_profile
        self.needs.evs[evse.id] = HlcEv(self.station, evse, kind)
        self.station.transactions.plug_in(evse, now)

    def ev_renegotiates(self, evse: Evse, now: float) -> None:
        """The simulated EV wants another amount of energy (K17)."""
        if evse.id in self.needs.evs:
            self.needs.evs[evse.id].renegotiate(now)

    def local_priority(self, evse: Evse, on: bool, now: float) -> None:
        """A user asks for priority charging at the station, or ends it (K22)."""
        self.priority.switch(evse, now, on=on)

    # ---- for who speaks ISO 15118 with the EV

    def ev_needs(
        self, evse: Evse, needs: Payload, now: float, on_schedules: Callable[[list[Payload], float], None] | None = None
    ) -> None:  # fmt: skip
        """An EV has said what it needs; see `ChargingNeeds.ask`."""
        self.needs.ask(evse, needs, now, on_schedules)

    def needs_answered(self, evse: Evse) -> bool:
        """Tell whether the EV has its schedules, or none will come."""
        return evse.id not in self.needs.waiting

    def ev_schedule(
        self, evse: Evse, schedule: Payload, now: float, selected: int | None = None, tolerance: bool | None = None
    ) -> None:  # fmt: skip
        """An EV has said how it will charge; see `ChargingNeeds.announce`."""
        self.needs.announce(evse, schedule, now, selected, tolerance)
