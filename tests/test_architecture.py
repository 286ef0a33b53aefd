"""The house stands: imports go downwards only, and `v2xconform check` finds nothing in what ships."""

import subprocess
import sys
from pathlib import Path

from v2xconform.campaign.lint import check_content

ROOT = Path(__file__).parents[1]


def test_imports_go_downwards_only() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shipped_content_has_no_problem() -> None:
    problems = check_content()
    assert problems == [], "\n".join(problems)
