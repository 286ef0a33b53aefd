"""The folder of a run: created as incomplete-…, filled while testing, sealed with hashes and renamed at the end."""

import hashlib
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson
from ruamel.yaml import YAML

import v2xconform
from v2xconform.campaign.calibrate import Calibration
from v2xconform.campaign.plan import Plan, chosen_rows, folder_name
from v2xconform.judge.bench_judge import monitor_names
from v2xconform.lab.profile import load_catalogue
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.iso15118 import timers20

_LIBRARIES = ("anyio", "cryptography", "pyOpenSSL", "pytest", "pytest-bdd", "trio", "uvloop", "websockets")
FORMAT = 1


def new_folder(out: Path, sut: str, profile: str) -> Path:
    """Create and return the folder of a run below `out`, named as incomplete. Raises LabError."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder = out / f"incomplete-{stamp}_{folder_name(sut)}_{folder_name(profile)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise LabError(
            f"{folder}: the run cannot be stored here: {error.strerror}; choose another place with --out"
        ) from None
    return folder


def write_campaign(plan: Plan) -> None:
    """Write campaign.yaml: what was resolved for this run, and what it covers."""
    catalogue = load_catalogue(plan.profile.catalogue)
    rows = chosen_rows(plan)
    by_requirement: dict[str, list[str]] = {}
    for row in rows:
        for requirement in row.case.requirements:
            by_requirement.setdefault(requirement, []).append(row.case.id)
    role = plan.profile.role
    requirements = [
        {"id": name, "text": one.text, "role": one.role, "severity": one.severity, "source": one.source,
         "testcases": by_requirement.get(name, []), "monitors": one.monitors, "not_tested": one.not_tested}
        for name, one in catalogue.requirements.items() if one.role in (role, "both")
    ]  # fmt: skip
    limits = {
        f"{request[:-3]}Res": {"limit_s": limit.seconds, "requirement": limit.requirement or "X20-PerformanceTime"}
        for request, limit in timers20.SECC_PERFORMANCE.items()
    }
    fields = {
        "profile": {"id": plan.profile.id, "title": plan.profile.title, "version": plan.profile.version,
                    "role": role, "protocol": plan.profile.protocol, "catalogue": catalogue.title},
        "sut": plan.sut.model_dump(mode="json"),
        "pics": dict(plan.pics),
        "pixit": dict(plan.pixit),
        "quirks": list(plan.quirks),
        "tolerance_s": plan.sut.tolerance_s,
        "limits": {"iso15118-20": limits},
        "monitors": monitor_names(role),
        "requirements": requirements,
        "testcases": [
            {"id": row.case.id, "title": row.case.title, "feature": row.case.feature, "tags": list(row.case.tags),
             "requirements": list(row.case.requirements), "pics": list(row.case.pics)}
            for row in rows
        ],
    }  # fmt: skip
    with (plan.folder / "campaign.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(fields, file)


def merge_results(folder: Path, order: Sequence[str]) -> list[dict[str, Any]]:
    """Join the result files of all test processes into results.jsonl, in the order of the test cases."""
    lines = [
        orjson.loads(line)
        for path in sorted(folder.glob("results.*.jsonl"))
        for line in path.read_bytes().splitlines(keepends=True)
        if line.endswith(b"\n")  # a process that was ended by force may have cut its last line short
    ]
    place = {name: number for number, name in enumerate(order)}
    lines.sort(key=lambda line: (place.get(line["testcase"], len(place)), line["started"]))
    with (folder / "results.jsonl").open("wb") as file:
        for line in lines:
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    for path in folder.glob("results.*.jsonl"):
        path.unlink()
    return lines


def merge_anchors(folder: Path) -> list[str]:
    """Take the trust anchors that the test processes left behind; they belong into the stored plan."""
    found: dict[str, None] = {}
    for path in sorted(folder.glob("anchors.*.txt")):
        found |= dict.fromkeys(path.read_text(encoding="ascii").split())
        path.unlink()
    return list(found)


def write_manifest(
    plan: Plan,
    calibration: Calibration | None,
    started: datetime,
    results: Sequence[Mapping[str, Any]],
    exit_code: int,
    interrupted: bool,
    argv: Sequence[str],
) -> dict[str, Any]:
    """Write manifest.json with the hash of every file, as the last file of the run, and return it."""
    counts = Counter(result["verdict"] for result in results)
    sut, profile = plan.sut, plan.profile
    manifest = {
        "format": FORMAT,
        "tester": {"name": "v2xconform", "version": v2xconform.__version__, "python": platform.python_version(),
                   "platform": platform.platform()},
        "profile": {"id": profile.id, "title": profile.title, "version": profile.version},
        "sut": {"name": sut.name, "maker": sut.maker, "firmware": sut.firmware, "role": profile.role,
                "self_hosted": plan.self_hosted},
        "started": stamp(started), "finished": stamp(datetime.now(UTC)), "interrupted": interrupted,
        "argv": list(argv), "exit_code": exit_code,
        "clock": calibration.to_json() if calibration is not None else {"kind": plan.clock},
        "counts": dict(sorted(counts.items())),
        "libraries": dict(libraries()),
        "files": hashes(plan.folder),
    }  # fmt: skip
    (plan.folder / "manifest.json").write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return manifest


def seal(folder: Path) -> Path:
    """Take the mark *incomplete* off the name of a finished run and return its folder."""
    final = folder.with_name(folder.name.removeprefix("incomplete-"))
    folder.rename(final)
    return final


def stamp(instant: datetime) -> str:
    """Return an instant as files of a run write it."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def libraries() -> list[tuple[str, str]]:
    """Return the versions of the libraries that matter."""
    found = []
    for name in _LIBRARIES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found


def hashes(folder: Path) -> dict[str, dict[str, Any]]:
    """Return hash and size of every file in the folder of a run."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in ("manifest.json", "report.html", "junit.xml"):
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
            name = path.relative_to(folder).as_posix()
            found[name] = {"sha256": digest.hexdigest(), "bytes": path.stat().st_size}
    return found
