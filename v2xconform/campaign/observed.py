"""The folder of what was only watched: traces that a proxy recorded, with findings and no test cases, for the report."""

import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

import v2xconform
from v2xconform.campaign.bundle import FORMAT, hashes, libraries, stamp
from v2xconform.campaign.calibrate import calibrate
from v2xconform.campaign.plan import folder_name
from v2xconform.judge.both_sides import SIDES, History
from v2xconform.judge.finding import Finding
from v2xconform.judge.verdict import judge
from v2xconform.lab.profile import load_catalogue
from v2xconform.lab.roles import PARTY
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps.lab_thread import lab_thread
from v2xconform.trace.events import Event
from v2xconform.trace.pcapng import CAPTURE, write_capture
from v2xconform.trace.store import write_trace

TRACE: Final = "trace.jsonl"


def write_observed(
    folder: Path,
    histories: Iterable[History],
    began: datetime,
    *,
    between: str,
    key_log: Sequence[str],
    argv: Sequence[str],
) -> dict[str, int]:
    """Write a folder that `report` reads: one entry for each side of each identity. Returns the verdicts by number.

    `between` says who was watched. Raises OSError.
    """
    results = []
    for history in histories:
        place = folder / folder_name(history.identity or "nobody")
        place.mkdir(parents=True, exist_ok=True)
        write_trace(place / TRACE, history.events)
        write_capture(place / CAPTURE, history.events, key_log)
        results += [_result(history, side, place.name, began) for side in SIDES if history.judges]
    with (folder / "results.jsonl").open("wb") as file:
        for result in results:
            file.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
    campaign = {
        "profile": {"id": "observed", "title": "Observed by a proxy", "version": v2xconform.__version__},
        "sut": {"name": between, "role": "station"},
        "requirements": _requirements(results),
        "testcases": [{"id": one["testcase"], "title": one["title"]} for one in results],
    }
    (folder / "campaign.yaml").write_bytes(orjson.dumps(campaign, option=orjson.OPT_INDENT_2))
    with lab_thread("real") as thread:
        clock = calibrate(thread).to_json()
    counts = dict(sorted(Counter(result["verdict"] for result in results).items()))
    manifest = {
        "format": FORMAT,
        "tester": {
            "name": "v2xconform", "version": v2xconform.__version__, "python": platform.python_version(),
            "platform": platform.platform(),
        },
        "profile": campaign["profile"],
        "sut": {"name": between, "maker": "", "firmware": "", "role": "station", "self_hosted": False},
        "started": stamp(began), "finished": stamp(datetime.now(UTC)), "interrupted": False, "argv": list(argv),
        "exit_code": 1 if counts.get("FAIL") else 0, "clock": clock, "counts": counts,
        "libraries": dict(libraries()), "files": hashes(folder),
    }  # fmt: skip
    (folder / "manifest.json").write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return counts


def _result(history: History, side: Any, folder: str, began: datetime) -> dict[str, Any]:
    findings = unique(history.findings[side])
    judgement = judge("passed", "", findings)
    first, last = (history.events[at].seconds if history.events else 0.0 for at in (0, -1))
    started = began + timedelta(seconds=first)
    return {
        "testcase": f"{history.identity}.{side}",
        "title": f"The {PARTY[side]} of {history.identity}, as the proxy saw it ({history.protocol})",
        "verdict": judgement.verdict.value, "reason": judgement.reason,
        "requirements": sorted({finding.requirement for finding in findings}),
        "findings": [finding.to_json() for finding in findings], "steps": [], "expected": None,
        "warnings": judgement.warnings, "started": stamp(started), "duration_s": round(last - first, 6),
        "trace": f"{folder}/{TRACE}", "feature": "", "expected_observed": [],
    }  # fmt: skip


def unique(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings of which each requirement and text stands once, with the events of the first."""
    found: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        found.setdefault((finding.requirement, finding.text), finding)
    return list(found.values())


def _requirements(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the catalogues say of the requirements that were broken."""
    known: dict[str, Any] = {}
    for name in ("ocpp2.0.1", "ocpp2.1"):
        try:
            known.update(load_catalogue(name).requirements)
        except LabError:
            continue
    broken: dict[str, list[str]] = {}
    for result in results:
        for requirement in result["requirements"]:
            broken.setdefault(requirement, []).append(result["testcase"])
    rows = []
    for name, testcases in sorted(broken.items()):
        one = known.get(name)
        rows.append({
            "id": name, "text": one.text if one else "", "role": one.role if one else "both",
            "severity": one.severity if one else "MUST", "source": one.source if one else "", "testcases": testcases,
            "monitors": list(one.monitors) if one else [], "not_tested": "",
        })  # fmt: skip
    return rows


def events_of(histories: Iterable[History]) -> list[Event]:
    """Return the events of all of them in the order of their numbers."""
    return sorted((event for history in histories for event in history.events), key=lambda event: event.id)
