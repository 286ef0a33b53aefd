"""Block I of 2.1: tariffs with which the station calculates the cost itself (I07 to I12).

A default tariff is that of an EVSE, a driver's tariff comes with the answer about a token, and the CSMS may change that of a
transaction. Cost is calculated from the first price of each kind whose conditions do not shut it out; conditions of time of day
and the like are stored, and not evaluated.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from v2xconform.emulators.station.block import Handler, Payload, Refused, status_info
from v2xconform.emulators.station.evse import Evse
from v2xconform.emulators.station.transaction_events import Transaction

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_KINDS: Final = ("energy", "chargingTime", "idleTime", "fixedFee", "reservationTime", "reservationFixed")


@dataclass(frozen=True, slots=True)
class LocalCostPolicy:
    """Duties of the block."""

    checks_elements: bool = True
    """Refuses more prices than it can take ([I07.FR.02], [I11.FR.02])."""
    checks_conditions: bool = True
    """Refuses conditions that it does not support ([I07.FR.03], [I11.FR.03])."""
    checks_ids: bool = True
    """Refuses a tariffId that it has ([I07.FR.04])."""
    checks_evse: bool = True
    """Refuses an EVSE that there is not ([I07.FR.06])."""
    checks_currency: bool = True
    """Refuses another currency in a running transaction ([I11.FR.05])."""
    tells_tariff: bool = True
    """transactionInfo.tariffId, once ([I07.FR.32], [I08.FR.22], [I11.FR.07])."""
    clears: bool = True
    """Forgets what it is to clear ([I10.FR.01])."""


@dataclass(slots=True)
class LocalCost:
    """The block of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    defaults: dict[int, list[Payload]] = field(default_factory=dict)
    """EVSE -> its default tariffs: the one that is valid, and those that will be."""
    drivers: dict[str, Payload] = field(default_factory=dict)
    """idToken -> tariff of its driver."""
    used: dict[str, Payload] = field(default_factory=dict)
    """Transaction -> its tariff."""

    def __post_init__(self) -> None:
        if self.station.version == "ocpp2.1" and self.station.variables.find("TariffCostCtrlr.Currency") is not None:
            self.handlers = {
                "SetDefaultTariff": self.set_default, "GetTariffs": self.get, "ClearTariffs": self.clear,
                "ChangeTransactionTariff": self.change,
            }  # fmt: skip

    def _supported(self) -> None:
        if not self.station.variables.flag("TariffCostCtrlr.Enabled[Tariff]", True):
            raise Refused("NotSupported", "the cost is not calculated here")  # [I07.FR.01], [I11.FR.01]

    def _problem(self, tariff: Payload) -> str:
        """Return why a tariff cannot be taken, as a status; empty: it can."""
        policy, variables = self.station.policy.local_cost, self.station.variables
        prices: list[Any] = [one for kind in _KINDS for one in tariff.get(kind, {}).get("prices", ())]
        most = variables.number("TariffCostCtrlr.MaxElements[Tariff]", 10)
        if policy.checks_elements and any(len(tariff.get(kind, {}).get("prices", ())) > most for kind in _KINDS):
            return "TooManyElements"
        supported = variables.flag("TariffCostCtrlr.ConditionsSupported[Tariff]", True)
        if policy.checks_conditions and not supported and any("conditions" in one for one in prices):
            return "ConditionNotSupported"
        return ""

    # ---- default tariffs

    def set_default(self, payload: Payload, now: float) -> Payload:
        """Answer SetDefaultTariff (I07)."""
        self._supported()
        tariff, policy = payload["tariff"], self.station.policy.local_cost
        known = {one["tariffId"] for several in self.defaults.values() for one in several}
        problem = self._problem(tariff)
        if not problem and policy.checks_ids and tariff["tariffId"] in known:
            problem = "DuplicateTariffId"
        if problem:
            return {"status": problem}
        evses = [one.id for one in self.station.evses if payload["evseId"] in (0, one.id)]
        if not evses and policy.checks_evse:
            return {"status": "Rejected", "statusInfo": status_info("UnknownEVSE")}
        for evse in evses:
            kept = self.defaults.get(evse, []) if "validFrom" in tariff else []  # [I07.FR.20] to [I07.FR.22]
            self.defaults[evse] = [*kept, tariff]
        return {"status": "Accepted"}

    def default(self, evse: Evse) -> Payload | None:
        """Return the default tariff that is valid at an EVSE ([I07.FR.19])."""
        utc = self.station.utc()
        valid = [one for one in self.defaults.get(evse.id, ()) if _begins(one) <= utc]
        return max(valid, key=_begins) if valid else None

    def get(self, payload: Payload, now: float) -> Payload:
        """Answer GetTariffs (I09)."""
        self._supported()
        found: dict[str, Payload] = {}
        for evse, several in sorted(self.defaults.items()):
            for one in several if payload["evseId"] in (0, evse) else ():
                entry = found.setdefault(one["tariffId"], {
                    "tariffId": one["tariffId"], "tariffKind": "DefaultTariff", "evseIds": [],
                    **({"validFrom": one["validFrom"]} if "validFrom" in one else {}),
                })  # fmt: skip
                entry["evseIds"].append(evse)
        for token, one in self.drivers.items() if payload["evseId"] == 0 else ():
            found[one["tariffId"]] = {"tariffId": one["tariffId"], "tariffKind": "DriverTariff", "idTokens": [token]}
        return {"status": "Accepted", "tariffAssignments": list(found.values())} if found else {"status": "NoTariff"}

    def clear(self, payload: Payload, now: float) -> Payload:
        """Answer ClearTariffs (I10); running transactions keep theirs ([I10.FR.07])."""
        self._supported()
        wanted, place, gone = payload.get("tariffIds"), payload.get("evseId", 0), dict[str, None]()
        for evse, several in self.defaults.items():
            for one in several if place in (0, evse) else ():
                if wanted is None or one["tariffId"] in wanted:
                    gone[one["tariffId"]] = None
        if self.station.policy.local_cost.clears:
            for evse in self.defaults:
                if place in (0, evse):
                    self.defaults[evse] = [one for one in self.defaults[evse] if one["tariffId"] not in gone]
        results: list[Payload] = [{"tariffId": one, "status": "Accepted"} for one in gone]
        results += [{"tariffId": one, "status": "NoTariff"} for one in wanted or () if one not in gone]
        return {"clearTariffsResult": results or [{"status": "NoTariff"}]}

    # ---- tariffs of transactions

    def learn(self, token: Payload, answer: Payload) -> None:
        """Take the tariff of a driver out of an AuthorizeResponse ([I08.FR.04])."""
        tariff = answer.get("tariff")
        if tariff is not None and answer["idTokenInfo"]["status"] == "Accepted" and not self._problem(tariff):
            self.drivers[token["idToken"]] = tariff

    def told(self, transaction: Transaction, token: Payload | None) -> Payload:
        """Return what transactionInfo says of the tariff: its id, once, when it is clear which one holds."""
        if self.station.version != "ocpp2.1" or transaction.id in self.used or token is None:
            return {}
        tariff = self.drivers.get(str(token["idToken"])) or self.default(transaction.evse)
        if tariff is None or not self.station.variables.flag("TariffCostCtrlr.Enabled[Tariff]", True):
            return {}
        self.used[transaction.id] = tariff
        return {"tariffId": tariff["tariffId"]} if self.station.policy.local_cost.tells_tariff else {}

    def change(self, payload: Payload, now: float) -> Payload:
        """Answer ChangeTransactionTariff (I11)."""
        self._supported()
        tariff, policy = payload["tariff"], self.station.policy.local_cost
        problem = self._problem(tariff)
        transaction = self.station.transactions.find(payload["transactionId"])
        if not problem and transaction is None:
            problem = "TxNotFound"
        before = self.used.get(payload["transactionId"])
        if not problem and policy.checks_currency and before and before["currency"] != tariff["currency"]:
            problem = "NoCurrencyChange"
        if problem or transaction is None:
            return {"status": problem}
        self.used[transaction.id] = tariff
        info = {"tariffId": tariff["tariffId"]} if policy.tells_tariff else {}
        tell = lambda at: self.station.transactions.event(transaction.evse, "TariffChanged", at, info=info)  # noqa: E731 - a name for what is due
        self.station.agenda.at(now, tell)
        return {"status": "Accepted"}

    def ended(self, transaction: Transaction, now: float) -> Payload:
        """Return the costDetails of the last event of a transaction, where it has a tariff ([I12.FR.42])."""
        tariff = self.used.pop(transaction.id, None)
        if transaction.token is not None:
            self.drivers.pop(transaction.token["idToken"], None)  # [I08.FR.06]
        if tariff is None or not self.station.variables.flag("TariffCostCtrlr.Enabled[Cost]", True):
            return {}
        transaction.evse.meter(now)
        energy, minutes = transaction.energy_wh() / 1000, (now - transaction.started_at) / 60
        parts = {
            "fixed": _first(tariff, "fixedFee", "priceFixed"), "energy": energy * _first(tariff, "energy", "priceKwh"),
            "chargingTime": minutes * _first(tariff, "chargingTime", "priceMinute"),
        }  # fmt: skip
        cost: Payload = {"currency": tariff["currency"], "typeOfCost": "NormalCost"}
        cost |= {name: {"exclTax": round(value, 4)} for name, value in parts.items() if value}
        cost["total"] = {"exclTax": round(sum(parts.values()), 4)}
        usage = {"energy": round(energy, 3), "chargingTime": round(now - transaction.started_at), "idleTime": 0}
        return {"costDetails": {"totalCost": cost, "totalUsage": usage}}


def _begins(tariff: Payload) -> float:
    return datetime.fromisoformat(tariff["validFrom"]).timestamp() if "validFrom" in tariff else 0.0


def _first(tariff: Payload, kind: str, name: str) -> float:
    """Return the first price of a kind, 0 without one."""
    prices = tariff.get(kind, {}).get("prices", ())
    return float(prices[0][name]) if prices else 0.0
