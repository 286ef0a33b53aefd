"""The HTML report: a shell with its own style and script inside, and the data of each test case packed separately.

Every test case is one gzip'd JSON text in base64, opened by the page when it is looked at; an index of all of them is
opened first. So 10,000 test cases open at once, and writing needs the memory of one trace. Nothing of a bundle gets
into the HTML unpacked except through the template's escaping, and the script never parses HTML: what a device sent
stays text.
"""

import base64
import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from v2xconform.content import content
from v2xconform.report.bundle import Bundle, mapping, number, read_bundle, text
from v2xconform.report.summary import Summary, summarise
from v2xconform.report.timing import PER_DECADE, Timing
from v2xconform.report.traces import Limits, Trace, bounded, handshakes, read_trace

SHELL: Final = "report.html.j2"
STYLES: Final = ("report.css",)
SCRIPTS: Final = (
    "elements.js",
    "data.js",
    "overview.js",
    "lists.js",
    "measures.js",
    "ladder.js",
    "message.js",
    "testcase.js",
    "app.js",
)
"""Inlined in this order; later files use what earlier ones define."""
_OPTIONS: Final = orjson.OPT_NON_STR_KEYS
_PARTS: Final = ("findings", "steps", "expected_observed")
"""Fields of a result that only its own page shows; the index goes without."""
MOST_HANDSHAKES: Final = 60
"""Different handshakes that the TLS view shows; each test case shows its own in its ladder."""
_SPEED: Final = 3
"""gzip level: 6 makes the file 8 % smaller and takes twice the time."""


@dataclass(frozen=True, slots=True)
class Written:
    """What `write_report` wrote."""

    path: Path
    sentence: str
    testcases: int
    problems: tuple[str, ...]


def write_report(run: Path, out: Path | None = None, *, now: datetime | None = None) -> Written:
    """Write the report of the bundle in *run* to *out* (``report.html`` in the folder); return what was written.

    Raises NoBundleError if the folder holds no run, OSError if the file cannot be written. A damaged or interrupted
    bundle gives a report that says so.
    """
    bundle = read_bundle(run)
    summary = summarise(bundle)
    path = out or run / "report.html"
    builder = _Builder(bundle, summary, now or datetime.now(UTC))
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("w", encoding="utf-8") as file:
        file.writelines(builder.pieces())
    unfinished.replace(path)
    return Written(path, summary.sentence, len(bundle.results), tuple(bundle.problems))


class _Builder:
    """Writes one page: traces first, one after the other, then the index, which needs to have seen them all."""

    def __init__(self, bundle: Bundle, summary: Summary, now: datetime) -> None:
        self.bundle, self.summary, self.now = bundle, summary, now
        self.limits = Limits(mapping(bundle.campaign.get("limits")))
        self.timing = Timing(bundle.sut["role"])
        self.connections: dict[bytes, dict[str, Any]] = {}
        self.cases: list[dict[str, Any]] = []

    def pieces(self) -> Iterator[str]:
        folder = content("reports") / "templates"
        environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLES)
        script = "\n".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
        script = f'"use strict";\n{script}'
        yield from environment.get_template(SHELL).generate(
            title=self._title(),
            sentence=self.summary.sentence,
            style=style,
            script=script,
            # The browser runs this script and no other, even if markup of a device ever got into the page.
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            chunks=self._chunks(),
            index=lambda: pack(self._index()),
        )

    def _title(self) -> str:
        sut = self.bundle.sut
        return " · ".join(filter(None, (sut["name"], self.bundle.profile["title"] or self.bundle.profile["id"])))

    def _chunks(self) -> Iterator[str]:
        for index, result in enumerate(self.bundle.results):
            trace = self._trace(result)
            self.timing.add(trace, index)
            for connection in handshakes(trace):
                self._count_connection(connection, index)
            self.cases.append(self._case(result, trace))
            yield pack({**{part: result[part] for part in _PARTS}, "rows": trace.rows, "problems": trace.problems})

    def _trace(self, result: dict[str, Any]) -> Trace:
        name = result["trace"]
        if not name:
            return Trace()
        path = self.bundle.file(name)
        if path is None:
            outside = Path(name).is_absolute() or ".." in Path(name).parts
            why = (
                "lies outside of the bundle and was not read" if outside else "is missing: no ladder for this test case"
            )
            trace = Trace(problems=[f"{name} {why}"])
        else:
            trace = read_trace(path, name, self.limits)
            listed = mapping(mapping(self.bundle.manifest.get("files")).get(name)).get("sha256")
            if listed and listed != trace.sha256:
                trace.problems.append(
                    f"{name} is not the file that was recorded: its SHA-256 differs from manifest.json"
                )
        self.bundle.problems.extend(trace.problems)
        return trace

    def _case(self, result: dict[str, Any], trace: Trace) -> dict[str, Any]:
        """Return what the lists need of a test case."""
        shares = [row["w"] / row["m"] for row in trace.pairs() if row["m"] and row.get("s") == self.timing.sut]
        case = {key: value for key, value in result.items() if key not in _PARTS and value not in ("", [], None)}
        case["messages"] = sum(row["k"] == "message" for row in trace.rows)
        case["broken"] = sorted({f["requirement"] for f in result["findings"]})
        case["words"] = " ".join(f["text"] for f in result["findings"])[:400]
        case["share"] = round(max(shares), 3) if shares else None
        case["late"] = sum(share > 1 for share in shares)
        case["damaged"] = len(trace.problems)
        return case

    def _count_connection(self, connection: dict[str, Any], index: int) -> None:
        """Group equal handshakes: a run has one per session, and an engineer wants the few that differ."""
        flow = []
        for entry in connection["flow"]:  # tickets and alerts after the handshake tell nothing of how it went
            flow.append(entry[2:])
            if entry[2] in ("established", "failed"):
                break
        facts = [connection[key] for key in ("outcome", "offered", "selected")]
        # Keys and serials are new in each run of a PKI recipe; who issued what to whom is what tells chains apart.
        facts += [
            [(c.get("subject"), c.get("issuer")) for c in chain["certificates"]] for chain in connection["chains"]
        ]
        key = orjson.dumps([flow, facts], option=_OPTIONS)
        found = self.connections.setdefault(key, {**connection, "tests": []})
        found["tests"].append([index, connection["flow"][0][0]])

    def _index(self) -> dict[str, Any]:
        bundle, summary = self.bundle, self.summary
        return {
            "manifest": {key: value for key, value in bundle.manifest.items() if key != "files"},
            "sut": {**bundle.sut, "self_hosted": bundle.self_hosted},
            "profile": bundle.profile,
            "pics": mapping(bundle.campaign.get("pics")),
            "pixit": mapping(bundle.campaign.get("pixit")),
            "jitter": bundle.jitter_ms,
            "interrupted": bundle.interrupted,
            "problems": bundle.problems,
            "sentence": summary.sentence,
            "tone": summary.tone,
            "counts": summary.counts,
            "expected": summary.expected,
            "stale": summary.stale,
            "warnings": summary.warnings,
            "requirements": summary.requirements,
            "causes": summary.causes,
            "cases": self.cases,
            "timing": self.timing.table(),
            "per_decade": PER_DECADE,
            "tls_kinds": len(self.connections),
            "tls": sorted(
                self.connections.values(), key=lambda found: (found["outcome"] != "failed", -len(found["tests"]))
            )[:MOST_HANDSHAKES],
            "files": self._files(),
            "run": bundle.run.name,
            "written": self.now.isoformat(timespec="seconds"),
        }

    def _files(self) -> list[list[Any]]:
        """Path, size, SHA-256 and state of each evidence file, as the manifest lists it or, without one, as found."""
        listed = mapping(self.bundle.manifest.get("files"))
        rows: list[list[Any]] = []
        for name, fields in sorted(listed.items()):
            size = number(mapping(fields).get("bytes"))
            path = self.bundle.file(name)
            state = "missing" if path is None else "ok" if path.stat().st_size == size else "size differs"
            rows.append([name, size, text(mapping(fields).get("sha256")), state])
        if not listed:
            for path in sorted(self.bundle.run.rglob("*")):
                if path.is_file() and path.suffix != ".part" and path.name != "report.html":
                    rows.append(
                        [path.relative_to(self.bundle.run).as_posix(), path.stat().st_size, "", "not in manifest"]
                    )
        return rows


def pack(data: Any) -> str:
    """Return the data as gzip'd JSON in base64: letters that mean nothing to an HTML parser."""
    try:
        plain = orjson.dumps(data, default=str, option=_OPTIONS)
    except TypeError:  # nested more deeply than orjson writes: a device can send that
        plain = orjson.dumps(bounded(data, "the files of the run"), default=str, option=_OPTIONS)
    return base64.b64encode(gzip.compress(plain, _SPEED, mtime=0)).decode()
