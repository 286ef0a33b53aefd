"""Lint of lab content: what `v2xconform check` finds without running anything. One line a problem: file, line, what, remedy."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from v2xconform.campaign.case import Case
from v2xconform.campaign.families import check_families
from v2xconform.campaign.features import Row, feature_files, rows_of
from v2xconform.content import content
from v2xconform.emulators.blocks import with_changes
from v2xconform.emulators.csms.policy import CsmsPolicy
from v2xconform.emulators.quirks import QuirkFile, quirks_of
from v2xconform.emulators.station.policy import CONFORMANT as STATION
from v2xconform.judge.bench_judge import monitor_names
from v2xconform.lab.persona import load_persona
from v2xconform.lab.persona_ocpp import CsmsPersona, StationPersona
from v2xconform.lab.pics import PicsError, evaluate, names
from v2xconform.lab.profile import Profile, load_catalogue, load_profile, profile_names
from v2xconform.lab.sut import load_sut
from v2xconform.lab.yaml_lines import LabError, load_yaml
from v2xconform.pki import RecipeError, load_recipe
from v2xconform.steps import load_steps
from v2xconform.steps.vocabulary import DEFINITIONS


def check_content() -> list[str]:
    """Return the problems of all shipped content: profiles, catalogues, test cases, personas, quirks, recipes."""
    problems: list[str] = []
    for name in profile_names():
        problems += _caught(partial(_profile_problems, name))
    files = [
        *(content("emulators") / "personas").glob("*.yaml"),
        *content("certs").glob("*.yaml"),
        *(content("profiles") / "suts").glob("*.yaml"),
    ]
    for path in sorted(files):
        problems += _caught(partial(_file_problems, path))
    return list(dict.fromkeys(problems))


def check_folder(folder: Path) -> list[str]:
    """Return the problems of a lab of one's own: every YAML file in a folder that says what it is, every feature file.

    Raises LabError when there is nothing of the kind.
    """
    files = [path for path in sorted(folder.rglob("*.y*ml")) if path.parent.name in _LOADERS]
    features = sorted(folder.rglob("*.feature"))
    if not files and not features:
        kinds = ", ".join(f"{kind}/*.yaml" for kind in _LOADERS)
        raise LabError(f"{folder}: no lab is here ({kinds}, *.feature); `v2xconform init` makes one")
    problems: list[str] = []
    for path in files:
        problems += _caught(partial(_file_problems, path))
    load_steps()
    known = {name for one in profile_names() for name in load_catalogue(load_profile(one).catalogue).requirements}
    for path in features:
        problems += _caught(partial(_check_feature, path, known, None))
    return list(dict.fromkeys(problems))


def _profile_problems(name: Path | str) -> Iterator[str]:
    yield from check_profile(load_profile(str(name)))


def _persona_problems(path: Path) -> Iterator[str]:
    """Yield what is wrong with the policy of an OCPP persona; those of ISO 15118 are held against theirs as they are loaded."""
    persona = load_persona(path)
    if isinstance(persona, StationPersona | CsmsPersona):
        conformant = STATION if isinstance(persona, StationPersona) else CsmsPolicy()
        yield from _policy_problems(path, conformant, persona.policy)


def _policy_problems(path: Path, conformant: object, changes: Mapping[str, Any]) -> Iterator[str]:
    try:
        with_changes(conformant, changes)
    except LabError as error:
        yield f"{path}: {error}"


_LOADERS: dict[str, Callable[[Path], object]] = {
    "suts": load_sut,
    "personas": _persona_problems,
    "certs": load_recipe,
    "requirements": load_catalogue,
    "quirks": partial(load_yaml, model=QuirkFile),
    "profiles": _profile_problems,
}


def _file_problems(path: Path) -> Iterator[str]:
    found = _LOADERS[path.parent.name](path)
    if isinstance(found, Iterator):
        yield from found


def _caught(action: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(action())
    except (LabError, RecipeError) as error:
        return str(error).splitlines()


def check_profile(profile: Profile) -> Iterator[str]:
    """Yield what is wrong with a profile, its test cases, its catalogue and the quirks of its role."""
    load_steps()
    catalogue = load_catalogue(profile.catalogue)
    seen: dict[str, Row] = {}
    covered: set[str] = set()
    for path in feature_files(profile.testcases):
        yield from _check_feature(path, set(catalogue.requirements), profile, seen, covered)
    yield from check_families(profile.role, list(seen.values()))
    monitors = set(monitor_names(profile.role))
    for name, requirement in catalogue.requirements.items():
        for monitor in requirement.monitors:
            if monitor not in monitors:
                yield f"catalogue {catalogue.id}: {name}: monitor {monitor!r} does not exist; there are {_list(monitors)}"
        ours = requirement.role in (profile.role, "both")
        if ours and name not in covered and not requirement.monitors and not requirement.not_tested:
            yield (
                f"catalogue {catalogue.id}: {name} is covered by no test case and no monitor of {profile.id}; "
                "add one, or say why with `not_tested:`"
            )
    for quirk in quirks_of(profile.role, profile.protocol).values():
        if quirk.requirement not in catalogue.requirements and not quirk.good:
            yield f"quirk {quirk.name}: requirement {quirk.requirement!r} is not in catalogue {catalogue.id}"


def _check_feature(
    path: Path,
    requirements: set[str],
    profile: Profile | None,
    seen: dict[str, Row] | None = None,
    covered: set[str] | None = None,
) -> Iterator[str]:
    for row in rows_of(path):
        case = row.case
        place = f"{path}:{row.line}: {case.id}"
        yield from _check_steps(row, path)
        yield from _check_case(case, place, requirements, profile)
        if covered is not None:
            covered |= set(case.requirements)
        if seen is not None:
            if case.id in seen:
                other = seen[case.id]
                yield f"{place}: this id exists already at {other.path}:{other.line}; ids must differ"
            seen[case.id] = row


def _check_case(case: Case, place: str, requirements: set[str], profile: Profile | None) -> Iterator[str]:
    if not case.id.startswith("TC_"):
        yield f"{place}: no id; give the scenario a tag @TC_… or its example table a column `id`"
    if not case.requirements:
        yield f"{place}: no requirement; give it a tag @req:ID or a column `requirement`"
    for one in case.requirements:
        if one not in requirements:
            yield f"{place}: requirement {one!r} is not in the catalogue"
    if profile is not None and case.role != profile.role:
        yield f"{place}: role {case.role or '(none)'!r} in a profile for {profile.role}; tag the feature @role:{profile.role}"
    for expression in case.pics:
        try:
            evaluate(expression, {})
            unknown = [] if profile is None else [n for n in names(expression) if n not in profile.pics]
        except PicsError as error:
            yield f"{place}: {error}"
            continue
        for name in unknown:
            yield f"{place}: PICS {name!r} is not in profile {profile.id if profile else ''}"


def _check_steps(row: Row, path: Path) -> Iterator[str]:
    for step in row.scenario.steps:
        matches = [d for d in DEFINITIONS if d.fits(step.type, step.name)]
        where = f"{path}:{step.line_number}: {step.keyword} {step.name}"
        if not matches:
            yield f"{where}: no step has this wording; see v2xconform/steps/"
        elif len(matches) > 1:
            yield f"{where}: ambiguous, it fits {_list({m.where for m in matches})}"


def _list(items: set[str]) -> str:
    return ", ".join(sorted(items))
