import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from v2xconform.cli.decode import decode
from v2xconform.cli.encode import encode
from v2xconform.trace.events import Event, to_line

CAPTURES = Path(__file__).parents[1] / "trace" / "capture" / "data"
PLAIN, SECRET = CAPTURES / "iso2_plain.pcap", CAPTURES / "iso20_tls13.pcapng"

SAP_REQ = "8000dbab9371d3234b71d1b981899189d191818991d26b9b3a232b30020000040040"
SAP_RES = "80400040"

app = typer.Typer()
app.command()(decode)
app.command()(encode)


def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(app, ["decode", *map(str, arguments)], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def framed(payload: str, payload_type: str = "8001") -> str:
    return f"01fe{payload_type}{len(payload) // 2:08x}{payload}"


@pytest.fixture(scope="module")
def messages() -> dict[str, str]:
    """Payloads of the plain capture by message name."""
    lines = run(PLAIN, "--json").stdout.splitlines()
    return {record["name"]: record["hex"] for record in map(json.loads, lines)}


def test_a_capture_shows_one_line_a_message() -> None:
    result = run(PLAIN)
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert [line.split("  ")[2:4] for line in lines] == [
        ["sdp", "SECCDiscoveryReq"],
        ["sdp", "SECCDiscoveryRes"],
        ["supportedappprotocol", "supportedAppProtocolReq"],
        ["supportedappprotocol", "supportedAppProtocolRes"],
        ["iso15118-2", "SessionSetupReq"],
        ["iso15118-2", "SessionSetupRes"],
        ["iso15118-2", "ServiceDiscoveryReq"],
    ]
    assert lines[5] == (
        "2023-11-14T22:13:20.011000Z  [fe80::2]:61000 → [fe80::1]:50000  iso15118-2  SessionSetupRes"
        "  OK_NewSessionEstablished  EVSEID=ZZ00000"
    )


def test_a_capture_with_tls_secrets_inside() -> None:
    result = run(SECRET)
    assert result.exit_code == 0
    assert "iso15118-20-dc  DC_CableCheckRes  OK  EVSEProcessing=Finished" in result.stdout
    assert len(result.stdout.splitlines()) == 8


def without_secrets(data: bytes) -> tuple[bytes, bytes]:
    """Take the Decryption Secrets Block out of the stored capture; return the rest and the key log."""
    at = 0
    while int.from_bytes(data[at : at + 4], "little") != 10:
        at += int.from_bytes(data[at + 4 : at + 8], "little")
    end = at + int.from_bytes(data[at + 4 : at + 8], "little")
    return data[:at] + data[end:], data[at + 16 : end - 4].rstrip(b"\0")


def test_a_key_log_beside_the_capture(tmp_path: Path) -> None:
    capture, secrets = without_secrets(SECRET.read_bytes())
    (tmp_path / "sealed.pcapng").write_bytes(capture)
    (tmp_path / "keys.log").write_bytes(secrets)
    sealed = run(tmp_path / "sealed.pcapng")
    assert sealed.exit_code == 0
    assert len(sealed.stdout.splitlines()) == 2
    assert "encrypted connection: TLS 1.3, TLS_AES_256_GCM_SHA384: no secrets for ClientRandom" in sealed.stderr
    opened = run(tmp_path / "sealed.pcapng", "--keys", tmp_path / "keys.log")
    assert (opened.exit_code, opened.stderr, len(opened.stdout.splitlines())) == (0, "", 8)


def test_json_lines_hold_everything() -> None:
    record = json.loads(run(PLAIN, "--json").stdout.splitlines()[4])
    assert list(record) == [
        "protocol", "name", "tree", "oddities", "payload_type", "frame", "hex", "time", "src", "dst", "source",
    ]  # fmt: skip
    assert record["tree"]["Body"] == {"SessionSetupReq": {"EVCCID": "AABBCCDDEEFF"}}
    assert (record["payload_type"], record["frame"], record["source"]) == ("0x8001", True, 10)


def test_standard_input_takes_all_kinds(messages: dict[str, str]) -> None:
    assert run("-", stdin=PLAIN.read_bytes()).stdout == run(PLAIN).stdout
    assert run("-", stdin=f"\n{SAP_REQ}\n").stdout.startswith("supportedappprotocol  supportedAppProtocolReq")
    event = Event(
        1, 0, "", "tcp1", "evcc", "secc", "iso15118-2", "message", "x", raw=bytes.fromhex(messages["SessionSetupReq"])
    )
    assert "evcc → secc  iso15118-2  SessionSetupReq" in run("-", stdin=to_line(event)).stdout
    assert run("-", stdin=b"").stderr == "v2xconform decode: no message found\n"


@pytest.mark.parametrize("shape", ["{}", "0x{}", "{} # a request", "  {}  "])
def test_hex_on_the_command_line(shape: str) -> None:
    hexadecimal = shape.format(SAP_REQ)
    result = run("-", stdin=hexadecimal) if "#" in shape else run(hexadecimal)
    assert result.exit_code == 0
    assert "[schema guessed: supportedappprotocol, by its first octets 80 00]" in result.stdout


def test_hex_in_groups() -> None:
    grouped = " ".join(SAP_RES[at : at + 2] for at in range(0, len(SAP_RES), 2))
    assert run(grouped).stdout == run(grouped.replace(" ", ":")).stdout == run(SAP_RES).stdout


def test_hex_longer_than_a_file_name_can_be() -> None:
    long = framed("00" * 5000, "a000")
    result = run(long)
    assert result.exit_code == 1
    assert result.stderr == (
        "v2xconform decode: line 1: payload type 0xa000 (manufacturer specific) holds no message known here\n"
    )


def test_a_handshake_in_the_lines_decides_for_those_after_it(tmp_path: Path, messages: dict[str, str]) -> None:
    path = tmp_path / "lines.txt"
    lines = ["# a session", "", framed(SAP_REQ), framed(SAP_RES.replace("0040", "0000")), ""]
    din = "809a02000000000000000011d01a121dc983cd6000"
    path.write_text("\n".join([*lines, framed(din)]))
    notes = [json.loads(line).get("note", "") for line in run(path, "--json").stdout.splitlines()]
    assert [bool(note) for note in notes] == [True, False, False]


def test_several_frames_in_one_line(messages: dict[str, str]) -> None:
    result = run(framed(SAP_REQ) + framed(SAP_RES))
    assert [line.split("  ")[1] for line in result.stdout.splitlines()] == [
        "supportedAppProtocolReq",
        "supportedAppProtocolRes",
    ]


def test_sdp_frames() -> None:
    result = run("01fe9000000000021000")
    assert (result.exit_code, result.stdout) == (0, "sdp  SECCDiscoveryReq  Security=None  TransportProtocol=TCP\n")
    assert "! security at the whole: Security is 0x05" in run("01fe9000000000020500").stdout
    assert run("01fe900000000003100000").exit_code == 1


def test_the_payload_type_names_the_schema(messages: dict[str, str]) -> None:
    records = [json.loads(line) for line in run(SECRET, "--json").stdout.splitlines()]
    (check,) = [record for record in records if record["name"] == "DC_CableCheckReq"]
    assert "iso15118-20-dc  DC_CableCheckReq" in run(framed(check["hex"], "8004")).stdout
    assert (
        "payload type 0x8004 names iso15118-20-dc" in run(framed(check["hex"], "8004"), "--protocol", "din70121").stdout
    )
    result = run(check["hex"])
    assert result.exit_code == 2
    assert result.stderr.startswith("v2xconform decode: line 1: nothing tells the schema of this EXI stream")
    assert "DC_CableCheckReq" in run(check["hex"], "--protocol", "-dc").stdout
    assert "DC_CableCheckReq" in run(check["hex"], "--protocol", "urn:iso:std:iso:15118:-20:DC").stdout


def test_a_wrong_guess_names_the_way_out(messages: dict[str, str]) -> None:
    result = run(messages["SessionSetupReq"][:12])
    assert result.exit_code == 1
    assert "iso15118-2: bit " in result.stderr
    assert "--protocol names another" in result.stderr


def test_fragments_need_their_schema() -> None:
    result = run("808112", "--fragment")
    assert result.exit_code == 2
    assert "a fragment does not tell its schema: name it with --protocol" in result.stderr


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("8098zz", "not hexadecimal: 'z' in 8098zz"),
        ("80980", "5 hexadecimal digits: an odd number, so half an octet is missing"),
        ("01fe8001000000", "octet 0: 7 octets, too few for a V2GTP header of 8"),
        ("01fe80010000000580", "octet 0: V2GTP header says 5 payload octets, 1 are there"),
        ("02fe80010000000180", "octet 0: V2GTP header 02fe800100000001: protocol version is 0x02, expected 0x01"),
        (framed(SAP_RES) + "80", "octet 12: 1 octets, too few for a V2GTP header of 8"),
        ('{"kind": "message"}', "not a trace event: missing id, missing name, missing t_ns"),
        ("{", "not a JSON object:"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on(tmp_path: Path, line: str, wrong: str) -> None:
    path = tmp_path / "lines.txt"
    path.write_text(f"# comment\n\n{line}\n{SAP_RES}\n")
    result = run(path)
    assert result.exit_code == 1
    assert "supportedAppProtocolRes" in result.stdout
    assert result.stderr.splitlines()[0].startswith(f"v2xconform decode: line 3: {wrong}")


def test_an_undecodable_message_is_told_with_bit_and_path(messages: dict[str, str]) -> None:
    result = run(messages["SessionSetupRes"][:-6], "--protocol", "iso15118-2")
    assert result.exit_code == 1
    assert result.stderr.startswith("v2xconform decode: line 1: iso15118-2: bit ")
    assert "Body.SessionSetupRes" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["no-such-file.pcap"], "'no-such-file.pcap' is neither an existing file nor hexadecimal text"),
        ([str(CAPTURES)], "is a folder; name a file in it"),
        ([SAP_RES, "--protocol", "iso"], "--protocol: unknown protocol 'iso': known are din70121,"),
        ([str(PLAIN), "--keys", "nowhere"], "--keys nowhere: cannot be read: No such file or directory"),
        ([str(PLAIN), "--keys", __file__], "not one line has the form of a TLS key log"),
    ],
)
def test_usage_errors_are_one_line_and_exit_code_2(arguments: list[str], wrong: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert wrong in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_binary_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    result = run(path)
    assert result.exit_code == 2
    assert result.stderr.endswith("neither a capture, nor a trace, nor hexadecimal text: it holds binary data\n")


def test_a_damaged_capture_shows_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    path.write_bytes(PLAIN.read_bytes()[:-100])
    result = run(path)
    assert result.exit_code == 1
    assert "the file ends within packet" in result.stderr
    assert "SessionSetupReq" in result.stdout


def test_a_locale_without_arrows_is_no_failure() -> None:
    command = [
        sys.executable,
        "-c",
        "import typer; from v2xconform.cli.decode import decode; typer.run(decode)",
        str(PLAIN),
    ]
    result = subprocess.run(
        command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, cwd=Path(__file__).parents[2]
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"[fe80::1]:50000 \\u2192 [fe80::2]:61000" in result.stdout


def test_a_trace_is_decoded_again_from_its_octets(tmp_path: Path, messages: dict[str, str]) -> None:
    def event(number: int, layer: str, kind: str, name: str, raw: str | None, **more: object) -> bytes:
        octets = None if raw is None else bytes.fromhex(raw)
        return to_line(
            Event(
                number, 0, "2026-01-01T00:00:00.000000Z", "tcp1", "evcc", "secc", layer, kind, name, raw=octets, **more
            )
        )  # type: ignore[arg-type]

    path = tmp_path / "trace.jsonl"
    path.write_bytes(
        event(1, "tcp", "bytes", "sent", "00")
        + event(2, "sdp", "message", "SECCDiscoveryReq", "1000")
        + event(3, "iso15118-2", "message", "whatever", messages["SessionSetupReq"])
        + event(4, "iso15118-2", "undecodable", "undecodable", "809802", body={"error": "x", "payload_type": 0x8001})
        + event(5, "ocpp2.0.1", "message", "BootNotification", None, body={"reason": "PowerUp"})
        + event(6, "iso15118-2", "message", "lost", None)
        + event(7, "v2gtp", "undecodable", "undecodable", "00", body={"payload_type": 0xA000})
    )
    result = run(path)
    assert [line.split("  ")[2:4] for line in result.stdout.splitlines()] == [
        ["sdp", "SECCDiscoveryReq"],
        ["iso15118-2", "SessionSetupReq"],
        ["ocpp2.0.1", "BootNotification"],
    ]
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == ["line 4", "line 6", "line 7"]
    assert result.exit_code == 1
