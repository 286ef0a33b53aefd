"""The schemas as they come in the package, the one that is put right, and the errors that they lead to."""

import pytest

from v2xconform.protocols.ocpp import VERSIONS, Version, schemas
from v2xconform.protocols.ocpp.actions import ACTIONS, FOLLOW_UPS, UNCONFIRMED, known_actions


@pytest.mark.parametrize("version, number", [("ocpp2.0.1", 128), ("ocpp2.1", 181)])
def test_every_message_has_its_schema(version: Version, number: int) -> None:
    names = schemas.names(version)
    assert len(names) == number
    sides = ACTIONS[version]["station"] | ACTIONS[version]["csms"]
    wanted = {f"{action}{part}" for action in sides for part in ("Request", "Response")} | UNCONFIRMED[version]
    assert names == wanted


def test_each_side_has_its_actions() -> None:
    for version, both in (("ocpp2.0.1", {"DataTransfer"}), ("ocpp2.1", {"DataTransfer"})):
        assert ACTIONS[version]["station"] & ACTIONS[version]["csms"] == both  # type: ignore[index]
    assert len(known_actions("ocpp2.0.1")) == 64 and len(known_actions("ocpp2.1")) == 91
    for request, follow_up in FOLLOW_UPS.items():
        assert request in ACTIONS["ocpp2.1"]["csms"] and follow_up in ACTIONS["ocpp2.1"]["station"]


def test_the_length_of_exi_response_is_put_right() -> None:
    longest = {"status": "Accepted", "exiResponse": "x" * 5600}
    assert schemas.is_valid("ocpp2.0.1", "Get15118EVCertificateResponse", longest)
    longest["exiResponse"] += "x"
    found = schemas.violations("ocpp2.0.1", "Get15118EVCertificateResponse", longest)
    assert [(one.path, one.code) for one in found] == [("exiResponse", "PropertyConstraintViolation")]
    assert schemas.is_valid("ocpp2.1", "Get15118EVCertificateResponse", {**longest, "exiResponse": "x" * 17000})


@pytest.mark.parametrize("version", VERSIONS)
def test_the_smallest_message_is_valid(version: Version) -> None:
    for name in schemas.names(version):
        assert schemas.violations(version, name, schemas.minimal(version, name)) == [], name


@pytest.mark.parametrize("name", ["Nonsense", "nonsense", ""])
def test_a_name_without_schema(name: str) -> None:
    assert not schemas.is_valid("ocpp2.1", name, {})
    with pytest.raises(KeyError):
        schemas.violations("ocpp2.1", name, {})
    with pytest.raises(KeyError):
        schemas.minimal("ocpp2.1", name)


def test_a_flood_of_violations_is_bounded() -> None:
    events = [{"eventId": "x" * 1000} for _ in range(1000)]
    tree = {"generatedAt": "y" * 100_000, "seqNo": 0, "eventData": events}
    found = schemas.violations("ocpp2.0.1", "NotifyEventRequest", tree)
    assert len(found) == schemas.MOST_VIOLATIONS
    assert all(len(str(one)) < 400 for one in found)
