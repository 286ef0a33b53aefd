"""How the facts of the moment stand in the text of a stimulus."""

import pytest

from v2xconform.lab.sut import Stimulus
from v2xconform.steps.stimuli import stimulate, unsaid_by

TOKEN = {"token": {"idToken": "AABBCCDD", "type": "ISO14443"}, "evse": 1}


@pytest.mark.anyio
async def test_a_command_line_gets_the_id_of_a_token() -> None:
    told = await stimulate(Stimulus(kind="shell", text="echo present {token} {evse} as {token_type}; exit 3"), TOKEN)
    assert told.endswith("ended with exit code 3: present AABBCCDD 1 as ISO14443")


@pytest.mark.anyio
async def test_a_payload_that_holds_a_token_stays_whole() -> None:
    told = await stimulate(Stimulus(kind="shell", text="printf %s {payload}; exit 3"), {"payload": {"a": 1, **TOKEN}})
    assert told.endswith('{"a": 1, "token": {"idToken": "AABBCCDD", "type": "ISO14443"}, "evse": 1}')
    told = await stimulate(Stimulus(kind="shell", text="printf %s {payload}; exit 3"), {"payload": {"idToken": TOKEN}})
    assert '{"idToken": {"token"' in told


def test_what_is_not_usual_needs_a_place_in_the_text() -> None:
    plain = Stimulus(kind="prompt", text="plug it in")
    usual: dict[str, object] = {"evse": 1, "token": "AABBCCDD"}
    assert unsaid_by(plain, TOKEN, usual) == ""
    assert unsaid_by(plain, {"evse": 2, "ready": False}, usual) == "{evse} = 2, {ready} = False"
    assert unsaid_by(Stimulus(kind="shell", text="plug {evse} {ready}"), {"evse": 2, "ready": False}, usual) == ""
    assert unsaid_by(Stimulus(kind="http", text="http://127.0.0.1/plug"), {"ready": False}, usual) == ""
