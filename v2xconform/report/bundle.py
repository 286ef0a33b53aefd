"""A run's folder as the report sees it: whatever is there, in a known shape, with a list of what is wrong with it.

Nothing in a bundle is trusted. A run may have been cut off by a power failure, and many of its strings were sent by
the device under test. So each field is brought to its type here, once, and what cannot be read becomes a line in
`Bundle.problems`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

VERDICTS: Final = ("FAIL", "ERROR", "INCONCLUSIVE", "PASS", "NOT_APPLICABLE")
"""The five verdicts, worst first as a reader looks for them (architecture, section 6)."""
NOT_RUN: Final = "NOT_RUN"
"""Stands where a test case was planned and no verdict exists; it is a life-cycle state, not a sixth verdict."""


class NoBundleError(ValueError):
    """The folder is no bundle: none of the four things that a run writes is in it."""


@dataclass(slots=True)
class Bundle:
    """One run. Build it with `read_bundle`; pass it to `summarise`, `write_report` or `write_junit`."""

    run: Path
    manifest: dict[str, Any]
    campaign: dict[str, Any]
    results: list[dict[str, Any]]
    """One per test case, each with every field of a result line, plus id (unique), tags and pics."""
    problems: list[str] = field(default_factory=list)
    """What is missing or damaged, one sentence each."""
    interrupted: bool = False

    @property
    def sut(self) -> dict[str, str]:
        """Name, maker, firmware and role of the system under test, from the manifest or else from the campaign."""
        told = {**mapping(self.campaign.get("sut")), **mapping(self.manifest.get("sut"))}
        return {key: text(told.get(key)) for key in ("name", "maker", "firmware", "role")}

    @property
    def self_hosted(self) -> bool:
        """True if the tester played the system under test itself."""
        return mapping(self.manifest.get("sut")).get("self_hosted") is True

    @property
    def profile(self) -> dict[str, str]:
        """Id, title and version of the profile."""
        told = self.manifest.get("profile", self.campaign.get("profile"))
        fields = told if isinstance(told, dict) else {"id": told}
        return {key: text(fields.get(key)) for key in ("id", "title", "version")}

    @property
    def jitter_ms(self) -> float:
        """The tester's own measured jitter in milliseconds; 0 when it was not measured."""
        return number(mapping(self.manifest.get("clock")).get("jitter_ms")) or 0.0

    def file(self, relative: str) -> Path | None:
        """Return the file of the bundle, or None if there is none or the path leaves the folder."""
        try:
            path = (self.run / relative).resolve()
            return path if path.is_relative_to(self.run.resolve()) and path.is_file() else None
        except (OSError, ValueError):  # no name for a file: too long, or with a NUL in it
            return None


def read_bundle(run: Path) -> Bundle:
    """Read the folder of a run, complete or not. Call `summarise` or `write_report` with what it returns.

    Raises NoBundleError if the folder does not exist or holds nothing of a run. Everything else that is wrong is
    listed in `Bundle.problems`.
    """
    if not run.is_dir():
        raise NoBundleError(
            f"{run}: no such folder; give the folder of a run, such as reports/runs/<UTC>_<sut>_<profile>"
        )
    traces = sorted(path.parent.name for path in run.glob("*/trace.jsonl"))
    if not traces and not any((run / name).is_file() for name in ("manifest.json", "campaign.yaml", "results.jsonl")):
        raise NoBundleError(f"{run}: no run is stored here; a run has manifest.json, campaign.yaml and results.jsonl")
    problems: list[str] = []
    manifest = _read_manifest(run, problems)
    campaign = _read_campaign(run, problems)
    results = list(_read_results(run, problems))
    interrupted = manifest.get("interrupted") is True or not manifest or run.name.startswith("incomplete-")
    _add_planned(results, campaign, interrupted)
    _add_unfinished(results, traces)
    _make_unique(results)
    return Bundle(run, manifest, campaign, results, problems, interrupted)


def text(value: Any) -> str:
    """Return the value as text: strings as they are, nothing for None, JSON for the rest."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # orjson reads 1024 levels and writes 254
        return f"({type(value).__name__} nested too deeply to be shown)"


def number(value: Any) -> float | None:
    """Return the value if it is a number (not a boolean), else None."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def mapping(value: Any) -> dict[str, Any]:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """Return the value if it is a list, an empty list for None, else a list that holds it."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def numbers(value: Any) -> list[int]:
    """Return the event numbers in a list."""
    return [item for item in sequence(value) if isinstance(item, int) and not isinstance(item, bool)]


def _read_manifest(run: Path, problems: list[str]) -> dict[str, Any]:
    try:
        manifest = orjson.loads((run / "manifest.json").read_bytes())
    except FileNotFoundError:
        problems.append("manifest.json is missing: the run did not end in order, or the bundle is incomplete")
        return {}
    except (orjson.JSONDecodeError, OSError) as error:
        problems.append(f"manifest.json cannot be read: {error}")
        return {}
    if not isinstance(manifest, dict):
        problems.append("manifest.json holds no JSON object")
        return {}
    if manifest.get("format") != 1:
        problems.append(
            f"manifest.json has format {text(manifest.get('format')) or '(none)'}; this report knows format 1"
        )
    return manifest


def _read_campaign(run: Path, problems: list[str]) -> dict[str, Any]:
    try:
        source = (run / "campaign.yaml").read_bytes()
    except OSError:
        problems.append("campaign.yaml is missing: requirements, PICS and limits are unknown")
        return {}
    try:
        campaign = orjson.loads(source)  # JSON is YAML, and reads a hundred times faster
    except orjson.JSONDecodeError:
        try:
            campaign = _plain(YAML(typ="safe", pure=True).load(source))
        except (YAMLError, ValueError, RecursionError) as error:
            where = getattr(error, "problem_mark", None)
            line = f"line {where.line + 1}: " if where else ""
            problems.append(f"campaign.yaml cannot be read: {line}{getattr(error, 'problem', None) or error}")
            return {}
    if not isinstance(campaign, dict):
        problems.append("campaign.yaml holds no mapping")
        return {}
    return campaign


def _plain(value: Any) -> Any:
    """Bring what YAML can say and JSON cannot (dates, keys that are no strings, sets) to JSON."""
    if isinstance(value, dict):
        return {text(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | float | bool | None) or abs(value) < 2**53 else str(value)


def _read_results(run: Path, problems: list[str]) -> Iterator[dict[str, Any]]:
    # A run that was killed leaves one file per test process, results.<process>.jsonl, and never joins them.
    names = (
        ["results.jsonl"]
        if (run / "results.jsonl").is_file()
        else [p.name for p in sorted(run.glob("results.*.jsonl"))]
    )
    if not names:
        problems.append("results.jsonl is missing: no verdict was stored")
    for name in names:
        yield from _read_lines(run / name, problems)


def _read_lines(path: Path, problems: list[str]) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        problems.append(f"{path.name} cannot be read: {error.strerror}")
        return
    for index, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = orjson.loads(line)
            if not isinstance(fields, dict) or not text(fields.get("testcase")):
                raise ValueError("it is no result of a test case")
        except ValueError as error:
            cut = " (the last line, cut off)" if index == len(lines) else ""
            problems.append(f"{path.name} line {index}{cut} cannot be read: {error}")
            continue
        yield _result(fields)


def _result(fields: dict[str, Any]) -> dict[str, Any]:
    verdict, reason = text(fields.get("verdict")), text(fields.get("reason"))
    if verdict not in VERDICTS:
        verdict, reason = "ERROR", f"results.jsonl says {verdict or 'nothing'!r}, which is no verdict. {reason}".strip()
    expected = fields.get("expected")
    declared = mapping(expected)
    return {
        "testcase": text(fields.get("testcase")),
        "title": text(fields.get("title")),
        "verdict": verdict,
        "reason": reason,
        "requirements": [text(item) for item in sequence(fields.get("requirements"))],
        "findings": [_finding(mapping(item)) for item in sequence(fields.get("findings"))],
        "steps": [_step(mapping(item)) for item in sequence(fields.get("steps"))],
        "expected": {key: text(declared.get(key)) for key in ("reason", "link")} if expected else None,
        "overlay": _overlay(verdict, reason) if expected else "",
        "warnings": int(number(fields.get("warnings")) or 0),
        "started": text(fields.get("started")),
        "duration_s": number(fields.get("duration_s")),
        "trace": text(fields.get("trace")),
        "feature": text(fields.get("feature")),
        "expected_observed": [_observation(mapping(item)) for item in sequence(fields.get("expected_observed"))],
    }


def _overlay(verdict: str, reason: str) -> str:
    """Return what a declared failure came to: expected (it failed), stale (it did not), or nothing to say.

    The campaign writes a stale declaration as FAIL with a reason that begins so; a bundle of others may say PASS.
    """
    if verdict == "PASS" or (verdict == "FAIL" and reason.startswith("stale")):
        return "stale"
    return "expected" if verdict == "FAIL" else ""


def _finding(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "requirement": text(fields.get("requirement")),
        "severity": text(fields.get("severity")) or "MUST",
        "text": text(fields.get("text")),
        "events": numbers(fields.get("events")),
        "whose": "tester" if fields.get("whose") == "tester" else "sut",
    }


def _step(fields: dict[str, Any]) -> dict[str, Any]:
    marks = numbers(fields.get("event"))
    told = {key: text(fields.get(key)) for key in ("text", "outcome", "reason")}
    return {**told, "event": marks[0] if marks else None}


def _observation(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "expected": text(fields.get("expected")),
        "observed": text(fields.get("observed")),
        "met": fields.get("met") is True,
        "events": numbers(fields.get("events")),
    }


def _add_planned(results: list[dict[str, Any]], campaign: dict[str, Any], interrupted: bool) -> None:
    """Give results the tags and PICS of their test case, and add the test cases that have no result."""
    seen = {result["testcase"] for result in results}
    planned: dict[str, dict[str, Any]] = {}
    for item in sequence(campaign.get("testcases")):
        fields = mapping(item)
        name = text(fields.get("id"))
        planned[name] = fields
        if name and name not in seen:
            why = (
                "the run was interrupted before it"
                if interrupted
                else "it was planned, but the bundle has no result of it"
            )
            listed = {**_result({**fields, "testcase": name, "verdict": "PASS"}), "verdict": NOT_RUN, "reason": why}
            results.append(listed)
    for result in results:
        fields = planned.get(result["testcase"], {})
        result["title"] = result["title"] or text(fields.get("title"))
        result["feature"] = result["feature"] or text(fields.get("feature"))
        result["tags"] = [text(tag) for tag in sequence(fields.get("tags"))]
        result["pics"] = " and ".join(text(condition) for condition in sequence(fields.get("pics")))


def _add_unfinished(results: list[dict[str, Any]], traces: list[str]) -> None:
    """Attach traces without a result: the test case that was running when the run was cut off is worth seeing."""
    known = {result["trace"].partition("/")[0] for result in results if result["trace"]}
    by_name = {result["testcase"]: result for result in results}
    for folder in traces:
        if folder in known:
            continue
        result = by_name.get(folder)
        if result is None:
            result = {**_result({"testcase": folder, "verdict": "PASS"}), "verdict": NOT_RUN, "tags": [], "pics": ""}
            results.append(result)
        if result["verdict"] == NOT_RUN:
            result["reason"] = "it was running when the run was cut off; this is what had been recorded"
        result["trace"] = f"{folder}/trace.jsonl"


def _make_unique(results: list[dict[str, Any]]) -> None:
    """Number the repeats of a test case, so that each has an anchor of its own."""
    times: dict[str, int] = {}
    for result in results:
        name = result["testcase"]
        times[name] = times.get(name, 0) + 1
        result["id"] = name if times[name] == 1 else f"{name}~{times[name]}"
