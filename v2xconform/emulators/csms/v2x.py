"""Block Q at the CSMS: who may feed back, and what it lets such an EV do (Q01 to Q10)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from v2xconform.emulators.csms.block import Handler, Payload
from v2xconform.protocols.ocpp.charging.operation_modes import DISCHARGING

if TYPE_CHECKING:
    from v2xconform.emulators.csms.csms import Csms
    from v2xconform.emulators.csms.session import StationSession


@dataclass(frozen=True, slots=True)
class V2xPolicy:
    """Duties of block Q."""

    tells_allowed: bool = True
    """allowedEnergyTransfer in AuthorizeResponse ([Q01.FR.01]); else it knows no answer in time ([Q01.FR.08])."""
    tells_always: bool = False
    """… even to stations that have not named an EV."""
    refuses_forbidden: bool = True
    """Rejects needs for what is not allowed ([Q01.FR.04])."""
    discharges_anybody: bool = False
    """Sends set points to EVs that only charge ([Q02.FR.01])."""
    limits_setpoints: bool = False
    """limit and dischargeLimit beside set points, which it should not ([Q03.FR.02])."""
    phases_anyway: bool = False
    """Set points for single phases that the EV has not reported ([V2X.08])."""


@dataclass(slots=True)
class V2x:
    """The block of one CSMS."""

    csms: "Csms"
    handlers: dict[str, Handler] = field(default_factory=dict)

    def permission(self, session: "StationSession", payload: Payload) -> Payload:
        """Return what an AuthorizeResponse says of energy transfer: something where an EV is named ([Q01.FR.01])."""
        policy, allowed = self.csms.policy.v2x, self.csms.persona.allowed_energy_transfer
        named = any(one.get("type") == "EVCCID" for one in payload["idToken"].get("additionalInfo", ()))
        if (
            session.version != "ocpp2.1"
            or not allowed
            or not policy.tells_allowed
            or not (named or policy.tells_always)
        ):
            return {}
        return {"allowedEnergyTransfer": list(allowed)}

    def refuses(self, session: "StationSession", payload: Payload) -> bool:
        """Tell whether needs are for a kind of energy transfer that is not allowed ([Q01.FR.04])."""
        allowed = self._allowed(session, payload["evseId"])
        wanted = payload["chargingNeeds"]["requestedEnergyTransfer"]
        return bool(
            "v2xChargingParameters" in payload["chargingNeeds"] and allowed and wanted not in allowed
            and self.csms.policy.v2x.refuses_forbidden
        )  # fmt: skip

    def _allowed(self, session: "StationSession", evse: int) -> list[str]:
        """Return what is allowed: what a NotifyAllowedEnergyTransfer has said last, else what the persona says."""
        transaction = self.csms.smart_charging.transaction_at(session.identity, evse)
        for action, asked, answer in reversed(session.results):
            if action == "NotifyAllowedEnergyTransfer" and asked["transactionId"] == transaction and transaction:
                return list(asked["allowedEnergyTransfer"]) if answer.get("status") == "Accepted" else []
        return list(self.csms.persona.allowed_energy_transfer)

    def feeds_back(self, needs: Payload) -> bool:
        """Tell whether an EV gets a profile of block Q ([Q02.FR.01])."""
        return needs["requestedEnergyTransfer"] in DISCHARGING or self.csms.policy.v2x.discharges_anybody

    def shape(self, needs: Payload) -> Payload:
        """Return fields of the profile for an EV that may feed back, as the persona plans it ([Q03.FR.01], [Q07.FR.02])."""
        plan = self.csms.persona.v2x
        if not plan.dynamic:
            return {"chargingProfileKind": "Absolute"}
        return {
            "chargingProfileKind": "Dynamic",
            **({"dynUpdateInterval": plan.update_interval_s} if plan.update_interval_s else {}),
        }

    def period(self, needs: Payload) -> dict[str, Any]:
        """Return the period of that profile: its mode, and the values that the mode has."""
        plan, policy = self.csms.persona.v2x, self.csms.policy.v2x
        period: dict[str, Any] = {"startPeriod": 0, "operationMode": plan.mode}
        if plan.mode in ("CentralSetpoint", "CentralFrequency"):
            most = needs.get("v2xChargingParameters", {}).get("maxDischargePower", 0.0)
            period["setpoint"] = max(plan.setpoint_w, -most) if most else plan.setpoint_w
            if policy.limits_setpoints:
                period |= {"limit": 11000, "dischargeLimit": -11000}
            if policy.phases_anyway:
                period["setpoint_L2"] = period["setpoint"]
        elif plan.mode == "LocalFrequency":
            curve = [{"frequency": hertz, "power": watts} for hertz, watts in plan.curve]
            period |= {"v2xFreqWattCurve": curve, "v2xBaseline": plan.baseline_w}
        return period
