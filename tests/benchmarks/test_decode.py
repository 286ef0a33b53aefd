"""Messages per second of `v2xconform decode`, from the file to the JSON line."""

import io
from pathlib import Path
from typing import Any

import pytest
from orjson import dumps

from v2xconform.trace.capture.decoding import Decoder
from v2xconform.trace.capture.inputs import Trouble, units_of

DATA = Path(__file__).parents[1] / "trace" / "capture" / "data"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "captures"
CAPTURES = [
    DATA / "iso2_plain.pcap",
    DATA / "iso20_tls13.pcapng",
    SHARED / "tux-evse" / "audi-dc-iso2.pcap",
    SHARED / "pyPLC" / "2023-04-19_westparkAlpi_pyPlc_lightbulb_1fail_1ok.pcapng",
    SHARED / "dsV2Gshark" / "ISO-20_TLS13_DC_DS5366_Josev.pcapng",
]


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_capture_to_json_lines(benchmark: Any, capture: Path) -> None:
    if not capture.exists():
        pytest.skip("the capture collection is not here")
    data = capture.read_bytes()

    def decode_all() -> int:
        decoder, count = Decoder(), 0
        for unit in units_of(io.BytesIO(data)):
            item = unit if isinstance(unit, Trouble) else decoder.decode(unit)
            if not isinstance(item, Trouble):
                dumps(item.record())
                count += 1
        return count

    messages = benchmark.pedantic(decode_all, rounds=3, warmup_rounds=1)
    assert messages
    if benchmark.stats:
        benchmark.extra_info["messages per second"] = round(messages / benchmark.stats.stats.median)
