"""Block K at the CSMS: what EVs need and how they will charge, and the profiles that it sends for that (K15 to K19)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.csms.block import Handler, Payload
from v2xconform.protocols.ocpp.charging.needs import exceeds

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession

_FIRST_ID: Final = 7000
"""Ids of profiles that it sends of its own accord, above any MaxExternalConstraintsId of the lab ([K01.FR.80])."""

_MOST_REFUSALS: Final = 5
"""So many refused schedules of an EV on end are negotiated anew: an EV that does not learn is left alone."""


@dataclass(frozen=True, slots=True)
class SmartChargingPolicy:
    """Duties of block K."""

    needs_status: str = ""
    """Answer to charging needs, empty for the right one: Accepted where it knows the transaction."""
    serves_everybody: bool = False
    """Gives profiles to those too who have no contract for them."""
    sends_profile: bool = True
    """A profile follows on needs that it has accepted ([K15.FR.07])."""
    profile_wait_s: float = 0.0
    names_transaction: bool = True
    """The TxProfile says for which transaction it is ([K01.FR.03])."""
    profile_purpose: str = "TxProfile"
    limit_w: float = 9000.0
    """What it lets an EV have at most."""
    schedules: int = 1
    """So many schedules to choose from, 3 at most."""
    schedules_in_dynamic: int = 1
    """… in dynamic control, where it is one ([K19.FR.07])."""
    minds_tuples: bool = True
    """Not more periods than maxScheduleTuples."""
    checks_ev_schedule: bool = True
    """Rejected for a schedule above its own ([K15.FR.12])."""
    refuses_ev_schedules: bool = False
    renegotiates: bool = True
    """Sends a profile again after a schedule that it has rejected ([K15.FR.13])."""


@dataclass(slots=True)
class SmartCharging:
    """Block K of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {
            "NotifyEVChargingNeeds": self.needs,
            "NotifyEVChargingSchedule": self.ev_schedule,
            "ReportChargingProfiles": self.report,
            "NotifyChargingLimit": self.limit,
            "ClearedChargingLimit": self.limit_cleared,
        }

    @property
    def policy(self) -> SmartChargingPolicy:
        """Return the duties of the block."""
        return self.csms.policy.smart_charging

    def transaction_at(self, identity: str, evse: int) -> str:
        """Return the transaction that runs at an EVSE, empty where none is known."""
        found = ""
        for known in self.csms.transactions.known.values():
            places = [event.get("evse", {}).get("id") for event in known.events.values()]
            if known.identity == identity and not known.ended and evse in places:
                found = known.id
        return found

    # ---- needs

    def needs(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer NotifyEVChargingNeeds ([K15.FR.02] to [K15.FR.05], [K18.FR.04])."""
        evse, needs = payload["evseId"], payload["chargingNeeds"]
        transaction = self.transaction_at(session.identity, evse)
        none = "NoChargingProfile" if "v2xChargingParameters" in needs else "Rejected"
        refused = "Rejected" if self.csms.v2x.refuses(session, payload) else ""
        served = transaction and (self.policy.serves_everybody or self._takes_part(session, transaction))
        status = refused or ((self.policy.needs_status or "Accepted") if served else none)
        if status != "Rejected":
            self.csms.station(session).facts.setdefault("needs", {})[evse] = payload
        if status in ("Accepted", "Processing") and self.policy.sends_profile:
            send = lambda at: self._send_profile(session, evse, at)  # noqa: E731 - a name for what is due
            session.agenda.at(now + self.policy.profile_wait_s, send)
        return {"status": status}

    def _takes_part(self, session: "StationSession", transaction: str) -> bool:
        """Tell whether the holder of the token of a transaction has a contract for smart charging."""
        events = self.csms.transactions.known[session.identity, transaction].events.values()
        tokens = {event["idToken"]["idToken"].lower() for event in events if "idToken" in event}
        return not any(one.id.lower() in tokens and not one.smart_charging for one in self.csms.persona.tokens)

    def _send_profile(self, session: "StationSession", evse: int, now: float) -> None:
        """Send a TxProfile for the EV at an EVSE ([K15.FR.07])."""
        asked = self.csms.station(session).facts.get("needs", {}).get(evse)
        transaction = self.transaction_at(session.identity, evse)
        if asked is None or not transaction:
            return
        policy, needs = self.policy, asked["chargingNeeds"]
        most = asked.get("maxScheduleTuples", 3) if policy.minds_tuples else 1000
        dynamic = needs.get("controlMode") == "DynamicControl"
        count = policy.schedules_in_dynamic if dynamic else policy.schedules
        profile: Payload = {
            "id": self._id(session, evse), "stackLevel": 0, "chargingProfilePurpose": policy.profile_purpose,
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [
                self._schedule(number, needs, most) for number in range(1, count + 1)
            ],
        }  # fmt: skip
        if self.csms.v2x.feeds_back(needs):
            profile |= self.csms.v2x.shape(needs)
            profile["chargingSchedule"] = [self._v2x_schedule(needs)]
        if policy.names_transaction:
            profile["transactionId"] = transaction
        session.call("SetChargingProfile", {"evseId": evse, "chargingProfile": profile}, now)

    def _id(self, session: "StationSession", evse: int) -> int:
        """Return the id of the profile for an EVSE: it replaces the one before ([K01.FR.05])."""
        known = last_tx_profile(session, evse)
        return int(known["id"]) if known is not None else _FIRST_ID + evse

    def _schedule(self, number: int, needs: Mapping[str, Any], most: int) -> Payload:
        alternating = needs.get("requestedEnergyTransfer", "").startswith("AC") and "acChargingParameters" in needs
        watts = min(self.policy.limit_w, power_wanted(needs)) / number
        limit = round(watts / 690, 1) if alternating else round(watts)
        periods: list[Payload] = [{"startPeriod": 0, "limit": limit}]
        if most > 1:
            periods.append({"startPeriod": 3600, "limit": round(limit / 2, 1)})
        if not self.policy.minds_tuples:
            periods += [{"startPeriod": 3600 + n * 60, "limit": limit} for n in range(1, 6)]
        return {
            "id": number, "startSchedule": self.csms.timestamp(), "duration": 86400,
            "chargingRateUnit": "A" if alternating else "W", "chargingSchedulePeriod": periods,
        }  # fmt: skip

    def _v2x_schedule(self, needs: Payload) -> Payload:
        """Return the schedule for an EV that may feed back ([Q03.FR.01])."""
        schedule: Payload = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [self.csms.v2x.period(needs)]}
        if not self.csms.persona.v2x.dynamic:
            schedule["startSchedule"] = self.csms.timestamp()
        return schedule

    # ---- the schedule of the EV

    def ev_schedule(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer NotifyEVChargingSchedule ([K15.FR.11], [K15.FR.12])."""
        profile = last_tx_profile(session, payload["evseId"])
        too_much = profile is not None and exceeds(payload, profile, self.csms.utc())
        if self.policy.refuses_ev_schedules:
            return {"status": "Rejected"}
        if not too_much or not self.policy.checks_ev_schedule:
            self.csms.station(session).facts.get("refused schedules", {}).pop(payload["evseId"], None)
            return {"status": "Accepted"}
        refusals = self.csms.station(session).facts.setdefault("refused schedules", {})
        refusals[payload["evseId"]] = refusals.get(payload["evseId"], 0) + 1
        if self.policy.renegotiates and refusals[payload["evseId"]] <= _MOST_REFUSALS:
            again = lambda at: self._send_again(session, payload["evseId"], at)  # noqa: E731 - a name for what is due
            session.agenda.at(now, again)
        return {"status": "Rejected"}

    def _send_again(self, session: "StationSession", evse: int, now: float) -> None:
        """Negotiate anew with the same profile ([K15.FR.13], K16)."""
        profile = last_tx_profile(session, evse)
        if profile is not None:
            session.call("SetChargingProfile", {"evseId": evse, "chargingProfile": profile}, now)

    # ---- reports

    def report(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer ReportChargingProfiles (K09)."""
        reports = self.csms.station(session).facts.setdefault("profiles", {})
        reports.setdefault(payload["requestId"], []).append(payload)
        return {}

    def limit(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer NotifyChargingLimit (K11)."""
        source = payload["chargingLimit"]["chargingLimitSource"]
        self.csms.station(session).facts.setdefault("limits", {})[source] = payload
        return {}

    def limit_cleared(self, session: "StationSession", payload: Payload, now: float) -> Payload:
        """Answer ClearedChargingLimit (K13)."""
        self.csms.station(session).facts.setdefault("limits", {}).pop(payload["chargingLimitSource"], None)
        return {}


def last_tx_profile(session: "StationSession", evse: int) -> Payload | None:
    """Return the TxProfile that an EVSE has accepted last."""
    for action, asked, answer in reversed(session.results):
        if action == "SetChargingProfile" and asked["evseId"] == evse and answer.get("status") == "Accepted":
            profile: Payload = asked["chargingProfile"]
            if profile["chargingProfilePurpose"] == "TxProfile":
                return profile
    return None


def power_wanted(needs: Mapping[str, Any]) -> float:
    """Return the power that an EV can take, W."""
    if "acChargingParameters" in needs:
        return float(needs["acChargingParameters"]["evMaxCurrent"]) * 690
    found = needs.get("dcChargingParameters", {})
    if "evMaxPower" in found:
        return float(found["evMaxPower"])
    if found:
        return float(found["evMaxCurrent"]) * float(found["evMaxVoltage"])
    return float(needs.get("v2xChargingParameters", {}).get("maxChargePower", 11000.0))
