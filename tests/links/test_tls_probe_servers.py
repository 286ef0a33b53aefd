"""The prober against servers set up in many ways, right and wrong: `openssl s_server` where it is installed, and in any
case a server of the library that this project brings along, in a process of its own."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from v2xconform.links import IpNetwork
from v2xconform.links.tls_probe import Report, probe
from v2xconform.links.tls_shown import from_recipe
from v2xconform.pki import Pki, issue, load_recipe

NOW = datetime.now(UTC)
ENGINES = ["library", *(["command"] if shutil.which("openssl") else [])]

# A server like `openssl s_server`, for machines without that command: one connection after the other.
SERVER = """
import json, socket, sys
from OpenSSL import SSL
from OpenSSL._util import ffi, lib
given = json.loads(sys.argv[1])
context = SSL.Context(SSL.TLS_METHOD)
context.set_min_proto_version(given["versions"][0])
context.set_max_proto_version(given["versions"][1])
context.set_tls13_ciphersuites(given["suites"].encode())
context.set_cipher_list(given["suites_12"].encode())
assert lib.SSL_CTX_set1_curves_list(context._context, given["groups"].encode())
if given["signatures"]:
    assert lib.SSL_CTX_set1_sigalgs_list(context._context, given["signatures"].encode())
context.use_certificate_chain_file(given["chain"])
context.use_privatekey_file(given["key"])
if given["server_order"]:
    context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE)
if given["staple"]:
    response = open(given["staple"], "rb").read()
    context.set_ocsp_server_callback(lambda connection, data: response)
modes = {"none": 0, "asks": SSL.VERIFY_PEER, "demands": SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT}
context.set_verify(modes[given["client"]], lambda connection, certificate, code, depth, good: bool(good))
context.set_session_id(b"test")
context.load_verify_locations(given["roots"])
if given["authorities"]:
    context.load_client_ca(given["roots"].encode())
listener = socket.create_server(("127.0.0.1", given["port"]), backlog=64)
while True:
    connection, _ = listener.accept()
    tls = SSL.Connection(context, connection)
    tls.set_accept_state()
    try:
        tls.do_handshake()
        while True:
            tls.recv(4096)
    except SSL.ZeroReturnError:
        tls.shutdown()
    except SSL.Error:
        pass
    finally:
        connection.close()
"""
_VERSIONS = {"1.0": 0x0301, "1.2": 0x0303, "1.3": 0x0304}
_FLAGS = {"1.0": "-no_ssl3", "1.2": "-no_tls1 -no_tls1_1", "1.3": "-no_tls1 -no_tls1_1 -no_tls1_2"}


# pyOpenSSL cannot say how many tickets a server grants; the standard library can, but knows no lists of suites or groups.
TICKETS = """
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
context.num_tickets = int(sys.argv[4])
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
while True:
    connection, _ = listener.accept()
    try:
        with context.wrap_socket(connection, server_side=True) as tls:
            while tls.recv(4096):
                pass
    except OSError:
        connection.close()
"""


@dataclass(frozen=True)
class Server:
    """How a server is set up; without arguments exactly as ISO 15118-20 has it."""

    versions: tuple[str, str] = ("1.3", "1.3")
    suites: str = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    suites_12: str = "ECDHE-ECDSA-AES128-SHA256"
    groups: str = "P-521:X448"
    signatures: str = "ecdsa_secp521r1_sha512:ed448"
    recipe: str = "iso15118-20-p521"
    variant: str | None = None
    staple: str = "good"
    client: Literal["none", "asks", "demands"] = "demands"
    authorities: bool = True
    server_order: bool = False


@dataclass(frozen=True)
class Setup:
    """A server, and what the probe has to say of it."""

    server: Server
    expected: Mapping[str, str] = field(default_factory=dict)
    """Title of a check, or requirement id of the chain -> verdict; all others must not fail."""
    seen: Mapping[str, str] = field(default_factory=dict)
    """Title -> words that must be in what was seen."""
    profile: Literal["iso15118-20", "iso15118-2"] = "iso15118-20"
    public: bool | None = True


SOUND = {
    "names its V2G and OEM roots": "PASS",
    "OCSP staples": "WARN",  # OpenSSL staples for the leaf alone
    "asks for the car's certificate": "PASS",
    "refuses a car without certificate": "PASS",
    "order of Table 6": "PASS",
    "groups of Table 7": "PASS",
    "signature algorithms of Table 8": "PASS",
    "handshake with the profile's lists": "PASS",
    "max_fragment_length": "PASS",
    "HelloRetryRequest": "PASS",
}
P256 = {"recipe": "iso15118-20-p256", "signatures": "ecdsa_secp256r1_sha256"}
OF_2 = Server(
    versions=("1.2", "1.2"), recipe="iso15118-2", groups="P-256", client="none", signatures="ecdsa_secp256r1_sha256"
)
SETUPS: dict[str, Setup] = {
    "exact profile": Setup(Server(), SOUND, {"refuses a car without certificate": "certificate_required"}),
    "exact profile on Ed448": Setup(
        Server(recipe="iso15118-20-ed448", groups="X448:P-521"), SOUND, {"signature algorithms of Table 8": "ed448"}
    ),
    "no client certificate": Setup(
        Server(client="none"),
        {"asks for the car's certificate": "FAIL", "refuses a car without certificate": "FAIL"},
        {"asks for the car's certificate": "no CertificateRequest"},
    ),
    "asks but does not demand": Setup(
        Server(client="asks"),
        {"asks for the car's certificate": "PASS", "refuses a car without certificate": "FAIL"},
        {"refuses a car without certificate": "is let in"},
    ),
    "TLS 1.2 with the suite of -2": Setup(
        OF_2,
        {"TLS 1.2": "PASS", "a cipher suite of the edition": "PASS", "secp256r1": "PASS", "nothing older": "PASS",
         "ecdsa_secp256r1_sha256": "PASS", "asks for no certificate": "PASS", "tolerates trusted_ca_keys": "PASS",
         "handshake with the profile's lists": "PASS", "OCSP staples (status_request_v2)": "FAIL"},
        {"a cipher suite of the edition": "not TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256"},
        profile="iso15118-2",
    ),
    "TLS 1.2 judged by -20": Setup(OF_2, {"TLS 1.3": "FAIL", "V2G20-2674": "FAIL", "OCSP staples": "unknown"},
        {"TLS 1.3": "protocol_version"}),
    "both versions": Setup(
        Server(versions=("1.2", "1.3"), groups="P-521:X448:P-256", suites_12="ECDHE-ECDSA-AES128-SHA256"),
        {"TLS 1.3": "PASS", "TLS 1.3 wherever a car offers it": "PASS", "groups of Table 7": "WARN",
         "downgrade mark in the TLS 1.2 hello": "PASS"},
        {"TLS 1.2 at most for older cars, nothing older": "TLSv1.2 too", "groups of Table 7": "older cars need it"},
    ),
    "a suite too many": Setup(
        Server(suites="TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"),
        {"cipher suites of Table 6": "FAIL", "order of Table 6": "PASS"},
        {"cipher suites of Table 6": "outside of the profile TLS_AES_128_GCM_SHA256"},
    ),
    "a suite too few": Setup(
        Server(suites="TLS_CHACHA20_POLY1305_SHA256"),
        {"cipher suites of Table 6": "FAIL", "order of Table 6": "unknown"},
        {"cipher suites of Table 6": "missing TLS_AES_256_GCM_SHA384"},
    ),
    "wrong order of suites": Setup(
        Server(suites="TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384", server_order=True),
        {"cipher suites of Table 6": "PASS", "order of Table 6": "FAIL"},
        {"order of Table 6": "the server's order counts"},
    ),
    "wrong group only": Setup(
        Server(groups="P-256"),
        {"groups of Table 7": "FAIL", "handshake with the profile's lists": "FAIL", "HelloRetryRequest": "PASS"},
        {"groups of Table 7": "secp256r1; missing secp521r1, x448"},
    ),
    "P-256 chain": Setup(
        Server(**P256),  # type: ignore[arg-type]  # strings all of them
        {"signature algorithms of Table 8": "FAIL", "V2G20-2674": "FAIL", "handshake with the profile's lists": "FAIL",
         "signature algorithms asked for": "FAIL"},
        {"signature algorithms of Table 8": "ecdsa_secp256r1_sha256"},
    ),
    "no staple, public": Setup(Server(staple=""), {"OCSP staples": "FAIL"}),
    "no staple, private": Setup(Server(staple=""), {"OCSP staples": "PASS"}, public=False),
    "no staple, nobody knows": Setup(Server(staple=""), {"OCSP staples": "unknown"}, public=None),
    "expired staple": Setup(Server(staple="expired"), {"V2G20-2409": "FAIL"}, {"V2G20-2409": "nextUpdate"}),
    "revoked": Setup(Server(staple="revoked"), {"V2G20-1240": "FAIL"}, {"V2G20-1240": "revoked since"}),
    "staple of eight days": Setup(Server(staple="too-long"), {"V2G20-1021": "FAIL"}),
    "no authorities": Setup(Server(authorities=False), {"names its V2G and OEM roots": "WARN"}),
    "RSA certificate": Setup(
        Server(recipe="rsa", signatures="rsa_pss_rsae_sha256", staple=""),
        {"signature algorithms of Table 8": "FAIL", "V2G20-2674": "FAIL", "OCSP staples": "FAIL", "X20-Chain": "FAIL",
         "handshake with the profile's lists": "FAIL", "signature algorithms asked for": "FAIL"},
        {"signature algorithms of Table 8": "rsa_pss_rsae_sha256"},
    ),
    "TLS 1.0 allowed": Setup(
        Server(versions=("1.0", "1.3"), suites_12="ALL:@SECLEVEL=0", groups="P-521:X448", signatures=""),
        {"TLS 1.2 at most for older cars, nothing older": "FAIL", "signature algorithms asked for": "WARN"},
        {"TLS 1.2 at most for older cars, nothing older": "TLSv1.1, TLSv1 accepted"},
    ),
    "expired certificate": Setup(Server(variant="expired"), {"X20-Chain": "FAIL"}, {"X20-Chain": "expired"}),
    "sub-CAs not sent": Setup(Server(variant="missing-chain"), {"X20-Chain": "FAIL"}),
}  # fmt: skip


@cache
def pki(recipe: str) -> Pki:
    return issue(load_recipe(recipe), NOW)


def credential(server: Server) -> tuple[bytes, bytes, bytes | None]:
    """Return chain and key as PEM, and the staple."""
    if server.recipe != "rsa":
        issued = pki(server.recipe).credential("secc", server.variant, staple=server.staple or "missing")
        return issued.chain_pem(), issued.key_pem(), issued.ocsp
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "charger on RSA")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(7).not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=9))
    )
    pem = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    return pem, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), None


def roots(server: Server) -> list[x509.Certificate]:
    return list(pki("iso15118-20-p521" if server.recipe in ("rsa", "iso15118-2") else server.recipe).anchors())


def command(server: Server, port: int, place: Path) -> list[str]:
    """Return the `openssl s_server` command line."""
    flags = (
        f"-accept 127.0.0.1:{port} -cert leaf.pem -key key.pem -ciphersuites {server.suites} -groups {server.groups}"
    )
    flags += f" -cipher {server.suites_12} {_FLAGS[server.versions[0]]} -CAfile roots.pem -no-CApath -no-CAstore -quiet"
    flags += "" if server.versions[1] == "1.3" else " -no_tls1_3"
    flags += f" -sigalgs {server.signatures}" if server.signatures else ""
    flags += " -cert_chain subs.pem" if (place / "subs.pem").exists() else ""
    flags += " -status_file staple.der" if (place / "staple.der").exists() else ""
    flags += {"none": "", "asks": " -verify 5", "demands": " -Verify 5"}[server.client]
    flags += " -verify_return_error" if server.client != "none" else ""
    flags += "" if server.authorities else " -no_ca_names"
    flags += " -serverpref" if server.server_order else ""
    return ["openssl", "s_server", *flags.split()]


def library(server: Server, port: int, place: Path) -> list[str]:
    """Return the command line of the server that needs no `openssl` command."""
    given: dict[str, Any] = {
        name: getattr(server, name)
        for name in ("suites", "suites_12", "groups", "signatures", "client", "authorities", "server_order")
    }
    given |= {"versions": [_VERSIONS[one] for one in server.versions], "port": port, "roots": str(place / "roots.pem")}
    given |= {"chain": str(place / "chain.pem"), "key": str(place / "key.pem")}
    given["staple"] = str(place / "staple.der") if (place / "staple.der").exists() else ""
    return [sys.executable, "-c", SERVER, json.dumps(given)]


@contextmanager
def running(server: Server, engine: str, place: Path, tickets: int = 2) -> Iterator[int]:
    """Run a server as long as the block runs; yields its port."""
    chain, key, staple = credential(server)
    (place / "chain.pem").write_bytes(chain)
    (place / "key.pem").write_bytes(key)
    leaf, *subs = x509.load_pem_x509_certificates(chain)
    (place / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    if subs:
        (place / "subs.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in subs))
    if staple is not None:
        (place / "staple.der").write_bytes(staple)
    (place / "roots.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in roots(server)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    if engine == "standard library":
        line = [sys.executable, "-c", TICKETS, str(port), "chain.pem", "key.pem", str(tickets)]
    else:
        line = {"command": command, "library": library}[engine](server, port, place)
    errors = (place / "errors.txt").open("wb")
    process = subprocess.Popen(line, cwd=place, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        assert anyio.run(listens, port), (place / "errors.txt").read_text()
        yield port
    finally:
        process.terminate()
        process.communicate()
        errors.close()


async def listens(port: int) -> bool:
    """Wait until somebody listens on a port."""
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            await anyio.sleep(0.02)
        else:
            return True
    return False


def probed(port: int, setup: Setup, **more: Any) -> Report:
    async def ask() -> Report:
        return await probe(
            IpNetwork(), "127.0.0.1", port, profile=setup.profile, now=datetime.now(UTC), public=setup.public,
            anchors=pki(setup.server.recipe).anchors("v2g") if setup.server.recipe != "rsa" else (), **more,
        )  # fmt: skip

    return anyio.run(ask)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SETUPS)
def test_every_set_up_is_reported_right(name: str, engine: str, tmp_path: Path) -> None:
    setup = SETUPS[name]
    with running(setup.server, engine, tmp_path) as port:
        report = probed(port, setup)
    assert not report.no_tls
    assert not report.seen.scan.stopped
    worst_last = sorted(report.lines, key=lambda line: line.verdict == "FAIL")
    lines = {line.title: line for line in worst_last} | {line.id: line for line in worst_last}
    for key, verdict in setup.expected.items():
        assert (key, lines[key].verdict, lines[key].seen) == (key, verdict, lines[key].seen)
    for key, words in setup.seen.items():
        assert words in lines[key].seen
    unexpected = [
        line for line in report.lines
        if line.verdict == "FAIL" and "FAIL" not in (setup.expected.get(line.title), setup.expected.get(line.id))
    ]  # fmt: skip
    assert unexpected == []
    assert report.verdict == ("FAIL" if "FAIL" in setup.expected.values() else "PASS")
    granted = report.tree()["certificate"]["session_tickets"]["TLSv1.3"]
    if setup.server.client == "demands" or setup.profile == "iso15118-2" or setup.server is OF_2:
        assert granted is None  # they come after the client's certificate was taken
    else:
        assert granted == 2


@pytest.mark.parametrize("tickets", [0, 1, 3])
def test_session_tickets_are_counted(tickets: int, tmp_path: Path) -> None:
    setup = SETUPS["no client certificate"]
    with running(setup.server, "standard library", tmp_path, tickets) as port:
        report = probed(port, setup)
    assert report.tree()["certificate"]["session_tickets"]["TLSv1.3"] == tickets


ALERTS = {
    "no-certificate": "certificate_required",
    "expired": "certificate_expired",
    "unknown-root": "unknown_ca",
    "bad-signature": "decrypt_error",
    "wrong-extended-key-usage": "unsupported_certificate",
}


@pytest.mark.parametrize("engine", ENGINES)
def test_good_and_broken_vehicle_certificates_are_told_apart(engine: str, tmp_path: Path) -> None:
    names = ("good", "no-certificate", "wrong-curve", "chain-too-long", "too-large", *ALERTS)
    shown = [one for one in from_recipe("iso15118-20-p521", NOW)[0] if one.name in names]
    setup = SETUPS["exact profile"]
    with running(setup.server, engine, tmp_path) as port:
        report = probed(port, setup, shown=shown)
    shakes = {shake.name: shake for shake in report.seen.shakes}
    assert shakes["good"].outcome == "accepted"
    assert shakes["good"].tickets > 0
    for name, alert in ALERTS.items():
        assert (name, shakes[name].outcome, shakes[name].alert, shakes[name].late) == (name, "refused", alert, True)
        assert alert in shakes[name].fitting
    assert shakes["wrong-curve"].outcome == "not shown"
    lines = {line.title: line for line in report.lines}
    assert lines["lets in a good certificate"].verdict == "PASS"
    # OpenSSL knows neither the V2G limits on chains nor the curve of a sub-CA
    kept = lines["keeps out broken certificates"]
    assert (kept.verdict, "chain-too-long" in kept.seen, "expired" in kept.seen) == ("FAIL", True, False)


def test_a_certificate_that_nobody_trusts_proves_nothing(tmp_path: Path) -> None:
    shown, _ = from_recipe("iso15118-20-ed448", NOW)
    setup = SETUPS["exact profile"]
    with running(setup.server, "library", tmp_path) as port:
        report = probed(port, setup, shown=shown[:4])
    lines = {line.title: line for line in report.lines}
    assert lines["lets in a good certificate"].verdict == "unknown"
    assert "does the charger trust the root" in lines["lets in a good certificate"].seen
    assert lines["keeps out broken certificates"].verdict == "unknown"
