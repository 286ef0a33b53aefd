"""The kill matrix of a selftest as one HTML page: which test case has been seen failing, and by which misbehaviour."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from v2xconform import __version__
from v2xconform.content import content

TEMPLATE = "selftest.html.j2"


def write_selftest_page(outcomes: Sequence[Mapping[str, Any]], out: Path) -> None:
    """Write the page for the outcomes of `campaign.selftest.Selftest.to_json`. Raises OSError."""
    environment = Environment(
        loader=FileSystemLoader(content("reports") / "templates"), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template(TEMPLATE).render(
        version=__version__, profiles=[_matrix(outcome) for outcome in outcomes]
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")


def _matrix(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Return rows (quirks) and columns (test cases) with one mark each: own check, monitor, or nothing."""
    columns = list(outcome["testcases"])
    rows = []
    for quirk, kills in outcome["quirks"].items():
        by_case = {kill["testcase"]: kill for kill in kills}
        cells = [
            {
                "testcase": name,
                "mark": _mark(by_case.get(name)),
                "reason": by_case[name]["reason"] if name in by_case else "",
            }
            for name in columns
        ]
        rows.append({"quirk": quirk, "good": quirk in outcome["good"], "count": len(kills), "cells": cells})
    return {
        "profile": outcome["profile"],
        "passed": outcome["passed"],
        "columns": columns,
        "rows": rows,
        "clean": outcome["clean"],
        "not_applicable": outcome["not_applicable"],
        "missed": outcome["missed"],
        "toothless": outcome["toothless"],
        "monitored_only": outcome["monitored_only"],
        "errors": outcome["errors"],
    }


def _mark(kill: Mapping[str, Any] | None) -> str:
    if kill is None:
        return ""
    return "own" if kill["by_own_check"] else "monitor"
