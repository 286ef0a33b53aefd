"""Plug & Charge with josev, both ways: it accepts our signatures, refuses broken ones, and its own stand before our judge."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from v2xconform.content import content
from v2xconform.judge.context import Context
from v2xconform.judge.monitors.signature import SignatureMonitor
from v2xconform.trace.query import field_at, messages, response_code
from v2xconform.trace.store import read_trace

from .install import Installation, install
from .namespace import STATION, VEHICLE
from .ours import CHARGER, emulate
from .pki import PASSWORD
from .scenarios import SCENARIOS
from .sessions import Outcome, with_josev_evcc, with_josev_secc

SCENARIO = SCENARIOS["dc-tls13"]
AUTHORIZED = "AuthorizationRes"


def operator_root(installation: Installation) -> Path:
    return installation.pki / "iso15118_2" / "certs" / "moRootCACert.pem"


def contract_options(installation: Installation, folder: Path) -> list[str]:
    """Return the options with which our car shows the contract of josev's own car."""
    certificates, keys = installation.pki / "iso15118_2" / "certs", installation.pki / "iso15118_2" / "private_keys"
    chain, key = folder / "contract.pem", folder / "contract.key"
    members = ("contractLeaf", "moSubCA2", "moSubCA1")
    chain.write_bytes(b"".join((certificates / f"{name}Cert.pem").read_bytes() for name in members))
    private = serialization.load_pem_private_key((keys / "contractLeaf.key").read_bytes(), PASSWORD)
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    files = {"chain": chain, "key": key, "trust": operator_root(installation)}
    return [part for name, path in files.items() for part in (f"--contract-{name}", str(path))]


def changed(persona: Path, target: Path, lines: str) -> Path:
    target.write_text(f"{persona.read_text(encoding='utf-8')}\n{lines}\n", encoding="utf-8")
    return target


def our_car(folder: Path, flaw: str = "") -> Outcome:
    installation = install()
    source = content("emulators") / "personas" / "bench_ev.yaml"
    persona = changed(Path(str(source)), folder / "car.yaml", "contract: {wanted: first, installs: never}")
    if flaw:
        text = persona.read_text(encoding="utf-8").replace("policy:", f"policy:\n  signature_flaw: {flaw}", 1)
        persona.write_text(text, encoding="utf-8")
    options = ("--persona", str(persona), *contract_options(installation, folder))
    command = emulate("evcc", VEHICLE, SCENARIO, "Dynamic", folder / "trace.jsonl", *options)
    return with_josev_secc(command, secc_env={**SCENARIO.secc_env, "AUTH_MODES": "PNC"}, folder=folder)


@pytest.mark.interop
def test_josevs_station_authorizes_our_contract(tmp_path: Path) -> None:
    outcome = our_car(tmp_path)
    assert outcome.completed and outcome.command_exit == 0, outcome.explain()
    events = list(read_trace(tmp_path / "trace.jsonl"))
    asked = next(messages(events, name="AuthorizationReq"))
    assert field_at(asked.body, "SelectedAuthorizationService") == "PnC"
    assert [response_code(event) for event in messages(events, name=AUTHORIZED)] == ["OK"]


@pytest.mark.interop
@pytest.mark.parametrize("flaw", ["value", "digest"])
def test_josevs_station_refuses_broken_signatures(flaw: str, tmp_path: Path) -> None:
    outcome = our_car(tmp_path, flaw)
    events = list(read_trace(tmp_path / "trace.jsonl"))
    codes = [response_code(event) for event in messages(events, name=AUTHORIZED)]
    assert codes == ["FAILED_SignatureError"], outcome.explain()


@pytest.mark.interop
def test_our_station_authorizes_the_contract_of_josevs_car(tmp_path: Path) -> None:
    installation = install()
    persona = changed(CHARGER, tmp_path / "station.yaml", "authorization: [PnC]")
    root = operator_root(installation)
    trace = tmp_path / "trace.jsonl"
    options = ("--persona", str(persona), "--lenient", "--contract-trust", str(root))
    outcome = with_josev_evcc(
        emulate("secc", STATION, SCENARIO, "Scheduled", trace, *options),
        config=SCENARIO.evcc_config, evcc_env=SCENARIO.evcc_env, folder=tmp_path, until_closed=False,
    )  # fmt: skip
    assert outcome.completed, outcome.explain()
    events = list(read_trace(trace))
    assert [response_code(event) for event in messages(events, name=AUTHORIZED)] == ["OK"]

    anchor = x509.load_pem_x509_certificate(root.read_bytes()).public_bytes(serialization.Encoding.DER)
    context = Context("evcc", tls_profile="iso15118-20-p256", mo_anchors=(b64encode(anchor).decode(),))
    monitor = SignatureMonitor(context)
    found = [finding for event in events for finding in monitor.see(event)]
    assert {finding.severity for finding in found} == {"NOTE"}  # ecdsa-sha256 on secp256r1, as the bench has agreed
