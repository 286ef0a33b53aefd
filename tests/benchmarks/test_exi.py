"""The EXI codec: microseconds per message, alone and next to the prototype that it grew from.

    pytest tests/benchmarks/test_exi.py --benchmark-sort=name

The rows of one message make a ratio within one run; nothing here asserts a time.
"""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from v2xconform.protocols.exi import codec
from v2xconform.protocols.exi.codec import read_generally, write_generally
from v2xconform.protocols.exi.schema_files import SchemaFolder
from v2xconform.protocols.exi.tables import NAMES

REPOSITORY = Path(__file__).parents[2]
VECTORS = REPOSITORY / "tests" / "protocols" / "exi" / "vectors.jsonl"
PROTOTYPE = REPOSITORY.parent / "shared" / "prototypes" / "exi" / "xsdexi.py"
WHEEL = REPOSITORY / ".interop" / "wheels" / "iso15118-0.31.2-py3-none-any.whl"

MESSAGES = [
    "SessionSetupReq",
    "CurrentDemandReq",
    "CertificateInstallationRes",
    "PaymentDetailsReq",
    "ScheduleExchangeRes",
    "CertificateInstallationReq",
    "DC_ChargeLoopReq",
    "DC_ChargeLoopRes",
]


def longest(message: str) -> tuple[str, bytes]:
    """Return the table and the bytes of the longest own vector of *message*."""
    lines = (json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines())
    found = [v for v in lines if v["message"] == message and v["kind"] == "document" and v["agreed"]]
    vector = max(found, key=lambda v: len(v["hex"]))
    return vector["table"], bytes.fromhex(vector["hex"])


@pytest.fixture(scope="session")
def prototype(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Return the maker of the prototype's codec of a table; skips where the prototype or the schemas are not."""
    if not PROTOTYPE.is_file() or not WHEEL.is_file():
        pytest.skip("the prototype or the schemas are not here")
    spec = importlib.util.spec_from_file_location("xsdexi", PROTOTYPE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["xsdexi"] = module
    spec.loader.exec_module(module)
    folder = SchemaFolder(WHEEL)
    made: dict[str, Any] = {}

    def make(table: str) -> Any:
        if table not in made:
            namespace = next(uri for uri, name in NAMES.items() if name == table)
            place = next(place for place in folder.places() if folder.file(place).namespace == namespace)
            made[table] = module.Codec(str(folder.write(place, tmp_path_factory.mktemp(table))))
        return made[table]

    return make


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("how", ["compiled", "general", "prototype"])
def test_decode(benchmark: Any, message: str, how: str, request: pytest.FixtureRequest) -> None:
    benchmark.group = f"decode {message}"
    table, data = longest(message)
    c = codec(table)
    if how == "prototype":
        benchmark(request.getfixturevalue("prototype")(table).decode, data)
    elif how == "general":
        assert benchmark(read_generally, c, data) == c.decode(data)
    else:
        assert benchmark(c.decode, data).oddities == ()


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("how", ["compiled", "general", "prototype"])
def test_encode(benchmark: Any, message: str, how: str, request: pytest.FixtureRequest) -> None:
    benchmark.group = f"encode {message}"
    table, data = longest(message)
    c = codec(table)
    document = c.decode(data)
    if how == "prototype":
        other = request.getfixturevalue("prototype")(table)
        assert benchmark(other.encode, *other.decode(data)) == data
    elif how == "general":
        assert benchmark(write_generally, c, document.name, document.tree) == data
    else:
        assert benchmark(c.encode, document.name, document.tree) == data


def test_first_message(benchmark: Any) -> None:
    """What a new process pays once: the table, the grammars and the compiled code of one message."""
    table, data = longest("DC_ChargeLoopReq")

    def start() -> Any:
        codec.cache_clear()
        return codec(table).decode(data)

    assert benchmark.pedantic(start, rounds=5).name == "DC_ChargeLoopReq"
