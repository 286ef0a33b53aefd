"""Tariffs of the emulated station (2.1): what it takes, lists and clears, and what a transaction costs."""

from typing import Any

import pytest

TARIFF = {"tariffId": "t1", "currency": "EUR", "energy": {"prices": [{"priceKwh": 0.5}]}}
COSTLY = TARIFF | {"tariffId": "t2", "fixedFee": {"prices": [{"priceFixed": 1}]}}
CONDITIONED = {"prices": [{"priceKwh": 1, "conditions": {"minPower": 1}}]}
MANY = TARIFF | {"tariffId": "t3", "energy": {"prices": [{"priceKwh": 1}] * 11}}
TOKEN = {"idToken": "AABBCCDD", "type": "ISO14443"}


@pytest.mark.parametrize(
    ("evse", "tariff", "status"),
    [(1, COSTLY, "Accepted"), (1, TARIFF, "DuplicateTariffId"), (9, COSTLY, "Rejected"), (1, MANY, "TooManyElements")],
)
def test_which_tariffs_are_taken(rungs: Any, evse: int, tariff: dict[str, Any], status: str) -> None:
    station = rungs("ocpp2.1")
    station.call("SetDefaultTariff", {"evseId": 0, "tariff": TARIFF})
    assert station.call("SetDefaultTariff", {"evseId": evse, "tariff": tariff})["status"] == status


def test_tariffs_are_listed_and_cleared(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    assert station.call("GetTariffs", {"evseId": 0}) == {"status": "NoTariff"}
    station.call("SetDefaultTariff", {"evseId": 0, "tariff": TARIFF})
    station.call("SetDefaultTariff", {"evseId": 1, "tariff": COSTLY | {"validFrom": "2030-01-01T00:00:00Z"}})
    listed = station.call("GetTariffs", {"evseId": 1})["tariffAssignments"]
    assert [(one["tariffId"], one["evseIds"], "validFrom" in one) for one in listed] == [
        ("t1", [1], False), ("t2", [1], True),
    ]  # fmt: skip
    told = station.call("ClearTariffs", {"tariffIds": ["t1", "x"]})["clearTariffsResult"]
    assert told == [{"tariffId": "t1", "status": "Accepted"}, {"tariffId": "x", "status": "NoTariff"}]
    assert [one["tariffId"] for one in station.call("GetTariffs", {"evseId": 0})["tariffAssignments"]] == ["t2"]


def test_a_transaction_has_a_tariff_and_its_cost(rungs: Any) -> None:
    station = rungs("ocpp2.1")
    station.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted"}}
    station.call("SetDefaultTariff", {"evseId": 0, "tariff": TARIFF})
    evse = station.station.evses[0]
    station.station.transactions.plug_in(evse, station.now)
    station.station.authorization.present(TOKEN, evse, station.now)
    station.wait(600)
    running = station.station.transactions.at(evse)
    other = COSTLY | {"currency": "USD"}
    assert (
        station.call("ChangeTransactionTariff", {"transactionId": running.id, "tariff": other})["status"]
        == "NoCurrencyChange"
    )
    assert station.call("ChangeTransactionTariff", {"transactionId": "x", "tariff": COSTLY})["status"] == "TxNotFound"
    assert station.call("ChangeTransactionTariff", {"transactionId": running.id, "tariff": COSTLY}) == {
        "status": "Accepted"
    }
    station.wait(1)
    station.station.authorization.present(TOKEN, evse, station.now)
    station.wait(1)
    told = [tree for _, action, tree in station.said if action == "TransactionEvent"]
    ids = [
        (one["triggerReason"], one["transactionInfo"]["tariffId"])
        for one in told
        if "tariffId" in one["transactionInfo"]
    ]
    assert [number for _, number in ids] == ["t1", "t2"]
    assert ids[1][0] == "TariffChanged"
    cost = next(one["costDetails"]["totalCost"] for one in told if one["eventType"] == "Ended")
    assert cost["total"]["exclTax"] == pytest.approx(1 + 0.5 * running.energy_wh() / 1000, rel=0.01)
