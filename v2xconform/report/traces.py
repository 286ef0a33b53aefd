"""One stored trace as rows of a ladder: read line by line, brought to what the page shows, kept within bounds.

A row is an event with short keys and without its empty fields, because a run has hundreds of thousands of them:
i id, t milliseconds, k kind, n name, l layer, s source, d destination, c link, b body, r raw hex, z raw length,
f references, o note, u the first event's UTC, ? an unknown kind; for an answer also a the request, w the latency and
m its limit in milliseconds, q the requirement that sets the limit.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from v2xconform.report.bundle import mapping, number, numbers, sequence, text
from v2xconform.report.certificates import described, described_staple
from v2xconform.trace.events import KINDS

LONG_LINE: Final = 8_192
"""Lines up to this many bytes hold nothing that would have to be cut."""
LONG_TEXT: Final = 4_096
LONG_RAW: Final = 32_768
"""Characters of a string, and hexadecimal digits of raw bytes, that go into the page; the file has the rest."""
DEEP: Final = 64
_SHORT: Final = (("l", "layer"), ("s", "src"), ("d", "dst"), ("c", "link"), ("o", "note"))
_LONG_INTEGER = re.compile(rb"\d{16}")
_EXACT: Final = 2**53


@dataclass(slots=True)
class Limits:
    """How long each response may take, from the campaign's ``limits``: protocol family, then response name."""

    table: dict[str, Any]

    def of(self, layer: str, name: str) -> tuple[float | None, str]:
        """Return limit in milliseconds (or None) and requirement of the response *name* seen on *layer*.

        The family is the longest key that the layer begins with; a name that its own family does not list
        (supportedAppProtocolRes has a codec of its own) is looked for in all families.
        """
        families = sorted((key for key in self.table if layer.startswith(key)), key=len, reverse=True)
        for family in (*families, *self.table):
            entry = mapping(mapping(self.table[family]).get(name))
            seconds = number(entry.get("limit_s"))
            if seconds is not None:
                return seconds * 1000, text(entry.get("requirement"))
        return None, ""


@dataclass(slots=True)
class Trace:
    """What the page shows of one trace. Build it with `read_trace`."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    sha256: str = ""

    def pairs(self) -> Iterable[dict[str, Any]]:
        """Rows of messages that answer another one; each has w, and m if there is a limit."""
        return (row for row in self.rows if "w" in row)


def read_trace(path: Path, name: str, limits: Limits) -> Trace:
    """Read the trace file at *path*, called *name* in the bundle. Never raises on its content.

    Lines that cannot be read and kinds that are unknown stay visible as rows of kind ``unreadable`` and as they are.
    """
    trace = Trace()
    digest = hashlib.sha256()
    asked: dict[int, float] = {}
    covered: set[int] = set()
    bounds: dict[tuple[str, str], tuple[float | None, str]] = {}
    ended = True
    with path.open("rb") as file:
        for index, line in enumerate(file, 1):
            digest.update(line)
            ended = line.endswith(b"\n")
            if not line.strip():
                continue
            row = _row(line, index, name, trace, ended)
            trace.rows.append(row)
            if row["k"] not in ("message", "undecodable", "oddity", "fault"):
                continue
            reference = row.get("f", {})
            covered.update(numbers(reference.get("bytes")))
            if row["k"] != "message":
                continue
            asked[row["i"]] = row["t"]
            request = reference.get("answers")
            if isinstance(request, int) and request in asked:
                row["a"], row["w"] = request, round(row["t"] - asked[request], 3)
                key = (row.get("l", ""), row["n"])
                if key not in bounds:
                    bounds[key] = limits.of(*key)
                row["m"], row["q"] = bounds[key]
    if not trace.rows:
        trace.problems.append(f"{name} is empty")
    elif not ended and not trace.problems:
        trace.problems.append(f"{name} does not end with a line end; its last event may be incomplete")
    secured = {row.get("c") for row in trace.rows if row["k"] == "handshake"}
    for row in trace.rows:
        # A message shows its bytes itself; ciphertext tells nobody anything, and capture.pcapng has it.
        if row["k"] == "bytes" and (row["i"] in covered or (row.get("l") == "tcp" and row.get("c") in secured)):
            row.pop("r", None)
    trace.sha256 = digest.hexdigest()
    return trace


def _row(line: bytes, index: int, name: str, trace: Trace, ended: bool) -> dict[str, Any]:
    try:
        event = orjson.loads(line)
        if not isinstance(event, dict):
            raise ValueError("it is no JSON object")
        at = number(event.get("t_ns"))
        if at is None or "kind" not in event:
            raise ValueError("it has no t_ns or no kind")
    except ValueError as error:
        cut = "" if ended else " (the last line, cut off)"
        words = f"line {index}{cut} cannot be read: {error}"
        trace.problems.append(f"{name} {words}")
        before = trace.rows[-1]["t"] if trace.rows else 0.0
        return {"i": -index, "t": before, "k": "unreadable", "n": words, "r": line[:512].hex(), "z": len(line)}
    mark, kind, name_of = event.get("id"), event["kind"], event.get("name")
    row: dict[str, Any] = {
        "i": mark if type(mark) is int else -index,
        "t": round(at / 1e6, 4),
        "k": kind if type(kind) is str else text(kind),
        "n": name_of if type(name_of) is str else text(name_of),
    }
    if row["k"] not in KINDS:
        row["?"] = 1
        trace.problems.append(f"{name} line {index}: kind {row['k'][:40]!r} is unknown to this report")
    for short, long in _SHORT:
        value = event.get(long)
        if value:
            row[short] = value if type(value) is str else text(value)
    if event.get("ref"):
        row["f"] = mapping(event["ref"])
    if not trace.rows and event.get("utc"):
        row["u"] = text(event["utc"])
    if event.get("raw"):
        raw = text(event["raw"])
        row["r"], row["z"] = raw[:LONG_RAW], len(raw) // 2
    body = event.get("body")
    if body is not None:
        row["b"] = body
    if len(line) > LONG_LINE or (body is not None and _LONG_INTEGER.search(line)):
        for key, value in row.items():
            if key not in ("r", "z", "t"):
                row[key] = bounded(value, f"{name} line {index}")
    return row


def bounded(value: Any, where: str, depth: int = 0) -> Any:
    """Cut what is too long or too deep for a page, naming *where* the whole is; keep integers exact.

    JavaScript rounds integers beyond 2**53: they become ``{"$integer": "…"}``, which the page shows as the number.
    """
    if isinstance(value, str) and len(value) > LONG_TEXT:
        return f"{value[:LONG_TEXT]}… [cut here: {len(value):,} characters in all, see {where}]"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return {"$integer": str(value)}
    if depth > DEEP and isinstance(value, dict | list):
        return f"… [nested deeper than {DEEP} levels, see {where}]"
    if isinstance(value, dict):
        return {bounded(key, where): bounded(item, where, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [bounded(item, where, depth + 1) for item in value]
    return value


def handshakes(trace: Trace) -> list[dict[str, Any]]:
    """Return the TLS handshakes of the trace, one per link: outcome, what was offered, selected, and the chain.

    Hello, EncryptedExtensions and the final established or failed event bring the facts; see `FACTS`.
    """
    links: dict[str, dict[str, Any]] = {}
    for row in trace.rows:
        if row["k"] != "handshake":
            continue
        found = links.setdefault(
            row.get("c", ""),
            {
                "link": row.get("c", ""),
                "outcome": "",
                "flow": [],
                "offered": {},
                "selected": {},
                "chains": [],
                "other": {},
            },
        )
        alert = text(mapping(row.get("b")).get("description")) if row["n"] == "Alert" else ""
        found["flow"].append([row["i"], row["t"], f"{row['n']} {alert}".strip(), row.get("s", ""), row.get("d", "")])
        _take_facts(found, row)
    return list(links.values())


FACTS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "version": (("versions", "supported_versions"), ("version", "selected_version", "protocol")),
    "cipher suite": (("suites", "cipher_suites", "ciphers"), ("suite", "cipher_suite", "cipher")),
    "group": (("groups", "supported_groups", "curves"), ("group", "selected_group", "curve")),
    "signature algorithm": (
        ("signature_algorithms", "signatures", "sigalgs"),
        ("signature_algorithm", "signature", "sigalg"),
    ),
    "application protocol": (("alpn_protocols", "alpns"), ("alpn",)),
    "key shares": (("key_shares",), ()),
    "authorities": (("certificate_authorities",), ()),
    "server name": (("server_name",), ()),
    "fragment length": (("max_fragment_length",), ()),
}
"""Fact of a handshake: the body keys that hold what was offered, and those that hold what was selected."""
_CHAIN_KEYS: Final = ("chain", "peer_chain", "certificates", "local_chain", "own_chain")


def _sender(body: dict[str, Any], row: dict[str, Any]) -> str:
    """Return who sent the chain of a final event: the peer of the end that tells its role."""
    ends = {"client": "the server", "server": "the client"}
    return ends.get(text(body.get("role")), row.get("d", "") or "the peer")


def _take_facts(found: dict[str, Any], row: dict[str, Any]) -> None:
    body = mapping(row.get("b"))
    final = row["n"] in ("established", "failed")
    if final:
        found["outcome"] = row["n"]
    used = set()
    for fact, (offered, selected) in FACTS.items():
        for key in offered:
            if body.get(key):
                # A CertificateRequest offers signature algorithms too; the first list is the ClientHello's.
                found["offered"].setdefault(fact, [text(item) for item in sequence(body[key])])
                used.add(key)
        for key in selected:
            if body.get(key) and (final or row["n"] != "ClientHello"):
                used.add(key)
                # The last ServerHello counts, after a HelloRetryRequest; but a signature is the server's, which comes
                # first, and names on the wire go before those of a library.
                if row["n"] == "ServerHello" or fact not in found["selected"]:
                    found["selected"][fact] = text(body[key])
    for key in _CHAIN_KEYS:
        if body.get(key):
            chain = [described(item) for item in sequence(body[key])]
            entry = {"of": _sender(body, row) if final else row.get("s", ""), "certificates": chain}
            if chain not in [known["certificates"] for known in found["chains"]]:
                found["chains"].append(entry)
            used.add(key)
    if final:
        found["other"] = {key: value for key, value in body.items() if key not in used and value not in ("", [], None)}
        if body.get("staple"):
            found["other"]["staple"] = described_staple(body["staple"])
