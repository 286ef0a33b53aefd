"""Conformance profiles and requirement catalogues: what is tested, frozen for one edition and role."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from v2xconform.content import content
from v2xconform.lab.roles import Role
from v2xconform.lab.yaml_lines import LabError, load_yaml

Party = Literal["secc", "evcc", "station", "csms", "both"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Requirement(_Strict):
    """One requirement in our own words. The text of a standard is its owner's."""

    text: str
    role: Party
    severity: Literal["MUST", "SHOULD", "MAY"] = "MUST"
    source: str
    """Document and clause or table; for ids that start with X20 the reading on which it rests."""
    monitors: list[str] = []
    """Monitors that judge it on every test case."""
    not_tested: str = ""
    """Why no test case and no monitor covers it, if so."""


class Catalogue(_Strict):
    """All requirements of one protocol edition that test cases and monitors refer to."""

    id: str
    title: str
    extends: list[str] = []
    """Catalogues whose requirements hold here too; one that stands in both is the one of this file."""
    requirements: dict[str, Requirement] = {}


class PicsItem(_Strict):
    """A capability that decides which test cases apply."""

    text: str


class PixitItem(_Strict):
    """A value that test cases need; the SUT description may give another one."""

    text: str
    default: float | str | bool


class Profile(_Strict):
    """A frozen set of requirements and test cases for one edition and role."""

    id: str
    title: str
    version: str
    protocol: str
    role: Role
    catalogue: str
    extends: str = ""
    """Profile whose PICS and PIXIT hold here too."""
    testcases: list[str]
    """Folders or files below testcases/."""
    pics: dict[str, PicsItem] = {}
    pixit: dict[str, PixitItem] = {}
    persona: str
    """Our own emulator that plays the SUT in a self-hosted run."""
    lesser_personas: list[str] = []
    """Emulators of ours that lack what that one has: with them the selftest proves the test cases that are not for it."""
    tester_persona: str
    """Our own emulator that faces the SUT."""
    tester_ev: str = ""
    """Our own EV, where the SUT has a cable besides."""


def load_profile(name: str) -> Profile:
    """Return a profile by its name (file in profiles/) or path. Raises LabError."""
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = content("profiles") / f"{name}.yaml"
        if not path.is_file():
            known = ", ".join(sorted(profile_names()))
            raise LabError(f"profile {name!r} does not exist; there are: {known}; or give the path of a YAML file")
    profile = load_yaml(path, Profile)
    if profile.extends:
        below = load_profile(profile.extends)
        both = {"pics": {**below.pics, **profile.pics}, "pixit": {**below.pixit, **profile.pixit}}
        profile = profile.model_copy(update=both)
    return profile if path.parent == content("profiles") else _in_its_lab(profile, path.absolute().parent)


def _in_its_lab(profile: Profile, folder: Path) -> Profile:
    """Return a profile of one's own with the paths of what lies beside it; the rest is found in the shipped content.

    A lab that `v2xconform init` made holds profiles/, testcases/ and emulators/ side by side.
    """

    def found(name: str, *places: Path) -> str:
        return next((str(place) for place in places if place.exists()), name)

    lab = folder.parent
    return profile.model_copy(
        update={
            "testcases": [found(name, folder / name, lab / "testcases" / name) for name in profile.testcases],
            "catalogue": found(profile.catalogue, folder / "requirements" / f"{profile.catalogue}.yaml"),
            "persona": found(profile.persona, lab / "emulators" / "personas" / f"{profile.persona}.yaml"),
            "lesser_personas": [
                found(name, lab / "emulators" / "personas" / f"{name}.yaml") for name in profile.lesser_personas
            ],
            "tester_persona": found(
                profile.tester_persona, lab / "emulators" / "personas" / f"{profile.tester_persona}.yaml"
            ),
        }
    )


def load_catalogue(name: str | Path) -> Catalogue:
    """Return a requirement catalogue by its name (file in profiles/requirements/) or path. Raises LabError."""
    path = Path(name)
    shipped = content("profiles") / "requirements" / f"{name}.yaml"
    catalogue = load_yaml(path if path.suffix in (".yaml", ".yml") else shipped, Catalogue)
    merged: dict[str, Requirement] = {}
    for below in catalogue.extends:
        merged |= load_catalogue(below).requirements
    return catalogue.model_copy(update={"requirements": {**merged, **catalogue.requirements}})


def profile_names() -> list[str]:
    """Return the names of all shipped profiles."""
    return sorted(path.stem for path in content("profiles").glob("*.yaml"))
