"""Captured sessions of foreign cars and stations walk the table from end to end, and our station serves those cars."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from v2xconform.protocols.iso15118 import sequence20
from v2xconform.protocols.iso15118.messages20 import protocol_of
from v2xconform.protocols.message import Message
from v2xconform.trace.capture import KeyLog
from v2xconform.trace.capture.decoding import Decoded, Decoder
from v2xconform.trace.capture.inputs import units_of

from .ladder20 import Ladder, charger, ev, through_codec

CAPTURES = Path(__file__).parents[4] / "shared/data/captures"
SESSIONS = [
    "josev-self/R_iso20_ac.pcap",
    "josev-self/R_iso20_ac_bpt.pcap",
    "josev-self/R_iso20_dc.pcap",
    "josev-self/R_iso20_dc_bpt.pcap",
    "josev-self/iso20_ac.pcap",
    "josev-self/iso20_ac_bpt.pcap",
    "josev-self/iso20_dc.pcap",
    "josev-self/iso20_dc_bpt.pcap",
    "dsV2Gshark/ISO-20_BPT_AC_DS5366_Josev.pcapng",
    "dsV2Gshark/ISO-20_TLS13_DC_DS5366_Josev.pcapng",
    "dsV2Gshark/ISO-20_mTLS_DC_DS5366_Josev.pcapng",
]


@cache
def session_of(name: str) -> tuple[Any, list[tuple[Message, Message]]]:
    """Return mode and exchanges of the session in a capture."""
    path = CAPTURES / name
    if not path.exists():
        pytest.skip("the captures are not there")
    keylog = path.with_suffix(".keys")
    decoder = Decoder()
    with path.open("rb") as file:
        units = units_of(file, KeyLog(keylog.read_text()) if keylog.exists() else None)
        found = [decoder.decode(unit) for unit in units if hasattr(unit, "payload_type")]
    ours = [one for one in found if isinstance(one, Decoded) and one.protocol.startswith("iso15118-20")]
    messages = [Message(one.protocol, one.name, one.tree) for one in ours]
    mode = "AC" if any(message.name.startswith("AC_") for message in messages) else "DC"
    return mode, list(zip(messages[::2], messages[1::2], strict=False))


@pytest.mark.parametrize("name", SESSIONS)
def test_a_captured_session_walks_the_table(name: str) -> None:
    mode, exchanges = session_of(name)
    state = sequence20.FIRST
    for request, response in exchanges:
        assert response.name == sequence20.response_name(request.name)
        state = sequence20.advance(state, mode, request.name, request.tree, response.tree)
    assert state == "Ended"
    assert len(exchanges) > 15


@pytest.mark.parametrize("name", [name for name in SESSIONS if name.startswith("josev-self")])
def test_our_station_serves_a_captured_car(name: str) -> None:
    mode, exchanges = session_of(name)
    service = next(tree["ServiceID"] for tree in (one.tree for one, _ in exchanges) if "ServiceID" in tree)
    services = {1: "AC", 2: "DC", 5: "AC_BPT", 6: "DC_BPT"}
    ladder = Ladder(mode, ev(), charger(services=[services[service]], path={"cable_check_s": 0}))
    now = 0.0
    for request, _ in exchanges:
        if _asks_in_vain(ladder, request):
            continue
        header = {**request.tree["Header"], "SessionID": ladder.secc.session_id}
        tree = {**request.tree, "Header": header}
        if request.name == "AuthorizationReq":  # the captured cars use Plug & Charge where they can
            tree = {"Header": header, "SelectedAuthorizationService": "EIM", "EIM_AReqAuthorizationMode": {}}
        reply = ladder.secc.receive(Message(protocol_of(request.name), request.name, tree), now)
        assert reply.message is not None
        assert through_codec(reply.message).tree["ResponseCode"].startswith("OK"), reply.why
        now += 0.1
    assert ladder.secc.stopped_by_ev


def _asks_in_vain(ladder: Ladder, request: Message) -> bool:
    """Tell whether the request only repeats a question that our station has answered with Finished already."""
    repeated = request.name in ("DC_CableCheckReq", "AuthorizationReq", "ScheduleExchangeReq")
    return repeated and request.name not in sequence20.allowed(ladder.secc.state, ladder.secc.mode)
