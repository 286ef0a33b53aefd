import gzip
import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from v2xconform.cli.decode import decode
from v2xconform.cli.encode import encode

CAPTURES = Path(__file__).parents[1] / "trace" / "capture" / "data"
VECTORS = Path(__file__).parents[3] / "shared" / "data" / "exi" / "vectors.jsonl.gz"
OWN = CAPTURES.parents[2] / "cli" / "own_vectors.txt"

app = typer.Typer()
app.command()(decode)
app.command()(encode)

SAP_RES = {
    "protocol": "supportedappprotocol",
    "name": "supportedAppProtocolRes",
    "tree": {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1},
}


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(app, [*map(str, arguments)], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def there_and_back(lines: list[str], *options: str) -> list[str]:
    decoded = run("decode", "-", "--json", *options, stdin="\n".join(lines))
    assert decoded.stderr == ""
    encoded = run("encode", "-", stdin=decoded.stdout)
    assert (encoded.exit_code, encoded.stderr) == (0, "")
    return encoded.stdout.splitlines()


def own_vectors() -> list[tuple[str, str, str]]:
    rows = [line.split() for line in OWN.read_text().splitlines() if line and not line.startswith("#")]
    return [(kind, protocol, data) for kind, protocol, data in rows]


@pytest.mark.parametrize(("kind", "protocol", "data"), own_vectors())
def test_own_vectors_come_back(kind: str, protocol: str, data: str) -> None:
    options = ["--protocol", protocol] + (["--fragment"] if kind == "fragment" else [])
    assert there_and_back([data], *options) == [data]


@pytest.mark.parametrize("name", ["iso2_plain.pcap", "iso20_tls13.pcapng"])
def test_frames_of_captures_come_back_as_frames(name: str) -> None:
    decoded = run("decode", CAPTURES / name, "--json").stdout
    records = [json.loads(line) for line in decoded.splitlines()]
    frames = run("encode", "-", stdin=decoded).stdout.splitlines()
    assert frames == [
        f"01fe{record['payload_type'][2:].lower()}{len(record['hex']) // 2:08x}{record['hex']}" for record in records
    ]
    assert there_and_back(frames) == frames


@pytest.mark.skipif(not VECTORS.exists(), reason="the vector collection is not here")
def test_all_vectors_on_which_other_codecs_agree_come_back() -> None:
    groups: dict[tuple[str, str], list[str]] = {}
    with gzip.open(VECTORS) as lines:
        for vector in map(json.loads, lines):
            agreed = vector["kind"] == "v2gtp-frame" or {"exificient", "cbv2g"} <= set(vector["verified_by"])
            if agreed and vector["protocol"] != "SLAC":
                groups.setdefault((vector["kind"], vector["schema"]), []).append(vector["hex"])
    assert sum(map(len, groups.values())) == 3651
    for (kind, schema), vectors in groups.items():
        options = [] if kind == "v2gtp-frame" else ["--protocol", schema]
        options += ["--fragment"] if kind == "fragment" else []
        assert there_and_back(vectors, *options) == vectors


def test_what_a_person_writes_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "message.json"
    path.write_text(json.dumps(SAP_RES) + "\n\n")
    assert run("encode", path).stdout == "80400040\n"


def test_a_frame_without_payload_type_gets_that_of_its_protocol() -> None:
    assert run("encode", "-", stdin=json.dumps(SAP_RES | {"frame": True})).stdout == "01fe80010000000480400040\n"
    named = SAP_RES | {"frame": True, "payload_type": 0x8002}
    assert run("encode", "-", stdin=json.dumps(named)).stdout == "01fe80020000000480400040\n"


@pytest.mark.parametrize("named", ["supportedappprotocol", "urn:iso:15118:2:2010:AppProtocol"])
def test_the_protocol_may_come_from_the_command_line(named: str) -> None:
    bare = {"name": SAP_RES["name"], "tree": SAP_RES["tree"]}
    assert run("encode", "-", "--protocol", named, stdin=json.dumps(bare)).stdout == "80400040\n"
    wrong = SAP_RES | {"protocol": "din70121"}
    assert run("encode", "-", "--protocol", named, stdin=json.dumps(wrong)).stdout == "80400040\n"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("{", "not JSON: "),
        ("[]", "a JSON object was expected, not list"),
        (json.dumps({"protocol": "din70121", "tree": {}}), "name: missing"),
        (json.dumps({"protocol": "din70121", "name": "x"}), "tree: missing"),
        (json.dumps({"name": "x", "tree": {}}), "protocol: missing; give it here or with --protocol"),
        (json.dumps(SAP_RES | {"protocol": "ocpp1.6"}), "protocol: unknown protocol 'ocpp1.6': known are din70121"),
        (json.dumps(SAP_RES | {"protocol": 5}), "protocol: missing"),
        (json.dumps(SAP_RES | {"name": "nothing"}), "supportedappprotocol, nothing: "),
        (
            json.dumps(SAP_RES | {"tree": {"ResponseCode": "Perhaps"}}),
            "supportedappprotocol, supportedAppProtocolRes: ResponseCode",
        ),
        (json.dumps(SAP_RES | {"tree": [1]}), "supportedappprotocol, supportedAppProtocolRes: "),
        (json.dumps(SAP_RES | {"frame": True, "payload_type": "high"}), "payload_type: 'high' is not a number"),
        (json.dumps(SAP_RES | {"frame": True, "payload_type": 65536}), "payload_type: 65536 is not a number"),
        (json.dumps({"protocol": "sdp", "name": "Hello", "tree": {}}), "name: 'Hello' is not an SDP message"),
        (json.dumps({"protocol": "sdp", "name": "SECCDiscoveryReq", "tree": {}}), "tree: SECCDiscoveryReq: "),
        (json.dumps({"protocol": "sdp", "name": "SECCDiscoveryReq", "tree": 1}), "tree: an object with the fields"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on(line: str, wrong: str) -> None:
    result = run("encode", "-", stdin=f"\n{line}\n{json.dumps(SAP_RES)}\n")
    assert result.exit_code == 2
    assert result.stdout == "80400040\n"
    (told,) = result.stderr.splitlines()
    assert told.startswith(f"v2xconform encode: line 2: {wrong}")


def test_a_missing_file_is_one_line() -> None:
    result = run("encode", "nowhere.jsonl")
    assert (result.exit_code, result.stderr) == (
        2,
        "v2xconform encode: nowhere.jsonl: cannot be read: No such file or directory\n",
    )
