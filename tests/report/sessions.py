"""Sessions for the bundles of the tests: a DC BPT session of 40 messages, event by event, as a recorder sees it."""

import random
from datetime import UTC, datetime
from typing import Any

from v2xconform.trace.events import Kind, to_line
from v2xconform.trace.recorder import Recorder

SESSION_ID = "5E0C3A9147F2B86D"
EVSE_ID = "DE*EXP*E350*01"
CHAIN = [
    {
        "subject": "CN=SECC Quickcharge 350, O=Example Power",
        "issuer": "CN=CPO Sub2 CA",
        "not_before": "2026-09-02T00:00:00Z",
        "not_after": "2026-12-01T00:00:00Z",
        "serial": "1F00A7",
        "key": "secp521r1",
        "eku": "serverAuth",
    },
    {
        "subject": "CN=CPO Sub2 CA",
        "issuer": "CN=CPO Sub1 CA",
        "not_before": "2025-11-01T00:00:00Z",
        "not_after": "2027-11-01T00:00:00Z",
        "serial": "0200",
        "key": "secp521r1",
    },
    {
        "subject": "CN=CPO Sub1 CA",
        "issuer": "CN=V2G Root CA",
        "not_before": "2023-11-01T00:00:00Z",
        "not_after": "2027-11-01T00:00:00Z",
        "serial": "0100",
        "key": "secp521r1",
    },
]


def rational(value: float, exponent: int = -1) -> dict[str, int]:
    return {"Exponent": exponent, "Value": round(value / 10**exponent)}


class Session:
    """A recorder with a clock of its own, and the moves of a session."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.now = rng, 0.0
        self.recorder = Recorder(lambda: self.now, began=datetime(2026, 11, 20, 21, 13, 7, tzinfo=UTC))
        self.steps: list[dict[str, Any]] = []
        self.link = "udp1"

    @property
    def count(self) -> int:
        return len(self.recorder.events)

    def lines(self) -> bytes:
        return b"".join(map(to_line, self.recorder.events))

    def pass_time(self, low: float, high: float) -> None:
        self.now += self.rng.uniform(low, high) / 1000

    def add(self, kind: Kind, layer: str, name: str, **fields: Any) -> int:
        fields.setdefault("link", self.link if kind not in ("step", "timer", "state", "power", "note") else "")
        return self.recorder.add(kind=kind, layer=layer, name=name, **fields).id

    def step(self, text: str, outcome: str = "passed", reason: str = "") -> None:
        number = self.add("step", "step", text, body={"outcome": "started"}, src="tester")
        self.steps.append({"text": text, "outcome": outcome, "reason": reason, "event": number})

    def discover(self) -> None:
        self.step("Given a car with persona “SUV 800 V, bidirectional” that is plugged in")
        self.add("stimulus", "lab", "plug", src="tester", dst="secc", body={"how": "http"})
        self.pass_time(3, 9)
        request = self.add(
            "message",
            "sdp",
            "SDPReq",
            src="evcc",
            dst="secc",
            body={"Security": "TLS", "Transport": "TCP"},
            raw=bytes.fromhex("0000"),
        )
        self.pass_time(2, 14)
        body = {"IPAddress": "fe80::a8bb:ccff:fe00:350", "Port": 61341, "Security": "TLS", "Transport": "TCP"}
        self.add(
            "message",
            "sdp",
            "SDPRes",
            src="secc",
            dst="evcc",
            body=body,
            ref={"answers": request},
            raw=bytes.fromhex("fe80000000000000a8bbccfffe000350ef9d0000"),
        )
        self.link = "tcp1"
        self.pass_time(1, 3)
        self.add(
            "open",
            "tcp",
            "connected",
            src="evcc",
            dst="secc",
            body={"local": "[fe80::1]:51002", "peer": "[fe80::a8bb:ccff:fe00:350]:61341"},
        )

    def handshake(self, fails: str = "") -> None:
        version = "TLS 1.2" if fails else "TLS 1.3"
        offered = {
            "versions": [version],
            "suites": ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
            "groups": ["secp521r1", "x448"],
            "signature_algorithms": ["ecdsa_secp521r1_sha512", "ed448"],
        }
        self.add(
            "handshake",
            "tls",
            "ClientHello",
            src="evcc",
            dst="secc",
            body=offered,
            raw=bytes.fromhex("010000f00303" + "5c" * 60),
        )
        self.pass_time(3, 8)
        selected = {"version": version, "suite": "TLS_AES_256_GCM_SHA384", "group": "secp521r1"}
        self.add(
            "handshake",
            "tls",
            "ServerHello",
            src="secc",
            dst="evcc",
            body=selected,
            raw=bytes.fromhex("020000760303" + "a1" * 60),
        )
        if fails:
            self.add("handshake", "tls", "Alert", src="evcc", dst="secc", body={"level": 2, "description": 70})
            self.add("handshake", "tls", "failed", src="evcc", dst="secc", body={"error": fails})
            self.add("close", "tcp", "reset", src="evcc", dst="secc", body={"by": "evcc"})
            return
        for name in ("EncryptedExtensions", "CertificateRequest", "Certificate", "CertificateVerify", "Finished"):
            self.add("handshake", "tls", name, src="secc", dst="evcc")
        self.pass_time(4, 9)
        for name in ("Certificate", "CertificateVerify", "Finished"):
            self.add("handshake", "tls", name, src="evcc", dst="secc")
        facts = {
            **selected,
            "signature_algorithm": "ecdsa_secp521r1_sha512",
            "chain": CHAIN,
            "ocsp": {"status": "good", "age_h": 31},
        }
        self.add("handshake", "tls", "established", src="evcc", dst="secc", body=facts)

    def exchange(
        self, name: str, request: dict[str, Any], response: dict[str, Any], ms: float | None = None, layer: str = ""
    ) -> int:
        """Send a request and its response; return the number of the response."""
        layer = layer or ("iso15118-20-dc" if name.startswith("DC_") else "iso15118-20-common")
        head = {"Header": {"SessionID": SESSION_ID, "TimeStamp": 1_795_209_187 + int(self.now)}}
        if layer == "supportedappprotocol":
            head = {}
        asked = self._message(layer, f"{name}Req", "evcc", "secc", head | request, {})
        self.add(
            "timer",
            "session",
            "V2G_SECC_Msg_Performance_Time",
            src="secc",
            body={"action": "start", "seconds": 1.5, "message": f"{name}Res"},
        )
        self.now += (ms if ms is not None else self.rng.lognormvariate(3.1, 0.45)) / 1000
        answer = self._message(layer, f"{name}Res", "secc", "evcc", head | response, {"answers": asked})
        self.add("state", "session", name, src="evcc")
        self.pass_time(4, 22)
        return answer

    def _message(self, layer: str, name: str, src: str, dst: str, tree: dict[str, Any], ref: dict[str, Any]) -> int:
        payload = bit_packed(tree)
        frame = bytes.fromhex("01fe8002") + len(payload).to_bytes(4, "big") + payload
        carried = self.add("bytes", "tls", "", src=src, dst=dst, raw=frame)
        self.now += 0.000_3
        return self.add(
            "message", layer, name, src=src, dst=dst, body=tree, raw=payload, ref={"bytes": [carried], **ref}
        )


def bit_packed(tree: Any) -> bytes:
    """Pack the leaves of a tree as EXI packs values: not on byte borders, strings with their length before them."""
    bits = ["1000000000101"]
    stack = [tree]
    while stack:
        value = stack.pop(0)
        if isinstance(value, dict):
            stack[:0] = value.values()
            bits.append("0")
        elif isinstance(value, list):
            stack[:0] = value
        elif isinstance(value, bool):
            bits.append(str(int(value)))
        elif isinstance(value, int):
            bits.append(_varint(abs(value)))
        elif len(value) == 16 and all(digit in "0123456789ABCDEF" for digit in value):
            bits.append(_varint(8) + "".join(f"{byte:08b}" for byte in bytes.fromhex(value)))
        else:
            data = str(value).encode()[:200]
            bits.append(_varint(len(data) + 2) + "".join(f"{byte:08b}" for byte in data))
    whole = "".join(bits)
    return int(whole.ljust(-(-len(whole) // 8) * 8, "0"), 2).to_bytes(-(-len(whole) // 8), "big")


def _varint(value: int) -> str:
    groups = ""
    while value > 127:
        groups += f"1{value & 127:07b}"
        value >>= 7
    return groups + f"0{value:07b}"


OK = {"ResponseCode": "OK"}
SETUP: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("SessionSetup", {"EVCCID": "WEXPSUV800V000042"}, {"ResponseCode": "OK_NewSessionEstablished", "EVSEID": EVSE_ID}),
    ("AuthorizationSetup", {}, OK | {"AuthorizationServices": ["EIM"], "CertificateInstallationService": False}),
    (
        "Authorization",
        {"SelectedAuthorizationService": "EIM", "EIM_AReqAuthorizationMode": {}},
        OK | {"EVSEProcessing": "Finished"},
    ),
    ("ServiceDiscovery", {}, OK | {"EnergyTransferServiceList": {"Service": [{"ServiceID": 6, "FreeService": False}]}}),
    (
        "ServiceDetail",
        {"ServiceID": 6},
        OK
        | {
            "ServiceID": 6,
            "ServiceParameterList": {
                "ParameterSet": [
                    {
                        "ParameterSetID": 1,
                        "Parameter": [{"@Name": "Connector", "intValue": 2}, {"@Name": "ControlMode", "intValue": 2}],
                    }
                ]
            },
        },
    ),
    ("ServiceSelection", {"SelectedEnergyTransferService": {"ServiceID": 6, "ParameterSetID": 1}}, OK),
    (
        "DC_ChargeParameterDiscovery",
        {
            "BPT_DC_CPDReqEnergyTransferMode": {
                "EVMaximumVoltage": rational(920),
                "EVMaximumDischargePower": rational(11_000, 2),
            }
        },
        OK
        | {
            "BPT_DC_CPDResEnergyTransferMode": {
                "EVSEMaximumVoltage": rational(1000),
                "EVSEMaximumCurrent": rational(500),
                "EVSEMaximumDischargePower": rational(22_000, 2),
            }
        },
    ),
    (
        "ScheduleExchange",
        {"MaximumSupportingPoints": 1024, "Dynamic_SEReqControlMode": {"DepartureTime": 7200}},
        OK | {"EVSEProcessing": "Finished", "Dynamic_SEResControlMode": {}},
    ),
    ("DC_CableCheck", {}, OK | {"EVSEProcessing": "Finished"}),
    (
        "DC_PreCharge",
        {"EVProcessing": "Ongoing", "EVPresentVoltage": rational(12.4), "EVTargetVoltage": rational(702)},
        OK | {"EVSEPresentVoltage": rational(699.5)},
    ),
    ("PowerDelivery", {"EVProcessing": "Finished", "ChargeProgress": "Start"}, OK),
]


def charge(rng: random.Random, late_loop: float | None = None, silent_after: str = "") -> tuple[Session, int]:
    """Return a whole session, and the number of its late response (or of its last event)."""
    session = Session(rng)
    session.discover()
    session.handshake()
    session.step("When the car asks for a bidirectional DC session with EIM")
    session.exchange(
        "supportedAppProtocol",
        {
            "AppProtocol": [
                {
                    "ProtocolNamespace": "urn:iso:std:iso:15118:-20:DC",
                    "VersionNumberMajor": 1,
                    "VersionNumberMinor": 0,
                    "SchemaID": 1,
                    "Priority": 1,
                }
            ]
        },
        {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1},
        layer="supportedappprotocol",
    )
    for name, request, response in SETUP:
        session.exchange(name, request, response)
        if name == "DC_PreCharge":
            session.add(
                "power", "lab", "contactor closed", src="evcc", body={"volts": 699.5, "amperes": 0, "contactor": True}
            )
        if name == silent_after:
            session.step("And the car stays silent")
            session.now += 75
            session.add(
                "timer", "session", "V2G_SECC_Sequence_Timeout", src="secc", body={"action": "expired", "seconds": 60}
            )
            session.add("note", "judge", "the link was still open", src="tester")
            session.steps.append(
                {
                    "text": "Then the station closes the link within 60 s",
                    "outcome": "failed",
                    "reason": "the link was open after 75 s",
                    "event": session.count,
                }
            )
            return session, session.count
    session.step("And the car charges for 8 loops")
    late = session.count
    for loop in range(7):
        power = rational(-9_500 if loop > 4 else 11_000, 1)
        request = {
            "MeterInfoRequested": loop == 0,
            "EVPresentVoltage": rational(701.2 + loop),
            "BPT_Dynamic_DC_CLReqControlMode": {
                "EVTargetEnergyRequest": rational(42_000, 2),
                "EVMaximumChargePower": power,
            },
        }
        response = OK | {
            "EVSEPresentCurrent": rational(15.6),
            "EVSEPresentVoltage": rational(701.9 + loop),
            "EVSEPowerLimitAchieved": False,
            "BPT_Dynamic_DC_CLResControlMode": {"EVSEMaximumChargePower": power},
        }
        answered = session.exchange("DC_ChargeLoop", request, response, ms=late_loop if loop == 4 else None)
        late = answered if loop == 4 else late
    session.step(
        "Then each response keeps its time",
        "failed" if late_loop else "passed",
        f"the slowest took {late_loop:.1f} ms" if late_loop else "",
    )
    session.add(
        "check",
        "judge",
        "latency",
        src="tester",
        body={"expected": "<= 250 ms", "observed": f"{late_loop or 41.0} ms", "met": not late_loop, "events": [late]},
    )
    if late_loop:
        session.add(
            "finding",
            "judge",
            "V2G20-1502",
            src="tester",
            body={"requirement": "V2G20-1502", "severity": "MUST", "text": "late", "events": [late], "whose": "sut"},
        )
    session.exchange("DC_WeldingDetection", {"EVProcessing": "Finished"}, OK | {"EVSEPresentVoltage": rational(3.1)})
    session.exchange("SessionStop", {"ChargingSession": "Terminate"}, OK)
    session.step("And the session ends with SessionStopRes OK")
    session.add("close", "tcp", "closed", src="evcc", dst="secc", body={"by": "evcc"})
    return session, late


def ocpp_transaction(rng: random.Random) -> Session:
    """Return a session with three parties: the car, a charger with its two faces, and the CSMS."""
    session = Session(rng)
    session.discover()
    session.handshake()
    session.exchange("SessionSetup", {"EVCCID": "WEXPSUV800V000042"}, OK | {"EVSEID": EVSE_ID})
    session.link = "ws1"
    body = {"idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}
    frame = b'[2,"c1","Authorize",{"idToken":{"idToken":"04A1B2C3","type":"ISO14443"}}]'
    call = session.add("message", "ocpp2.0.1", "Authorize", src="station", dst="csms", body=body, raw=frame)
    session.pass_time(20, 60)
    session.add(
        "message",
        "ocpp2.0.1",
        "AuthorizeResponse",
        src="csms",
        dst="station",
        ref={"answers": call},
        body={"idTokenInfo": {"status": "Accepted"}},
        raw=b'[3,"c1",{"idTokenInfo":{"status":"Accepted"}}]',
    )
    session.pass_time(900, 1900)
    profile = {
        "evseId": 1,
        "chargingProfile": {
            "id": 7,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxProfile",
            "chargingSchedule": [
                {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7400}]}
            ],
        },
    }
    call = session.add(
        "message",
        "ocpp2.0.1",
        "SetChargingProfile",
        src="csms",
        dst="station",
        body=profile,
        raw=b'[2,"s9","SetChargingProfile",{"evseId":1}]',
    )
    session.pass_time(5, 20)
    session.add(
        "message",
        "ocpp2.0.1",
        "SetChargingProfileResponse",
        src="station",
        dst="csms",
        ref={"answers": call},
        body={"status": "Accepted"},
        raw=b'[3,"s9",{"status":"Accepted"}]',
    )
    session.link = "tcp1"
    session.pass_time(30, 45)
    session.exchange(
        "DC_ChargeLoop",
        {"MeterInfoRequested": True},
        OK | {"EVSEStatus": {"EVSENotification": "ScheduleRenegotiation"}},
    )
    return session
