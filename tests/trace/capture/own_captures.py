"""Two small sessions as captures of our own: ISO 15118-2 in the clear, ISO 15118-20 over TLS 1.3 with its secrets.

``python -m tests.trace.capture.own_captures`` writes them to data/ again, for tests that only need a file.
"""

from pathlib import Path
from typing import Any

from OpenSSL import SSL

from v2xconform.protocols import sdp
from v2xconform.protocols.exi import codec
from v2xconform.protocols.v2gtp import encode_frame

from .packet_factory import Talk, pcap, pcapng, sdp_packet
from .tls_talk import TlsTalk, hold

DATA = Path(__file__).parent / "data"
SESSION = "0123456789ABCDEF"


def _offer(namespace: str, major: int) -> dict[str, Any]:
    return {
        "AppProtocol": {
            "ProtocolNamespace": namespace,
            "VersionNumberMajor": major,
            "VersionNumberMinor": 0,
            "SchemaID": 1,
            "Priority": 1,
        }
    }


ACCEPTED = {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1}

Said = tuple[int, int, str, str, dict[str, Any]]
"""Who (0 the car), payload type, protocol, name of the message, root tree."""


def _wrapped(name: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"Header": {"SessionID": SESSION}, "Body": {name: body}}


def _headed(body: dict[str, Any]) -> dict[str, Any]:
    return {"Header": {"SessionID": SESSION, "TimeStamp": 1_700_000_000}, **body}


SAP = "supportedappprotocol"
COMMON = "iso15118-20-common"
PLAIN: list[Said] = [
    (0, 0x8001, SAP, "supportedAppProtocolReq", _offer("urn:iso:15118:2:2013:MsgDef", 2)),
    (1, 0x8001, SAP, "supportedAppProtocolRes", ACCEPTED),
    (0, 0x8001, "iso15118-2", "SessionSetupReq", _wrapped("SessionSetupReq", {"EVCCID": "AABBCCDDEEFF"})),
    (
        1,
        0x8001,
        "iso15118-2",
        "SessionSetupRes",
        _wrapped("SessionSetupRes", {"ResponseCode": "OK_NewSessionEstablished", "EVSEID": "ZZ00000"}),
    ),
    (0, 0x8001, "iso15118-2", "ServiceDiscoveryReq", _wrapped("ServiceDiscoveryReq", {})),
]
TWENTY: list[Said] = [
    (0, 0x8001, SAP, "supportedAppProtocolReq", _offer("urn:iso:std:iso:15118:-20:DC", 1)),
    (1, 0x8001, SAP, "supportedAppProtocolRes", ACCEPTED),
    (0, 0x8002, COMMON, "SessionSetupReq", _headed({"EVCCID": "WMIV1234567890ABCDEX"})),
    (1, 0x8002, COMMON, "SessionSetupRes", _headed({"ResponseCode": "OK_NewSessionEstablished", "EVSEID": "ZZ00000"})),
    (0, 0x8004, "iso15118-20-dc", "DC_CableCheckReq", _headed({})),
    (1, 0x8004, "iso15118-20-dc", "DC_CableCheckRes", _headed({"ResponseCode": "OK", "EVSEProcessing": "Finished"})),
]
DISCOVERY = ["SECCDiscoveryReq", "SECCDiscoveryRes"]


def payload(said: Said) -> bytes:
    _, _, protocol, name, tree = said
    return codec(protocol).encode("V2G_Message" if protocol == "iso15118-2" else name, tree)


def frame(said: Said) -> bytes:
    return encode_frame(said[1], payload(said))


def discovery(security: str) -> list[bytes]:
    request = {"Security": security, "TransportProtocol": "TCP"}
    response = {"SECCIPAddress": "fe80::2", "SECCPort": 61000, **request}
    return [
        sdp_packet(sdp.encode("SECCDiscoveryReq", request)),
        sdp_packet(sdp.encode("SECCDiscoveryRes", response), answer=True),
    ]


def plain_session() -> bytes:
    talk = Talk().opened()
    for said in PLAIN:
        talk.says(said[0], frame(said))
    return pcap(discovery("None") + talk.closed().packets)


def tls_session(*, version: int = SSL.TLS1_3_VERSION, cipher: bytes | None = None) -> tuple[list[bytes], TlsTalk]:
    """Return the packets and the TLS connection of the -20 session."""
    tls = hold([(said[0], frame(said)) for said in TWENTY], version=version, cipher=cipher)
    talk = Talk().opened()
    for side, data in tls.flights:
        talk.says(side, data)
    return discovery("TLS") + talk.closed().packets, tls


def tls_capture() -> bytes:
    packets, tls = tls_session()
    return pcapng(packets, key_log=tls.key_log_text)


if __name__ == "__main__":
    (DATA / "iso2_plain.pcap").write_bytes(plain_session())
    (DATA / "iso20_tls13.pcapng").write_bytes(tls_capture())
