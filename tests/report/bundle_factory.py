"""Builds bundles as a run would write them: a realistic campaign against a station, or many copies of one session.

`write_bundle` writes the showcase (every verdict, late answer, TLS, SDP, a cross-protocol session, hostile strings);
`write_many` writes n sessions of 40 messages for figures. Run this file to write one for looking at:
``python -m tests.report.bundle_factory DIR [N]``.
"""

import hashlib
import random
import sys
from pathlib import Path
from typing import Any

import orjson
from ruamel.yaml import YAML

from tests.report.sessions import Session, charge, ocpp_transaction

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
CONTROLS = "\x00\x1b[31mred\x07 \u202eesrever\u202c tail"
SUT = {"name": "Quickcharge 350", "maker": "Example Power", "firmware": "3.9.1-rc2", "role": "secc"}
LIMITS = {
    "iso15118-20": {
        **{
            name: {"limit_s": 1.5, "requirement": "V2G20-443"}
            for name in [
                "supportedAppProtocolRes",
                "SessionSetupRes",
                "AuthorizationSetupRes",
                "AuthorizationRes",
                "ServiceDiscoveryRes",
                "ServiceSelectionRes",
                "DC_ChargeParameterDiscoveryRes",
                "ScheduleExchangeRes",
                "DC_CableCheckRes",
                "DC_PreChargeRes",
                "PowerDeliveryRes",
                "DC_WeldingDetectionRes",
                "SessionStopRes",
            ]
        },
        "ServiceDetailRes": {"limit_s": 4.5, "requirement": "V2G20-443"},
        "DC_ChargeLoopRes": {"limit_s": 0.25, "requirement": "V2G20-1502"},
    }
}
REQUIREMENTS: list[dict[str, Any]] = [
    {
        "id": "V2G20-1502",
        "text": "The SECC answers a DC_ChargeLoopReq within its performance time.",
        "source": "8.7.2.3",
        "monitors": ["timing"],
    },
    {
        "id": "V2G20-443",
        "text": "The SECC answers every request within its message performance time.",
        "source": "8.7.2.1",
        "monitors": ["timing"],
    },
    {"id": "V2G20-441", "text": "A SECC whose sequence timer expires ends the session.", "source": "8.7.2.1"},
    {
        "id": "V2G20-2356",
        "text": "The SECC selects ISO 15118-20 over TLS 1.3 only.",
        "source": "7.7.3.1",
        "monitors": ["tls"],
    },
    {
        "id": "V2G20-1667",
        "text": "The signature algorithms are offered in the order of the table.",
        "source": "7.7.3.4",
    },
    {"id": "V2G20-2188", "text": "The SECC stays within the limits that the EVCC gave.", "source": "8.3.5.4"},
    {"id": "V2G20-1082", "text": "The SECC sends MeterInfo when the EVCC asked for it.", "source": "8.3.4.3"},
    {
        "id": "V2G20-169",
        "text": "The SECC chooses the protocol with the highest priority that it supports.",
        "source": "8.2.3",
    },
    {"id": "V2G20-2219", "text": "A failed EIM authorization ends with Finished and its warning.", "source": "8.3.4.2"},
    {
        "id": "V2G20-1833",
        "text": "A station with a meter sends MeterInfo in the first loop response.",
        "source": "8.3.4.3",
        "severity": "SHOULD",
    },
    {"id": "V2G20-5070", "text": "Sequence timeout in the WPT charge loop.", "source": "8.7.2.4"},
    {"id": "V2G20-2388", "text": "A public SECC staples one OCSP response per certificate.", "source": "7.7.3.8"},
    {
        "id": "V2G20-1021",
        "text": "An OCSP response is valid for one week at most.",
        "source": "7.7.3.8",
        "not_tested_reason": "needs a station that is left alone for a week",
    },
    {
        "id": "C01.FR.02",
        "text": "AuthorizeResponse decides whether the transaction may start.",
        "source": "OCPP 2.0.1 C01",
    },
]


class BundleWriter:
    """Collects cases, then writes the folder."""

    def __init__(self, run: Path) -> None:
        self.run, self.results, self.testcases = run, [], []
        run.mkdir(parents=True, exist_ok=True)

    def add(self, testcase: str, title: str, verdict: str, session: Session | None, **fields: Any) -> None:
        feature = fields.pop("feature", "iso15118/secc/20_dc")
        requirements = fields.pop("requirements", ["V2G20-443"])
        self.testcases.append(
            {
                "id": testcase,
                "title": title,
                "feature": feature,
                "tags": ["role:secc", "must"],
                "requirements": requirements,
                "pics": fields.pop("pics", "DC and BPT"),
            }
        )
        trace = ""
        if session is not None:
            trace = f"{testcase}/trace.jsonl"
            folder = self.run / testcase
            folder.mkdir(exist_ok=True)
            (folder / "trace.jsonl").write_bytes(session.lines())
            (folder / "capture.pcapng").write_bytes(b"\x0a\x0d\x0d\x0a" + bytes(60))
            (folder / "keys.log").write_text(f"CLIENT_TRAFFIC_SECRET_0 {'ab' * 32} {'cd' * 48}\n")
        result = {
            "testcase": testcase,
            "title": title,
            "verdict": verdict,
            "reason": "",
            "requirements": requirements,
            "findings": [],
            "steps": session.steps if session else [],
            "expected": None,
            "warnings": 0,
            "started": "2026-11-20T21:13:07.000000Z",
            "duration_s": session.now if session else 0.0,
            "trace": trace,
            "feature": feature,
            "expected_observed": [],
        }
        self.results.append({**result, **fields})

    def write(self, *, interrupted: bool = False, planned: tuple[str, ...] = (), yaml: bool = True) -> Path:
        for name in planned:
            self.testcases.append(
                {
                    "id": name,
                    "title": "Planned",
                    "feature": "iso15118/secc/20_dc",
                    "tags": [],
                    "requirements": ["V2G20-2188"],
                    "pics": "",
                }
            )
        covering: dict[str, list[str]] = {}
        for case in self.testcases:
            for requirement in case["requirements"]:
                covering.setdefault(requirement, []).append(case["id"])
        requirements = [
            {"role": "secc", "severity": "MUST", "monitors": [], **entry, "testcases": covering.get(entry["id"], [])}
            for entry in REQUIREMENTS
        ]
        campaign = {
            "profile": "iso15118-20-secc-dc",
            "sut": {**SUT, "interface": "veth0"},
            "pics": {"DC": "yes", "BPT": "yes", "WPT": "no", "PnC": "unknown"},
            "pixit": {"max_voltage_v": 920},
            "limits": LIMITS,
            "requirements": requirements,
            "testcases": self.testcases,
        }
        with (self.run / "campaign.yaml").open("wb") as file:
            if yaml:
                YAML(typ="safe", pure=True).dump(campaign, file)
            else:
                file.write(orjson.dumps(campaign))
        (self.run / "results.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in self.results))
        (self.run / "manifest.json").write_bytes(orjson.dumps(self._manifest(interrupted), option=orjson.OPT_INDENT_2))
        return self.run

    def _manifest(self, interrupted: bool) -> dict[str, Any]:
        files = {}
        for path in sorted(self.run.rglob("*")):
            if path.is_file():
                data = path.read_bytes()
                name = path.relative_to(self.run).as_posix()
                files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        verdicts = [result["verdict"] for result in self.results]
        return {
            "format": 1,
            "tester": {"name": "v2xconform", "version": "0.1.0", "python": "3.12.3", "platform": "Linux-6.8 x86_64"},
            "profile": {"id": "iso15118-20-secc-dc", "title": "ISO 15118-20 SECC, DC and BPT", "version": "2026.11"},
            "sut": {**SUT, "self_hosted": True},
            "started": "2026-11-20T21:13:05Z",
            "finished": "2026-11-20T21:19:44Z",
            "interrupted": interrupted,
            "argv": ["v2xconform", "run", "iso15118-20-secc-dc", "--sut", "lab/quickcharge 350.yaml"],
            "exit_code": 130 if interrupted else 1,
            "clock": {
                "kind": "real",
                "resolution_ns": 1,
                "loop_latency_us": {"p50": 61.0, "p99": 910.0, "max": 2210.0},
                "jitter_ms": 2.2,
            },
            "counts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
            "libraries": {"pyOpenSSL": "25.3.0", "OpenSSL": "3.5.0", "anyio": "4.16.0"},
            "files": files,
        }


def finding(requirement: str, text: str, *events: int, severity: str = "MUST", whose: str = "sut") -> dict[str, Any]:
    return {"requirement": requirement, "severity": severity, "text": text, "events": list(events), "whose": whose}


def observation(expected: str, observed: str, met: bool, *events: int) -> dict[str, Any]:
    return {"expected": expected, "observed": observed, "met": met, "events": list(events)}


def write_bundle(run: Path, *, interrupted: bool = False) -> Path:
    """Write the showcase: every verdict, every overlay, every kind of trouble."""
    writer = BundleWriter(run)
    rng = random.Random(20)
    for number, late_ms in ((3, 368.0), (4, 391.2), (7, 352.9)):
        session, late = charge(rng, late_loop=late_ms)
        met = "DC_ChargeLoopRes no later than 250 ms after DC_ChargeLoopReq"
        text = f"DC_ChargeLoopRes came {late_ms:.1f} ms after its request; the limit is 250 ms"
        writer.add(
            f"TC_SECC20_DC_BPT_ChargeLoop_{number:03d}",
            "Charge loop in bidirectional mode keeps its pace",
            "FAIL",
            session,
            reason=f"V2G20-1502: {text}",
            requirements=["V2G20-1502", "V2G20-1082"],
            findings=[
                finding("V2G20-1502", text, late - 3, late),
                finding("V2G20-1833", "MeterInfo is missing in the first loop response", late - 24, severity="SHOULD"),
            ],
            expected_observed=[
                observation(met, f"the slowest of 8 took {late_ms:.1f} ms", False, late - 3, late),
                observation("the session ends with SessionStopRes OK", "SessionStopRes OK", True),
            ],
            warnings=1,
        )
    for number in range(1, 15):
        session, _ = charge(rng)
        warned = number == 5
        writer.add(
            f"TC_SECC20_DC_CMN_Session_{number:03d}",
            "Session from SDP to SessionStop",
            "PASS",
            session,
            requirements=["V2G20-443", "V2G20-2356", "V2G20-169"],
            warnings=int(warned),
            findings=[finding("V2G20-1833", "MeterInfo is missing in the first loop response", severity="SHOULD")]
            * warned,
            expected_observed=[observation("the session ends with SessionStopRes OK", "SessionStopRes OK", True)],
        )
    _add_troubles(writer, rng)
    if interrupted:
        session, _ = charge(rng)
        folder = run / "TC_SECC20_DC_BPT_Pause_002"
        folder.mkdir()
        (folder / "trace.jsonl").write_bytes(session.lines()[:-41])
        return writer.write(interrupted=True, planned=("TC_SECC20_DC_BPT_Pause_002", "TC_SECC20_DC_BPT_Pause_003"))
    return writer.write()


def _add_troubles(writer: BundleWriter, rng: random.Random) -> None:
    session = Session(rng)
    session.discover()
    session.handshake(fails="alert: protocol_version")
    writer.add(
        "TC_SECC20_TLS_Version_002",
        "TLS 1.2 is refused for ISO 15118-20",
        "FAIL",
        session,
        feature="iso15118/secc/20_tls",
        reason="V2G20-2356: the handshake ended with TLS 1.2 and supportedAppProtocolRes selected ISO 15118-20",
        requirements=["V2G20-2356"],
        findings=[finding("V2G20-2356", "TLS 1.2 was negotiated", session.count)],
    )
    session, wait = charge(rng, silent_after="SessionSetup")
    text = "no end of the session within 60 s + 2.2 ms after the last request was left out"
    writer.add(
        "TC_SECC20_DC_CMN_SequenceTimeout_001",
        "The station ends a session that the car left",
        "FAIL",
        session,
        reason=f"V2G20-441: {text}",
        requirements=["V2G20-441"],
        findings=[finding("V2G20-441", text, wait)],
        expected={"reason": "known defect, ticket QC-1187", "link": "https://example.com/QC-1187"},
        expected_observed=[observation("close or reset after 60 s", "the link was open after 75 s", False, wait)],
    )
    session = Session(rng)
    session.discover()
    session.handshake()
    session.exchange("SessionSetup", {"EVCCID": HOSTILE}, {"ResponseCode": "OK", "EVSEID": HOSTILE + CONTROLS})
    session.add(
        "undecodable",
        "iso15118-20-common",
        "AuthorizationSetupRes?",
        src="secc",
        dst="evcc",
        raw=b"\x80\x04" + rng.randbytes(40),
        body={"error": "no such production", "bit": 77, "path": HOSTILE},
    )
    session.add(
        "fault",
        "v2gtp",
        "inverse",
        src="secc",
        dst="evcc",
        raw=bytes.fromhex("01ff800200000010"),
        body={"kind": "inverse", "text": "inverse version is 0xFF, must be 0xFE"},
    )
    session.add(
        "oddity",
        "iso15118-20-common",
        "padding",
        src="secc",
        dst="evcc",
        body={"code": "padding", "text": "padding bits are not zero", "bit": 90, "path": ""},
    )
    session.exchange("AuthorizationSetup", {}, {"ResponseCode": "OK", "Blob": "A" * 1_000_000, "Big": 2**63 + 1})
    writer.add(
        "TC_SECC20_DC_CMN_Robust_009",
        f"Hostile identifiers {HOSTILE}",
        "FAIL",
        session,
        reason=f"EVSEID is {HOSTILE}{CONTROLS}",
        requirements=["V2G20-2219"],
        feature="iso15118/secc/20_robust",
        findings=[finding("V2G20-2219", f"EVSEID {HOSTILE}{CONTROLS}", session.count - 4)],
        expected={"reason": HOSTILE, "link": "javascript:document.title='owned'"},
    )
    session, wait = charge(rng, silent_after="ServiceDiscovery")
    writer.add(
        "TC_SECC20_DC_BPT_ScheduleExchange_004",
        "Dynamic mode with a negative limit",
        "INCONCLUSIVE",
        session,
        reason="the preamble stopped at ServiceDiscoveryReq: no answer within 2 s",
        requirements=["V2G20-2188"],
    )
    session, _ = charge(rng)
    writer.add(
        "TC_SECC20_DC_CMN_Schema_003",
        "Every response keeps to the schema",
        "ERROR",
        session,
        requirements=["V2G20-2188"],
        reason="our own DC_PreChargeReq was invalid: EVTargetVoltage is missing",
        findings=[finding("", "our own DC_PreChargeReq was invalid: EVTargetVoltage is missing", 52, whose="tester")],
    )
    for number in (1, 2, 3):
        writer.add(
            f"TC_SECC20_WPT_Loop_{number:03d}",
            "Wireless charge loop",
            "NOT_APPLICABLE",
            None,
            feature="iso15118/secc/20_wpt",
            requirements=["V2G20-5070"],
            reason="PICS: WPT is no",
            pics="WPT",
        )
    session, _ = charge(rng)
    writer.add(
        "TC_SECC20_DC_CMN_Eim_006",
        "Failed EIM authorization",
        "PASS",
        session,
        requirements=["V2G20-2219"],
        expected={"reason": "fixed in 3.9?", "link": ""},
    )
    session = ocpp_transaction(rng)
    writer.add(
        "TC_X_SmartCharging_001",
        "A charging profile of the CSMS reaches the car",
        "PASS",
        session,
        feature="cross/secc_station",
        requirements=["C01.FR.02"],
    )


def write_many(run: Path, count: int) -> Path:
    """Write *count* sessions of 40 messages, a tenth of them failed, for figures."""
    writer = BundleWriter(run)
    rng = random.Random(count)
    for number in range(count):
        late_ms = 300.0 + rng.random() * 100 if number % 10 == 3 else None
        session, late = charge(rng, late_loop=late_ms)
        text = f"DC_ChargeLoopRes came {late_ms or 0:.1f} ms after its request; the limit is 250 ms"
        writer.add(
            f"TC_SECC20_DC_CMN_Load_{number:05d}",
            f"Session {number}",
            "FAIL" if late_ms else "PASS",
            session,
            requirements=["V2G20-1502", f"V2G20-{1000 + number % 300}"],
            reason=text if late_ms else "",
            findings=[finding("V2G20-1502", text, late - 3, late)] if late_ms else [],
        )
    return writer.write()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(write_many(Path(sys.argv[1]), int(sys.argv[2])))
    else:
        print(write_bundle(Path(sys.argv[1]), interrupted="incomplete" in sys.argv[1]))
