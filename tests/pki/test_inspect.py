"""``v2xconform pki``: what it prints, and what it answers to files that it cannot use."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from typer.testing import CliRunner, Result

from v2xconform.cli.pki import app

NOW = "2026-01-31T12:00:00Z"


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki") / "out"
    result = call("issue", "iso15118-20-p521", "--out", folder, "--now", NOW)
    assert result.exit_code == 0
    assert "13 credentials (secc, vehicle, contract, contract-installed," in result.output
    return folder


def test_chain_on_one_screen(issued: Path) -> None:
    result = call("inspect", issued / "secc.pem")
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert len(lines) < 40
    assert "  subject     DC=CPO,O=v2xconform lab,CN=v2xconform SECC" in lines
    assert "  key         secp521r1" in lines
    assert "  signed with ecdsa-with-SHA512" in lines
    assert "  valid       2026-01-30T12:00:00+00:00 to 2026-04-01T12:00:00+00:00" in lines
    assert lines.count("  CA          yes, path length 1") == 1


@pytest.mark.parametrize("form", [Encoding.PEM, Encoding.DER])
def test_key_and_certificate_show_the_same_key_id(issued: Path, tmp_path: Path, form: Encoding) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "private").write_bytes(key.private_bytes(form, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "public").write_bytes(key.public_key().public_bytes(form, PublicFormat.SubjectPublicKeyInfo))
    shown = [
        json.loads(call("inspect", tmp_path / name, "--json").stdout)["content"][0] for name in ("private", "public")
    ]
    assert [one["kind"] for one in shown] == ["private-key", "public-key"]
    assert {one["curve"] for one in shown} == {"secp256r1"}
    assert len({one["subject_key_identifier"] for one in shown}) == 1


def test_ocsp_response(issued: Path) -> None:
    result = call("inspect", issued / "secc.ocsp" / "revoked.0.der")
    assert "  answer      revoked, serial " in result.output
    assert "signed with ecdsa-with-SHA512" in result.output
    assert "try_later" in call("inspect", issued / "secc.ocsp" / "try-later.0.der").output


def test_profile_judges(issued: Path) -> None:
    options = ("--profile", "iso15118-20-secc", "--now", NOW, "--anchors", issued / "roots" / "v2g.pem")
    good = call("inspect", issued / "secc.pem", *options)
    assert (good.exit_code, good.output.splitlines()[-1]) == (0, "judged by iso15118-20-secc: 0 issues")
    bad = call("inspect", issued / "secc-wrong-curve.pem", *options)
    assert bad.exit_code == 1
    assert "must   wrong-curve  certificate 0: " in bad.output
    assert "it must be secp521r1 or ed448 [V2G20-2674]" in bad.output
    doubt = call("inspect", issued / "secc-wrong-order.pem", *options)
    assert doubt.exit_code == 0
    assert "should wrong-order" in doubt.output


def test_without_anchors_the_root_is_not_judged(issued: Path) -> None:
    result = call("inspect", issued / "secc.pem", "--profile", "iso15118-20-secc", "--now", NOW)
    assert result.exit_code == 0
    assert "no --anchors given" in result.output


def test_json_is_alone_on_stdout(issued: Path) -> None:
    result = call("inspect", issued / "vehicle-expired.pem", "--profile", "iso15118-20-vehicle", "--now", NOW, "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [one["code"] for one in told["issues"]] == ["expired"]
    assert told["content"][0]["critical"] == ["basicConstraints", "keyUsage"]
    assert told["now"] == "2026-01-31T12:00:00+00:00"


def test_other_keys_are_named(tmp_path: Path) -> None:
    wanted = {
        "rsa2048": rsa.generate_private_key(65537, 2048).private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        ),
        "x25519": x25519.X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }
    for name, pem in wanted.items():
        (tmp_path / "key").write_bytes(pem)
        assert f"  key         {name}" in call("inspect", tmp_path / "key").output


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_encrypted_key_says_so(tmp_path: Path, form: PrivateFormat) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"secret")))
    result = call("inspect", tmp_path / "key")
    assert (result.exit_code, "encrypted: needs its password" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "neither PEM nor a DER certificate, key or OCSP response"),
        (b"hello", "neither PEM nor a DER certificate, key or OCSP response"),
        (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "PEM block CERTIFICATE is no base64"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "block 1 is no readable certificate"),
        (b"-----BEGIN OCSP RESPONSE-----\nAAAA\n-----END OCSP RESPONSE-----\n", "no readable OCSP response"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "neither PEM nor a DER certificate"),
    ],
)
def test_unusable_file_gets_one_line(tmp_path: Path, data: bytes, text: str) -> None:
    (tmp_path / "file").write_bytes(data)
    result = call("inspect", tmp_path / "file")
    assert result.exit_code == 2
    assert text in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("inspect", "gone.pem"), "gone.pem: No such file or directory; "),
        (("inspect", "x", "--profile", "iso"), "unknown profile 'iso'; there are iso15118-20-secc, "),
        (("inspect", "x", "--now", "noon"), "--now noon: no instant; write it like 2026-01-31T12:00:00Z"),
        (("issue", "iso15118-2", "--out", "x", "--now", "9999-12-31"), "give an instant from 2001 to 9900"),
        (("issue", "nope", "--out", "x"), "nope: no such recipe; "),
    ],
)
def test_mistaken_call_gets_one_line(arguments: tuple[str, ...], text: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert text in result.stderr
    assert result.stderr.count("\n") == 1


def test_folder_that_cannot_be_used_gets_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    for out, text in ((tmp_path, "is not empty and holds no index.json"), (tmp_path / "mine" / "x", "can be written")):
        result = call("issue", "iso15118-2", "--out", out)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert text in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_help_needs_no_cryptography() -> None:
    script = "import sys, v2xconform.cli.pki; print(sorted({'cryptography', 'pydantic', 'ruamel'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_key_has_nothing_to_judge(issued: Path) -> None:
    result = call("inspect", issued / "secc.key", "--profile", "iso15118-20-secc")
    assert (result.exit_code, "holds no certificate to judge" in result.stderr) == (2, True)
