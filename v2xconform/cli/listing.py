"""``v2xconform list``: what there is: profiles, test cases, requirements, personas, quirks."""

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from v2xconform.cli.refusal import refusing


class What(StrEnum):
    """What can be listed."""

    PROFILES = "profiles"
    TESTCASES = "testcases"
    REQUIREMENTS = "requirements"
    PERSONAS = "personas"
    QUIRKS = "quirks"


def list_content(
    what: Annotated[What, typer.Argument(help="Kind of content.")],
    profile: Annotated[str | None, typer.Option("--profile", help="Only what belongs to this profile.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines to stdout.")] = False,
) -> None:
    """List content, one line each; --json gives all fields."""
    with refusing("list"):
        rows = list(_ROWS[what](profile))
    for row in rows:
        if as_json:
            import orjson

            sys.stdout.buffer.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        else:
            typer.echo("  ".join(_cell(value) for value in row.values()))


def _cell(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _profiles(profile: str | None) -> Any:
    from v2xconform.lab.profile import load_profile, profile_names

    for name in [profile] if profile else profile_names():
        loaded = load_profile(name)
        yield {"id": loaded.id, "role": loaded.role, "version": loaded.version, "title": loaded.title}


def _each_profile(profile: str | None) -> Any:
    from v2xconform.lab.profile import load_profile, profile_names

    return [load_profile(name) for name in ([profile] if profile else profile_names())]


def _testcases(profile: str | None) -> Any:
    from v2xconform.campaign.features import feature_files, rows_of

    for one in _each_profile(profile):
        for path in feature_files(one.testcases):
            for row in rows_of(path):
                case = row.case
                yield {"id": case.id, "profile": one.id, "requirements": list(case.requirements),
                       "pics": list(case.pics), "title": case.title}  # fmt: skip


def _requirements(profile: str | None) -> Any:
    from v2xconform.campaign.features import feature_files, rows_of
    from v2xconform.lab.profile import load_catalogue

    for one in _each_profile(profile):
        covered: dict[str, list[str]] = {}
        for path in feature_files(one.testcases):
            for row in rows_of(path):
                for requirement in row.case.requirements:
                    covered.setdefault(requirement, []).append(row.case.id)
        for name, entry in load_catalogue(one.catalogue).requirements.items():
            if entry.role in (one.role, "both"):
                cases = covered.get(name, [])
                by = f"{len(cases)} test cases" if cases else "monitors only" if entry.monitors else "not tested"
                yield {"id": name, "profile": one.id, "severity": entry.severity, "coverage": by,
                       "text": entry.text, "testcases": cases, "monitors": entry.monitors,
                       "not_tested": entry.not_tested, "source": entry.source}  # fmt: skip


def _personas(profile: str | None) -> Any:
    from v2xconform.lab.persona import load_persona, persona_names

    _each_profile(profile)  # personas belong to no profile, but a profile that does not exist is a mistake
    for name in persona_names():
        persona = load_persona(name)
        yield {
            "id": name,
            "role": persona.role,
            "services": list(getattr(persona, "services", ())),
            "what": persona.what,
        }


def _quirks(profile: str | None) -> Any:
    from v2xconform.emulators.quirks import quirks_of

    for one in _each_profile(profile):
        for quirk in quirks_of(one.role, one.protocol).values():
            yield {"id": quirk.name, "role": one.role, "requirement": quirk.requirement, "good": quirk.good,
                   "what": quirk.what}  # fmt: skip


_ROWS = {
    What.PROFILES: _profiles,
    What.TESTCASES: _testcases,
    What.REQUIREMENTS: _requirements,
    What.PERSONAS: _personas,
    What.QUIRKS: _quirks,
}
