from pathlib import Path

import pytest

from tests.campaign.small_lab import SmallLab


@pytest.fixture
def small_lab(tmp_path: Path) -> SmallLab:
    return SmallLab(tmp_path)
