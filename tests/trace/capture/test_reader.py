import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from v2xconform.protocols.v2gtp import encode_frame
from v2xconform.trace.capture import CaptureError, Found, KeyLog, Remark, read_capture

from .own_captures import DATA, PLAIN, TWENTY, frame, payload, plain_session, tls_capture, tls_session
from .packet_factory import CLIENT, Talk, ethernet, ipv4, ipv6, pcap, pcapng, tcp, udp

ONE, TWO = encode_frame(0x8001, b"\x80one"), encode_frame(0x8001, b"\x80two")


def read(data: bytes, keys: KeyLog | None = None) -> tuple[list[Found], list[Remark]]:
    items = list(read_capture(io.BytesIO(data), keys))
    return [item for item in items if isinstance(item, Found)], [item for item in items if isinstance(item, Remark)]


def test_plain_session() -> None:
    found, remarks = read(plain_session())
    assert remarks == []
    assert [item.payload for item in found[2:]] == [payload(said) for said in PLAIN]
    assert [item.transport for item in found] == ["udp"] * 2 + ["tcp"] * len(PLAIN)
    assert [item.payload_type for item in found[:2]] == [0x9000, 0x9001]
    assert (found[2].src, found[2].dst, found[2].packet) == ("[fe80::1]:50000", "[fe80::2]:61000", 6)
    assert found[2].time_ns == 1_700_000_000_005_000_000
    assert {item.connection for item in found[2:]} == {1}


def test_the_stored_capture_is_the_one_made_here() -> None:
    assert (DATA / "iso2_plain.pcap").read_bytes() == plain_session()


@pytest.mark.parametrize("capture", [tls_capture, (DATA / "iso20_tls13.pcapng").read_bytes])
def test_tls_session_with_its_secrets_inside(capture: "object") -> None:
    assert callable(capture)
    found, remarks = read(capture())
    assert remarks == []
    assert [item.payload for item in found[2:]] == [payload(said) for said in TWENTY]
    assert {item.transport for item in found[2:]} == {"tls"}


@pytest.mark.parametrize(
    ("version", "cipher"),
    [
        (SSL.TLS1_3_VERSION, b"TLS_CHACHA20_POLY1305_SHA256"),
        (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0"),
        (SSL.TLS1_2_VERSION, b"ECDHE-ECDSA-AES128-GCM-SHA256"),
    ],
)
def test_tls_session_with_a_key_log_beside_it(version: int, cipher: bytes) -> None:
    packets, tls = tls_session(version=version, cipher=cipher)
    found, remarks = read(pcap(packets), KeyLog(tls.key_log_text))
    assert remarks == []
    assert [item.payload for item in found[2:]] == [payload(said) for said in TWENTY]


def test_key_log_lines_in_datagrams_behind_the_records_that_they_open() -> None:
    packets, tls = tls_session()
    lines = [ethernet(ipv6(udp(line.encode(), ports=(52345, 52345)), 17)) for line in tls.key_log]
    found, remarks = read(pcap(packets + lines))
    assert remarks == []
    assert len(found) == 2 + len(TWENTY)


def test_without_secrets_it_is_said_and_nothing_counts_as_lost() -> None:
    packets, _ = tls_session()
    found, remarks = read(pcap(packets))
    assert len(found) == 2
    assert [remark.lost for remark in remarks] == [False]
    assert "no secrets for ClientRandom" in remarks[0].text
    assert "--keys" in remarks[0].text


def test_any_port_ip_version_and_link_layer() -> None:
    packets = [ipv4(tcp(ONE, ports=(80, 443), seq=5), 6), ipv6(tcp(TWO, ports=(1, 2), seq=5), 6)]
    found, remarks = read(pcap(packets, link_type=101))
    assert [(item.src, item.payload) for item in found] == [("192.0.2.1:80", b"\x80one"), (f"[{CLIENT}]:1", b"\x80two")]
    assert all(not remark.lost and "beginning" in remark.text for remark in remarks)


def test_message_over_many_segments_in_disorder() -> None:
    big = encode_frame(0x8002, bytes(range(256)) * 200)
    talk = Talk().opened().says(0, big, segment=100).closed()
    middle = talk.packets[3:-3]
    disorder = talk.packets[:3] + [packet for at in range(0, len(middle), 6) for packet in middle[at : at + 6][::-1]]
    found, remarks = read(pcap(disorder + middle[:50] + talk.packets[-3:]))
    assert [item.payload for item in found] == [big[8:]]
    assert remarks == []


def test_lost_segment_costs_its_message_and_is_told() -> None:
    talk = Talk().opened().says(0, ONE).says(1, TWO, segment=9).says(0, ONE, lost=True)
    talk.says(1, TWO).says(0, TWO).says(1, TWO).says(0, ONE).says(1, ONE).closed()
    found, remarks = read(pcapng(talk.packets))
    assert [item.payload for item in found if item.src.endswith(":50000")] == [b"\x80one", b"\x80two", b"\x80one"]
    assert [item.payload for item in found if item.src.endswith(":61000")] == [b"\x80two"] * 3 + [b"\x80one"]
    assert [remark.text for remark in remarks] == [
        "[fe80::1]:50000 → [fe80::2]:61000: 12 octets are not in the capture; going on at the next header"
    ]


def test_lost_tls_segment_costs_its_message_and_is_told() -> None:
    packets, tls = tls_session()
    whole, _ = read(pcap(packets), KeyLog(tls.key_log_text))
    lost = whole[4].packet - 1
    found, remarks = read(pcap(packets[:lost] + packets[lost + 1 :]), KeyLog(tls.key_log_text))
    payloads = [item.payload for item in whole]
    assert sorted(item.payload for item in found) == sorted(payloads[:4] + payloads[5:])
    assert len(remarks) == 1
    assert "octets are not in the capture" in remarks[0].text


def test_reset_in_the_middle_of_a_message() -> None:
    talk = Talk().opened().says(0, ONE).says(1, TWO[:10]).reset()
    found, remarks = read(pcap(talk.packets))
    assert [item.payload for item in found] == [b"\x80one"]
    assert [remark.text for remark in remarks] == [
        "[fe80::2]:61000 → [fe80::1]:50000: the last message is cut: 10 octets of 12 octets"
    ]


def test_broken_sdp_on_its_port_is_told() -> None:
    packets = [
        ethernet(ipv6(udp(encode_frame(0x9000, b"\x10\0", version=2), ports=(5, 15118)), 17)),
        ethernet(ipv6(udp(b"hello", ports=(5, 15118)), 17)),
        ethernet(ipv6(udp(b"hello", ports=(5, 53)), 17)),
    ]
    found, remarks = read(pcap(packets))
    assert found == []
    assert [remark.packet for remark in remarks] == [1, 2]
    assert "protocol version is 0x02, expected 0x01" in remarks[0].text


def test_sdp_on_another_port_is_found() -> None:
    found, _ = read(pcap([ethernet(ipv6(udp(encode_frame(0x9000, b"\x10\0"), ports=(5, 6)), 17))]))
    assert [(item.payload_type, item.transport) for item in found] == [(0x9000, "udp")]


def test_what_is_left_out_is_told_once() -> None:
    _, remarks = read(pcap([b"x", b"y"], link_type=147))
    assert [remark.text for remark in remarks] == ["link type 147 is not understood: its packets are left out"]
    fragment = ipv4(b"x" * 20, 6, fragment=0x2000)
    _, remarks = read(pcap([fragment, fragment], link_type=101))
    assert [remark.text for remark in remarks] == ["IP fragments are not put together: they are left out"]


def test_memory_does_not_grow_with_the_capture(tmp_path: Path) -> None:
    import tracemalloc

    def peak(rounds: int) -> int:
        path = tmp_path / f"{rounds}.pcap"
        packets = []
        for port in range(rounds):
            talk = Talk(client_port=1024 + port % 64, client_sequence=port * 77777).opened()
            packets += talk.says(0, frame(PLAIN[0])).says(1, frame(PLAIN[1])).closed().packets
        path.write_bytes(pcap(packets))
        tracemalloc.start()
        with path.open("rb") as file:
            assert sum(isinstance(item, Found) for item in read_capture(file)) == 2 * rounds
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = peak(200), peak(2000)
    assert many < few + 1_500_000


@pytest.mark.parametrize("capture", [plain_session(), (DATA / "iso20_tls13.pcapng").read_bytes()])
def test_a_capture_cut_anywhere_is_read_as_far_as_it_goes(capture: bytes) -> None:
    whole, _ = read(capture)
    for length in range(0, len(capture), 7):
        try:
            found, _ = read(capture[:length])
        except CaptureError as error:
            assert "\n" not in str(error)
        else:
            assert found == whole[: len(found)]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    capture=st.sampled_from([plain_session(), (DATA / "iso20_tls13.pcapng").read_bytes()]),
    spoilt=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_damaged_captures_never_raise_anything_else(capture: bytes, spoilt: list[tuple[int, int]]) -> None:
    data = bytearray(capture)
    for at, value in spoilt:
        data[at % len(data)] = value
    try:
        _, remarks = read(bytes(data))
    except CaptureError as error:
        assert "\n" not in str(error)
    else:
        assert all("\n" not in remark.text for remark in remarks)


@settings(max_examples=200, deadline=None)
@given(
    magic=st.sampled_from(
        [b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\n\r\r\n", plain_session()[:24], tls_capture()[:48]]
    ),
    data=st.binary(max_size=500),
)
def test_random_octets_behind_a_good_beginning(magic: bytes, data: bytes) -> None:
    try:
        read(magic + data)
    except CaptureError as error:
        assert "\n" not in str(error)
