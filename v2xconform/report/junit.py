"""JUnit XML of a run, for CI servers: the five verdicts in the three words that JUnit has (architecture, section 6)."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from v2xconform.report.bundle import NOT_RUN, Bundle
from v2xconform.report.summary import summarise

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {
    "FAIL": "failure",
    "ERROR": "error",
    "INCONCLUSIVE": "skipped",
    "NOT_APPLICABLE": "skipped",
    NOT_RUN: "skipped",
}


def write_junit(bundle: Bundle, out: Path) -> None:
    """Write the results of the bundle (from `read_bundle`) to *out*, one suite per feature.

    An expected failure is ``skipped`` with its reason; a pass that was declared to fail is a ``failure``, because the
    declaration is stale and fails the run. Raises OSError if the file cannot be written.
    """
    suites: dict[str, list[dict[str, Any]]] = {}
    for result in bundle.results:
        suites.setdefault(result["feature"] or bundle.profile["id"] or "v2xconform", []).append(result)
    told = _told(bundle)
    root = ElementTree.Element(
        "testsuites", _totals(bundle.results), name=_clean(bundle.profile["id"] or bundle.run.name)
    )
    for feature, results in suites.items():
        suite = ElementTree.SubElement(root, "testsuite", _totals(results), name=_clean(feature))
        if results[0]["started"]:
            suite.set("timestamp", _clean(results[0]["started"]))
        _properties(suite, told)
        for result in results:
            _testcase(suite, feature, result)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)


def outcome(result: dict[str, Any]) -> tuple[str, str]:
    """Return the JUnit element of a result ("" for a pass) and its message."""
    verdict, expected, reason = result["verdict"], result["expected"] or {}, result["reason"]
    if result["overlay"] == "expected":
        return "skipped", f"expected failure: {expected['reason']} {expected['link']}".strip()
    if result["overlay"] == "stale":
        return "failure", f"stale: declared to fail, but passed. Declared reason: {expected['reason']}"
    return _ELEMENTS.get(verdict, ""), f"{verdict}: {reason}" if reason else verdict


def _totals(results: list[dict[str, Any]]) -> dict[str, str]:
    kinds = [outcome(result)[0] for result in results]
    seconds = sum(result["duration_s"] or 0 for result in results)
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{seconds:.3f}",
    }


def _told(bundle: Bundle) -> dict[str, str]:
    return {
        "summary": summarise(bundle).sentence,
        "sut": bundle.sut["name"],
        "firmware": bundle.sut["firmware"],
        "role": bundle.sut["role"],
        "profile": " ".join(filter(None, (bundle.profile["id"], bundle.profile["version"]))),
        "self-hosted": "yes" if bundle.self_hosted else "",
        "interrupted": "yes" if bundle.interrupted else "",
    }


def _properties(suite: ElementTree.Element, told: dict[str, str]) -> None:
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in told.items():
        if value:
            ElementTree.SubElement(properties, "property", name=name, value=_clean(value))


def _testcase(suite: ElementTree.Element, feature: str, result: dict[str, Any]) -> None:
    seconds = f"{result['duration_s'] or 0:.3f}"
    element = ElementTree.SubElement(
        suite, "testcase", classname=_clean(feature), name=_clean(result["id"]), time=seconds
    )
    kind, message = outcome(result)
    if kind:
        inner = ElementTree.SubElement(element, kind, message=_clean(message))
        if kind != "skipped":
            inner.set("type", result["verdict"])
        if kind != "skipped" or result["findings"]:
            inner.text = _clean("\n".join(_lines(result)))
    elif result["warnings"]:
        ElementTree.SubElement(element, "system-out").text = _clean("\n".join(_lines(result)))


def _lines(result: dict[str, Any]) -> list[str]:
    lines = [result["title"]]
    for finding in result["findings"]:
        where = f" (events {', '.join(map(str, finding['events']))})" if finding["events"] else ""
        lines.append(f"[{finding['requirement']}] {finding['severity']} {finding['whose']}: {finding['text']}{where}")
    return lines


def _clean(value: str) -> str:
    """Replace what XML 1.0 cannot hold (a device may send it) by its code point in words."""
    return _NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
