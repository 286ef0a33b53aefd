from typing import Any

import pytest

from v2xconform.protocols.iso15118 import app_protocol
from v2xconform.protocols.iso15118.app_protocol import DIN, ISO2, ISO20_AC, ISO20_DC, AppProtocol, choose, chosen, offer

from .ladder20 import through_codec


def test_an_offer_is_valid_and_ranked() -> None:
    message = through_codec(offer([ISO20_DC, ISO20_AC, ISO2, DIN]))
    entries = message.tree["AppProtocol"]
    assert [entry["Priority"] for entry in entries] == [1, 2, 3, 4]
    assert entries[0]["ProtocolNamespace"] == "urn:iso:std:iso:15118:-20:DC"


@pytest.mark.parametrize(
    ("offered", "supported", "expected"),
    [
        ([ISO20_DC, ISO20_AC], [ISO20_AC, ISO20_DC], ISO20_DC),
        ([ISO20_DC, ISO20_AC], [ISO20_AC], ISO20_AC),
        ([AppProtocol("urn:tesla:din:2018:MsgDef", 1), DIN], [ISO20_DC, DIN], DIN),
        ([ISO2, ISO20_DC], [ISO20_DC, ISO2], ISO2),
        ([ISO2], [ISO20_DC], None),
        ([AppProtocol(ISO20_DC.namespace, 2)], [ISO20_DC], None),
    ],
)
def test_filter_then_rank(offered: Any, supported: Any, expected: Any) -> None:
    request = offer(offered)
    choice = choose(request.tree, supported)
    answer = through_codec(choice.response)
    assert choice.protocol == expected
    assert chosen(request, answer.tree) == expected
    assert answer.tree["ResponseCode"] == ("OK_SuccessfulNegotiation" if expected else "Failed_NoNegotiation")
    assert bool(choice.why) == (expected is None)


def test_the_priority_counts_not_the_order() -> None:
    tree = offer([ISO20_DC, ISO20_AC]).tree
    tree["AppProtocol"][0]["Priority"], tree["AppProtocol"][1]["Priority"] = 7, 3
    assert choose(tree, [ISO20_DC, ISO20_AC]).protocol == ISO20_AC


def test_a_minor_deviation() -> None:
    choice = choose(offer([AppProtocol(ISO20_DC.namespace, 1, 1)]).tree, [ISO20_DC])
    assert choice.protocol == ISO20_DC
    assert through_codec(choice.response).tree["ResponseCode"] == "OK_SuccessfulNegotiationWithMinorDeviation"


def test_more_than_20_entries() -> None:
    with pytest.raises(ValueError, match="21 protocols cannot be offered"):
        offer([ISO20_DC] * 21)
    entries = offer([ISO20_DC] * 20).tree["AppProtocol"]
    assert choose({"AppProtocol": [*entries, entries[0]]}, [ISO20_DC]).protocol is None
    assert choose({"AppProtocol": entries}, [ISO20_DC]).schema_id == 1


def test_an_answer_that_chooses_nothing_that_was_offered() -> None:
    request = offer([ISO20_DC])
    assert chosen(request, {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 9}) is None
    assert chosen(request, {}) is None
    assert choose({}, [ISO20_DC]).why == "none of the offered protocols is supported: nothing"


def test_the_modes() -> None:
    assert {ISO20_AC.namespace: "AC", ISO20_DC.namespace: "DC"} == app_protocol.MODES20
