import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from v2xconform.report.timing import Timing, bin_of, percentile
from v2xconform.report.traces import Limits, handshakes, read_trace

LIMITS = Limits({"iso15118-20": {"SessionSetupRes": {"limit_s": 1.5, "requirement": "V2G20-443"}}})


def event(number: int, kind: str = "message", **fields: Any) -> bytes:
    whole = {"id": number, "t_ns": number * 1_000_000, "utc": "", "kind": kind, "name": "X", "body": None, "raw": None}
    return orjson.dumps({**whole, **fields}) + b"\n"


def trace_of(tmp_path: Path, *lines: bytes) -> Any:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(b"".join(lines))
    return read_trace(path, "T/trace.jsonl", LIMITS)


def test_an_answer_has_its_latency_and_limit(tmp_path: Path) -> None:
    trace = trace_of(
        tmp_path,
        event(1, name="SessionSetupReq", layer="iso15118-20-common", src="evcc"),
        event(9, name="SessionSetupRes", layer="iso15118-20-common", src="secc", ref={"answers": 1}),
    )
    (row,) = trace.pairs()
    assert (row["a"], row["w"], row["m"], row["q"]) == (1, 8.0, 1500.0, "V2G20-443")
    assert trace.problems == []


@pytest.mark.parametrize(
    ("layer", "name", "limit"),
    [
        ("iso15118-20-dc", "SessionSetupRes", 1500.0),
        ("supportedappprotocol", "SessionSetupRes", 1500.0),
        ("iso15118-20-dc", "OtherRes", None),
    ],
)
def test_a_limit_is_found_by_family_or_else_by_name(layer: str, name: str, limit: float | None) -> None:
    assert LIMITS.of(layer, name)[0] == limit


def test_bytes_that_a_message_shows_are_kept_once(tmp_path: Path) -> None:
    trace = trace_of(
        tmp_path, event(1, "bytes", raw="00ff"), event(2, raw="ff", ref={"bytes": [1]}), event(3, "bytes", raw="aa")
    )
    assert "r" not in trace.rows[0]
    assert trace.rows[0]["z"] == 2
    assert trace.rows[2]["r"] == "aa"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"id": 3, "t_ns"', "the last line, cut off"),
        (b"\xff\xfe\n", "cannot be read"),
        (b"[1]\n", "no JSON object"),
        (b'{"id": 3, "t_ns": "soon", "kind": "note"}\n', "no t_ns"),
        (event(3, "teleport"), "kind 'teleport' is unknown"),
    ],
)
def test_damage_is_shown_where_it_is(tmp_path: Path, line: bytes, words: str) -> None:
    trace = trace_of(tmp_path, event(1), event(2), line)
    assert len(trace.rows) == 3
    assert len(trace.problems) == 1
    assert "line 3" in trace.problems[0]
    assert words in trace.problems[0]


def test_an_empty_trace_says_so(tmp_path: Path) -> None:
    assert trace_of(tmp_path).problems == ["T/trace.jsonl is empty"]


def test_fields_of_the_wrong_type_do_no_harm(tmp_path: Path) -> None:
    trace = trace_of(
        tmp_path,
        event(1, name={"a": 1}, layer=7, ref="x", raw=5 * "ab"),
        event(2, "handshake", body=[1], ref=[2], link=["l"]),
    )
    assert trace.rows[0]["n"] == '{"a":1}'
    assert trace.rows[0]["l"] == "7"
    assert handshakes(trace)[0]["outcome"] == ""


def test_deep_nesting_is_cut(tmp_path: Path) -> None:
    deep: Any = "bottom" * 2000
    for _ in range(200):
        deep = [deep]
    trace = trace_of(tmp_path, event(1, body=deep))
    assert "nested deeper" in str(trace.rows[0]["b"])


def test_a_chain_of_der_is_told_in_words(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP521R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "SECC Nine")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(255)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=60))
        .sign(key, hashes.SHA512())
    )
    from cryptography.hazmat.primitives.serialization import Encoding

    der = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    body = {
        "role": "client",
        "version": "TLSv1.3",
        "suite": "TLS_AES_256_GCM_SHA384",
        "peer_chain": [der, "AAAA", "no base64"],
    }
    trace = trace_of(tmp_path, event(1, "handshake", name="established", link="tcp1", body=body))
    (found,) = handshakes(trace)
    leaf, broken, nonsense = found["chains"][0]["certificates"]
    assert found["chains"][0]["of"] == "the server"
    assert (leaf["subject"], leaf["key"], leaf["serial"]) == ("CN=SECC Nine", "secp521r1", "FF")
    assert leaf["not_after"] == "2026-03-02T00:00:00+00:00"
    assert broken["note"] == nonsense["note"] == "not a certificate that can be read"
    assert found["selected"] == {"version": "TLSv1.3", "cipher suite": "TLS_AES_256_GCM_SHA384"}


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, rank) for rank in (50, 95, 99)] == [50.0, 95.0, 99.0]
    assert percentile([7.0], 99) == 7.0


def test_bins_grow_by_a_constant_factor() -> None:
    assert [bin_of(value) for value in (1, 10, 100, 99.9)] == [0, 12, 24, 23]
    assert bin_of(0) == bin_of(0.01)


def test_timing_counts_late_answers_per_sender(tmp_path: Path) -> None:
    timing = Timing("secc")
    for milliseconds in (10, 1400, 1600):
        later = (1 + milliseconds) * 1_000_000
        answer = {"name": "SessionSetupRes", "layer": "iso15118-20-common", "ref": {"answers": 1}, "t_ns": later}
        timing.add(trace_of(tmp_path, event(1, src="evcc"), event(2, src="secc", **answer)), milliseconds)
    (entry,) = timing.table()
    assert (entry["n"], entry["late"], entry["max"], entry["sut"]) == (3, 1, 1600.0, True)
    assert entry["worst"][0] == (1600.0, 1600, 2)
    assert sum(count for _, count in entry["bins"]) == 3


def test_ciphertext_is_left_to_the_capture(tmp_path: Path) -> None:
    trace = trace_of(
        tmp_path,
        event(1, "bytes", layer="tcp", link="tcp1", raw="1703"),
        event(2, "handshake", layer="tls", link="tcp1", name="ClientHello"),
        event(3, "bytes", layer="tcp", link="tcp2", raw="01fe"),
    )
    assert "r" not in trace.rows[0]
    assert trace.rows[0]["z"] == 2
    assert trace.rows[2]["r"] == "01fe"


def test_the_wire_names_what_was_selected(tmp_path: Path) -> None:
    hello = {"suites": ["A", "B"], "groups": ["x448"], "signature_algorithms": ["ed448"], "key_shares": ["x448"]}
    trace = trace_of(
        tmp_path,
        event(1, "handshake", link="l", name="ClientHello", body=hello),
        event(2, "handshake", link="l", name="HelloRetryRequest", body={"suite": "A", "group": "secp521r1"}),
        event(3, "handshake", link="l", name="ServerHello", body={"suite": "TLS_B", "group": "x448"}),
        event(4, "handshake", link="l", name="CertificateVerify", body={"signature_algorithm": "ed448"}),
        event(5, "handshake", link="l", name="CertificateVerify", body={"signature_algorithm": "ed25519"}),
        event(6, "handshake", link="l", name="established", body={"suite": "OPENSSL-B", "staple": "AA==", "alpn": ""}),
        event(7, "handshake", link="l", name="Alert", body={"description": "close_notify"}),
    )
    (found,) = handshakes(trace)
    assert found["selected"] == {"cipher suite": "TLS_B", "group": "x448", "signature algorithm": "ed448"}
    assert found["offered"]["key shares"] == ["x448"]
    assert found["other"]["staple"]["note"] == "not an OCSP response that can be read"
    assert found["flow"][-1][2] == "Alert close_notify"
