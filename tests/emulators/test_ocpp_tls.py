"""Security profiles 2 and 3 between a station and a CSMS: who refuses whom, and why (memory BIOs, no network)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from v2xconform.emulators import ocpp_tls
from v2xconform.emulators.ocpp_tls import ECDSA_SUITES, FOUR_SUITES, csms_policy, name_fits, ocpp_pki, station_policy
from v2xconform.lab.sut import OcppReach
from v2xconform.links.tls_endpoint import TlsEndpoint, TlsFailed

UTC_NOW = datetime.now(UTC).timestamp()
REACH = OcppReach()


def meet(csms: Any, station: Any) -> tuple[TlsEndpoint, TlsEndpoint]:
    """Let two ends shake hands. Raises TlsFailed of the end that gave up first."""
    server, client = TlsEndpoint(csms, "server"), TlsEndpoint(station, "client")
    for _ in range(8):
        for one, other in ((client, server), (server, client)):
            try:
                one.handshake()
            finally:
                other.receive(one.data_to_send())
    for one, other in ((client, server), (server, client)):
        one.read(100)
        other.receive(one.data_to_send())
    return server, client


def csms(profile: int = 2, **more: Any) -> Any:
    return csms_policy(REACH, UTC_NOW, profile, strict=True, **more)


def station(variant: str = "", *, profile: int = 2, **more: Any) -> Any:
    pki = ocpp_pki("ocpp", UTC_NOW)
    shown = ocpp_tls.station_credential(REACH, "LAB-0001", UTC_NOW, variant) if profile == 3 else None
    return station_policy(shown, pki.anchors("csms"), server_name="csms.lab", strict=True, **more)


@pytest.mark.parametrize("suite", FOUR_SUITES.split(":"))
def test_the_csms_agrees_to_each_of_the_four_suites(suite: str) -> None:
    server, _ = meet(csms(), station(suites=suite, maximum="TLSv1.2"))
    assert server.facts()["suite"] == suite


def test_both_speak_tls_1_3_where_they_can() -> None:
    server, client = meet(csms(3), station(profile=3))
    assert server.facts()["version"] == client.facts()["version"] == "TLSv1.3"


@pytest.mark.parametrize(
    ("variant", "why"),
    [("expired", "certificate"), ("unknown-root", "certificate"), ("self-signed", "certificate"),
     ("bad-signature", "certificate")],
)  # fmt: skip
@pytest.mark.parametrize("suites", [ECDSA_SUITES, ocpp_tls.RSA_SUITES])
def test_a_station_refuses_a_bad_csms_and_knows_why(variant: str, why: str, suites: str) -> None:
    with pytest.raises(TlsFailed) as refused:
        meet(csms(variant=variant), station(suites=suites, maximum="TLSv1.2"))
    assert ocpp_tls.why_refused(refused.value) == why


def test_a_station_refuses_tls_1_1_and_knows_why() -> None:
    with pytest.raises(TlsFailed):
        meet(csms(minimum="TLSv1.1", maximum="TLSv1.1"), station())


def test_tls_1_1_can_be_played_by_both_ends() -> None:
    old: dict[str, Any] = {"minimum": "TLSv1.1", "maximum": "TLSv1.1"}
    assert meet(csms(**old), station(**old))[0].facts()["version"] == "TLSv1.1"


@pytest.mark.parametrize("variant", ["expired", "unknown-root", "self-signed", "none"])
def test_a_csms_refuses_a_bad_station(variant: str) -> None:
    with pytest.raises(TlsFailed):
        meet(csms(3), station(variant, profile=3))


@pytest.mark.parametrize("variant", ["wrong-cn", "wrong-organization"])
def test_tls_alone_does_not_see_whose_certificate_it_is(variant: str) -> None:
    assert meet(csms(3), station(variant, profile=3))[0].established


def test_the_name_of_a_server_is_compared() -> None:
    pki = ocpp_pki("ocpp", UTC_NOW)
    assert name_fits(pki.certificate("csms"), "CSMS.lab")
    assert name_fits(pki.certificate("csms"), "127.0.0.1")
    assert not name_fits(pki.certificate("csms"), "other.lab")


def test_a_lab_gives_its_csms_the_name_by_which_the_station_knows_it() -> None:
    named = csms_policy(REACH.model_copy(update={"server_name": "charging.example"}), UTC_NOW, 2, strict=True)
    assert name_fits(named.credential.chain[0], "charging.example")  # type: ignore[union-attr]
    assert meet(named, station())[1].established


def test_a_station_with_another_serial_number_has_a_certificate_of_its_own() -> None:
    shown = ocpp_tls.station_credential(REACH, "SN-42", UTC_NOW)
    assert shown is not None
    assert "CN=SN-42" in shown.chain[0].subject.rfc4514_string()
    assert ocpp_tls.station_credential(REACH, "SN-42", UTC_NOW) == shown
