"""A lab of one feature file: what the engine tests run instead of the shipped campaign."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from v2xconform.campaign.engine import Outcome, run
from v2xconform.campaign.plan import Choice
from v2xconform.lab.profile import load_profile
from v2xconform.lab.sut import Sut

PERSONAS = {"secc": ("v2g_charger", "v2g_ev"), "evcc": ("v2g_ev", "v2g_charger")}

FOUND = """\
@TC_FOUND @req:V2G2-625
Scenario: a charger is found
  When the EV looks for the charger
  Then SDP is answered within 1 s
"""

UNFOUND = """\
@TC_UNFOUND @req:V2G2-625
Scenario: a charger that hides although it must not
  When the EV looks for the charger
  Then SDP is not answered for 1 s
"""

SETUP = """\
@TC_SETUP @req:V2G20-1805
Scenario: SessionSetup in good order
  Given a DC session has reached SessionSetupReq
  When the EV sends SessionSetupReq
  Then the charger answers SessionSetupRes with OK* within 2 s
"""


class SmallLab:
    """Write test cases with `feature`, then `run` them."""

    def __init__(self, folder: Path, role: str = "secc") -> None:
        self.folder = folder
        self.role = role
        self.out = folder / "runs"

    def feature(self, *scenarios: str, name: str = "own") -> Path:
        """Write a feature file of some scenarios (as they stand in a file, without the feature line)."""
        text = f"@role:{self.role}\nFeature: {name}\n\n" + "\n".join(indent(dedent(one), "  ") for one in scenarios)
        path = self.folder / "features" / f"{name}.feature"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    @property
    def profile(self) -> Path:
        """The profile file, written anew."""
        sut, tester = PERSONAS[self.role]
        path = self.folder / "small.yaml"
        path.write_text(
            f"""\
id: small
title: small lab
version: "1"
protocol: iso15118-20
role: {self.role}
catalogue: iso15118-20
testcases: [{self.folder / "features"}]
persona: {sut}
tester_persona: {tester}
pics: {{AC: {{text: AC}}, DC: {{text: DC}}, PublicCharger: {{text: public}}}}
""",
            encoding="utf-8",
        )
        return path

    def run(
        self, *patterns: str, sut: Sut | None = None, jobs: int = 1, quirks: Sequence[str] = (), **choice: Any
    ) -> Outcome:
        """Run the lab against our own emulator, or a SUT."""
        clock = choice.pop("clock", None)
        chosen = Choice(load_profile(str(self.profile)), sut, clock, patterns, quirks=quirks, **choice)
        return run(chosen, self.out, jobs=jobs, argv=["v2xconform", "run", "small"])


def verdicts(outcome: Outcome) -> dict[str, str]:
    """Return test case -> verdict."""
    return {line["testcase"]: line["verdict"] for line in outcome.results}
