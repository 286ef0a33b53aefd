"""Bundles that several tests read. They must not be changed; a test that breaks one writes its own."""

from pathlib import Path

import pytest

from tests.report.bundle_factory import write_bundle
from v2xconform.report import Written, write_report


@pytest.fixture(scope="session")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("runs") / "showcase")


@pytest.fixture(scope="session")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("runs") / "incomplete-showcase", interrupted=True)


@pytest.fixture(scope="session")
def written(showcase: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write_report(showcase, tmp_path_factory.mktemp("page") / "report.html")
