"""How the facts of the moment stand in the text of a stimulus."""

import pytest

from v2xconform.lab.sut import Stimulus
from v2xconform.steps.stimuli import stimulate

TOKEN = {"token": {"idToken": "AABBCCDD", "type": "ISO14443"}, "evse": 1}


@pytest.mark.anyio
async def test_a_command_line_gets_the_id_of_a_token() -> None:
    told = await stimulate(Stimulus(kind="shell", text="echo present {token} {evse} as {token_type}; exit 3"), TOKEN)
    assert told.endswith("ended with exit code 3: present AABBCCDD 1 as ISO14443")
