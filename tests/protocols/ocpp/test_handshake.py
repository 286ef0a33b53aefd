"""Identities, URLs, credentials and the choice of a subprotocol."""

import pytest

from v2xconform.protocols.ocpp.handshake import (
    EndpointError,
    basic,
    choose,
    credentials,
    endpoint,
    identity_of,
    identity_problem,
)


@pytest.mark.parametrize(
    "target, identity",
    [
        ("/ocpp/CS-1", "CS-1"),
        ("/CS-1?a=/b", "CS-1"),
        ("/ocpp/RDAM%7C123", "RDAM|123"),
        ("/ocpp/", ""),
        ("CS", "CS"),
        ("/%E4", "�"),
    ],
)
def test_the_identity_is_the_last_part_of_the_path(target: str, identity: str) -> None:
    assert identity_of(target) == identity


@pytest.mark.parametrize(
    "identity, wrong", [("CS*1-_=+|@.", ""), ("", "empty"), ("a:b", ":"), ("x" * 49, "48"), ("ä", "ä")]
)
def test_what_is_wrong_with_an_identity(identity: str, wrong: str) -> None:
    problem = identity_problem(identity)
    assert bool(problem) == bool(wrong) and wrong in problem


def test_the_target_of_an_endpoint_escapes_the_identity() -> None:
    found = endpoint("wss://csms.example/ocpp/")
    assert (found.port, found.secure, found.url()) == (443, True, "wss://csms.example:443/ocpp")
    assert found.target("RDAM|1 2") == "/ocpp/RDAM%7C1%202"
    assert endpoint("ws://[::1]:9000").url() == "ws://[::1]:9000"


@pytest.mark.parametrize("url", ["http://csms.example", "ws://", "csms.example:9000", "ws://host:port/"])
def test_what_is_no_endpoint(url: str) -> None:
    with pytest.raises(EndpointError):
        endpoint(url)


def test_the_first_offer_that_is_supported_is_chosen() -> None:
    assert choose(["ocpp2.1", "ocpp2.0.1"], ["ocpp2.0.1", "ocpp2.1"]) == "ocpp2.1"
    assert choose(["ocpp1.6"], ["ocpp2.1"]) == "" == choose([], ["ocpp2.1"])


def test_credentials_are_read_back() -> None:
    assert credentials(basic("CS-1", "pä:ss")) == ("CS-1", "pä:ss")


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Bearer abc", "Basic Q1M=", "Basic /w=="])
def test_what_are_no_credentials(header: str) -> None:
    assert credentials(header) is None
