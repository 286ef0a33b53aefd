"""Wrong arguments of the OCPP verbs: exit code 2 and one line on stderr."""

from pathlib import Path

import pytest

from tests.cli.test_refusals import call, refused

STATION = "emulate station --connect ws://127.0.0.1:1/ocpp"
PROXY = "proxy ocpp --listen 127.0.0.1:0 --to ws://127.0.0.1:1/"

REFUSED = [
    ("emulate station", "say where the CSMS is: --connect ws://HOST:PORT/PATH"),
    ("emulate station --connect nonsense", "--connect: 'nonsense' is not the URL of a CSMS"),
    (f"{STATION} --listen 127.0.0.1:1", "--listen is for csms and secc, not for station"),
    (f"{STATION} --service DC", "--service is for evcc and secc, not for station"),
    ("emulate csms --connect ws://x:1/", "--connect is for evcc and station, not for csms"),
    ("emulate csms --count 3", "--count is for station, not for csms"),
    ("emulate secc --identity X", "--identity is for csms and station, not for secc"),
    ("emulate csms --listen nonsense", "'nonsense' is not an address like"),
    (f"{STATION} --quirk nope", "quirk 'nope' of the role station does not exist"),
    (f"{STATION} --persona lab_csms", "this persona is a CSMS; a station (role: station) is needed here"),
    (f"{STATION} --security-profile 1", "--security-profile 1 needs --password"),
    (f"{STATION} --security-profile 3", "--security-profile 3 goes with wss://, not with ws://"),
    (f"{STATION} --trust x.pem", "--chain, --key, --trust and --pki are for TLS"),
    (f"{STATION} --identity a:b", "--identity a:b: the identity holds :, which no identity may"),
    (f"{STATION} --count 3 --trace x.jsonl", "--trace records a single station; leave --count out"),
    (f"{STATION} --count 1000000000", "raise the limit"),
    ("emulate station --connect wss://127.0.0.1:1/ --count 3", "TLS is for a single station"),
    ("proxy ocpp --listen 127.0.0.1:0", "missing option '--to'"),
    ("proxy ocpp --listen 127.0.0.1:0 --to http://x", "--to: 'http://x' is not the URL of a CSMS"),
    (f"{PROXY} --bend nope.yaml", "nope.yaml: no such file"),
    (f"{PROXY} --bend bend.yaml", "bend.yaml:1: to_csmss: unknown field; did you mean 'to_csms'?"),
    (f"{PROXY} --chain x.pem --key y.pem", "--chain is for --tls"),
    ("probe ocpp http://x", "'http://x' is not the URL of a CSMS"),
    ("probe ocpp ws://127.0.0.1:1/", "nothing listens there"),
    ("decode --protocol ocpp1.6 []", "unknown protocol 'ocpp1.6'"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("place")
    (made / "bend.yaml").write_text("to_csmss: []\n")
    return made


@pytest.mark.parametrize("line, text", REFUSED, ids=[line for line, _ in REFUSED])
def test_a_mistake_costs_one_line(folder: Path, line: str, text: str) -> None:
    refused(call(folder, *line.split()), text)
    assert [path.name for path in folder.iterdir()] == ["bend.yaml"], "nothing is left behind"
