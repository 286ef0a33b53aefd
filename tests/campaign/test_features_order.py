"""The requirement that stands first is the one that a test case's own checks bear, in every process."""

import os
import subprocess
import sys
from pathlib import Path

FEATURE = """@role:secc
Feature: order
  @req:Z-1 @req:A-2 @req:M-3 @TC_ORDER @should
  Scenario: tags
    Given a charger that waits for a car
"""
SHOW = """
import sys
from pathlib import Path
from v2xconform.campaign.features import rows_of
print(*[row.case.requirements for row in rows_of(Path(sys.argv[1]))])
"""


def test_requirements_keep_the_order_in_which_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "order.feature"
    path.write_text(FEATURE, encoding="utf-8")
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", SHOW, str(path)], env=environment, capture_output=True, text=True)
        assert done.stdout.strip() == "('Z-1', 'A-2', 'M-3')", done.stderr
