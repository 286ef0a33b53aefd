"""Single messages and what a receiver makes of them: our own vectors, and those of the project's data where they are."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from v2xconform.protocols.ocpp import Version, frames, rules, schemas
from v2xconform.protocols.ocpp.actions import Side, other
from v2xconform.protocols.ocpp.frames import Frame
from v2xconform.protocols.ocpp.rpc import Called, RpcPeer, Told

OWN = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
DATA = Path(__file__).parents[4] / "shared" / "data" / "ocpp" / "vectors.json"
GIVEN = json.loads(DATA.read_text(encoding="utf-8"))["messages"] if DATA.is_file() else []


def heard(raw: str, version: Version, sender: Side) -> tuple[Called | Told | None, list[Frame]]:
    """Let the other side hear a message; return what its owner gets, and what it says at once."""
    peer = RpcPeer(version, other(sender), lambda: "own")
    got = peer.receive(frames.parse(raw, version), 0.0)
    return got, list(peer.outgoing)


@pytest.mark.parametrize("vector", OWN, ids=lambda vector: vector["id"])
def test_own_vectors(vector: dict[str, Any]) -> None:
    for version in vector["ocpp"]:
        got, said = heard(vector["raw"], version, vector["sender"])
        assert (got is not None) is vector.get("taken", False)
        assert [[frame.id, frame.code] for frame in said] == ([vector["error"]] if "error" in vector else [])


def rows() -> list[Any]:
    return [
        pytest.param(vector, f"ocpp{version}", id=f"{vector['id']}-{version}")
        for vector in GIVEN
        for version in vector["ocpp"]
    ]


@pytest.mark.parametrize("vector, version", rows())
def test_schemas_of_given_vectors(vector: dict[str, Any], version: Version) -> None:
    wanted = (vector.get("schema") or {}).get(version.removeprefix("ocpp"))
    found = frames.parse(vector["raw"], version)
    if wanted is None or not isinstance(found, Frame):
        return
    name = found.action if found.type == frames.SEND else f"{found.action}Request"
    assert schemas.is_valid(version, name, found.payload) is (wanted == "valid"), schemas.violations(
        version, name, found.payload
    )


@pytest.mark.parametrize("vector, version", rows())
def test_reactions_to_given_vectors(vector: dict[str, Any], version: Version) -> None:
    got, said = heard(vector["raw"], version, cast(Side, vector["sender"]))
    wanted = vector.get("expected_reply")
    if vector["expected"] == "valid":
        assert got is not None and not said
    elif wanted is not None and vector["id"] != "neg-microseconds":  # that one is for the rules, below
        choices = wanted["any_of"] if isinstance(wanted, dict) and "any_of" in wanted else [wanted]
        assert any(_fits(one, got, said) for one in choices), (got, said)


def _fits(wanted: Any, got: Called | Told | None, said: list[Frame]) -> bool:
    if wanted == "none":
        return got is None and not said
    if wanted["type"] == frames.CALLRESULT:
        return got is not None  # the answer is a matter of the emulators
    return (
        len(said) == 1 and said[0].type == frames.CALLERROR and said[0].code in wanted.get("code", [said[0].code])
        and said[0].id == wanted.get("messageId", said[0].id)
    )  # fmt: skip


@pytest.mark.parametrize("vector, version", [row for row in rows() if row.values[0]["id"] == "neg-microseconds"])
def test_microseconds_break_a_rule(vector: dict[str, Any], version: Version) -> None:
    found = frames.parse(vector["raw"], version)
    assert isinstance(found, Frame)
    broken = {rule.requirement for rule, _ in rules.broken(version, f"{found.action}Request", found.payload)}
    assert "OCPP-DateTime" in broken
