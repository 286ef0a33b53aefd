"""The plan of a run: what is tested, with what, on which clock. Written as plan.json, read by every test process."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel, ConfigDict

from v2xconform.campaign.claims import implied_pics
from v2xconform.campaign.features import Row, feature_files, rows_of, selected
from v2xconform.emulators.charging_tls import trust_of
from v2xconform.emulators.contracts import operator_roots
from v2xconform.emulators.ocpp_tls import ocpp_trust
from v2xconform.emulators.quirks import find_quirks
from v2xconform.judge.context import Context
from v2xconform.lab.persona import ChargerPersona, EvPersona, load_charger, load_ev
from v2xconform.lab.pics import Answer
from v2xconform.lab.profile import Profile
from v2xconform.lab.roles import FAMILY, PEER, Role, face
from v2xconform.lab.sut import Emulator, OcppReach, Reach, Sut
from v2xconform.lab.yaml_lines import LabError
from v2xconform.steps.bench import Setup

ClockKind = Literal["real", "virtual"]
_OPERATOR = "mo:"
"""Marks the root of a mobility operator among the anchors."""
_CABLE = "cable:"
"""Marks an anchor for the other face of a charger, that towards the car."""


class Plan(BaseModel):
    """Everything a test process needs, as plain JSON."""

    model_config = ConfigDict(frozen=True)
    folder: Path
    """Where traces and results go."""
    profile: Profile
    sut: Sut
    quirks: list[str] = []
    clock: ClockKind
    patterns: list[str] = []
    """Which test cases: see `features.selected`."""
    repeat: int = 1
    strict: bool = False
    jitter_s: float = 0.0
    anchors: list[str] = []
    """Trust anchors for the chains of the SUT (DER, base64): those of all test processes once the run is over."""
    pics: dict[str, Answer]
    stored: Path | None = None
    """A run whose traces are judged again, instead of testing anything."""
    captures: bool = True
    """Write capture.pcapng and keys.log beside each trace."""

    @property
    def self_hosted(self) -> bool:
        """Whether the SUT is an emulator of ours."""
        return self.sut.emulator is not None

    def context(self, anchors: Sequence[str] = ()) -> Context:
        """Return what the judge has to know; `anchors` are those of this process, by default those of the plan."""
        reach = self.sut.reach(self.profile.role) or Reach()
        ocpp = self.sut.ocpp_reach(self.profile.role) or OcppReach()
        given = anchors or self.anchors
        return Context(
            self.profile.role,
            self.sut.tolerance_s,
            self.sut.close_tolerance_s,
            self.jitter_s,
            reach.transport,
            self.pics,
            reach.tls.profile,
            tuple(one for one in given if not one.startswith((_OPERATOR, _CABLE))),
            tuple(one.removeprefix(_OPERATOR) for one in given if one.startswith(_OPERATOR)),
            self.profile.protocol,
            ocpp.security_profile,
            ocpp.identity,
            self.pixit,
            cable_anchors=tuple(
                one.removeprefix(_CABLE) for one in given if one.startswith(_CABLE) and _OPERATOR not in one
            ),
        )

    def setup(self, sdp_port: int, anchors: Sequence[str]) -> Setup:
        """Return what all scenarios share."""
        persona = self.sut.tester_persona or self.profile.tester_persona
        return Setup(
            self.sut, self.context(anchors), persona, self.clock, tuple(self.quirks), sdp_port, self.profile.tester_ev
        )  # fmt: skip

    @property
    def pixit(self) -> dict[str, float | str | bool]:
        """Every PIXIT of the profile, as the SUT description has it or by default."""
        return {name: item.default for name, item in self.profile.pixit.items()} | self.sut.pixit


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line chose."""

    profile: Profile
    sut: Sut | None
    clock: ClockKind | None
    patterns: Sequence[str]
    repeat: int = 1
    strict: bool = False
    quirks: Sequence[str] = ()
    captures: bool = True


def make_plan(choice: Choice, folder: Path, utc: float) -> Plan:
    """Resolve a choice: the SUT (our own emulator without one), PICS, trust anchors. Raises LabError."""
    profile = choice.profile
    sut = choice.sut or Sut(name=Path(profile.persona).stem, emulator=Emulator(persona=profile.persona))
    if sut.emulator is None and not sut.describes(profile.role):
        raise LabError(f"SUT {sut.name!r} does not say how its role {profile.role} is reached; add `{profile.role}:`")
    clock: ClockKind = choice.clock or ("virtual" if sut.emulator is not None else "real")
    if clock == "virtual" and sut.emulator is None:
        raise LabError("a real device lives in real time: use --clock real")
    unknown = sorted(set(sut.pics) - set(profile.pics))
    if unknown:
        raise LabError(f"PICS {', '.join(unknown)} of SUT {sut.name!r} are unknown; known: {', '.join(profile.pics)}")
    if sut.emulator is not None and (sut.emulator.quirks or choice.quirks):
        find_quirks(profile.role, [*sut.emulator.quirks, *choice.quirks])
    strange = sorted(set(sut.pixit) - set(profile.pixit)) if profile.pixit else []
    if strange:
        raise LabError(f"PIXIT {', '.join(strange)} of SUT {sut.name!r} are unknown; known: {', '.join(profile.pixit)}")
    anchors = anchors_of(sut, profile.role, utc)
    pics = resolved_pics(profile, sut)
    return Plan(
        folder=folder, profile=profile, sut=sut, quirks=list(choice.quirks), clock=clock,
        patterns=list(choice.patterns), repeat=choice.repeat, strict=choice.strict, anchors=anchors, pics=pics,
        captures=choice.captures,
    )  # fmt: skip


def anchors_of(sut: Sut, role: Role, utc: float) -> list[str]:
    """Return the trust anchors for the chains of the SUT, DER as base64, roots of mobility operators marked. LabError.

    Roots that are made of a recipe are made anew by each process: only anchors of the same process fit them.
    """
    if FAMILY[role] == "ocpp":
        ocpp = sut.ocpp_reach(role) or OcppReach()
        own = [b64encode(one.public_bytes(Encoding.DER)).decode() for one in ocpp_trust(ocpp, PEER[role], utc)]
        cable = face(role, "v2g")
        return own + ([_CABLE + one for one in anchors_of(sut, cable, utc)] if cable is not None else [])
    reach = sut.reach(role) or Reach()
    marked = [("", one) for one in trust_of(reach.tls, "evcc" if role == "secc" else "secc", utc)]
    marked += [(_OPERATOR, one) for one in operator_roots(reach.tls, utc)]
    return [mark + b64encode(one.public_bytes(Encoding.DER)).decode() for mark, one in marked]


def resolved_pics(profile: Profile, sut: Sut) -> dict[str, Answer]:
    """Return every PICS of the profile: what the SUT declares, what its persona or its reach imply, else unknown."""
    implied = _implied_by_cable(profile, sut) if FAMILY[profile.role] == "v2g" else implied_pics(profile, sut)
    return {name: sut.pics.get(name, implied.get(name, "unknown")) for name in profile.pics}


def _implied_by_cable(profile: Profile, sut: Sut) -> dict[str, Answer]:
    reach = sut.reach(profile.role) or Reach()
    implied: dict[str, Answer] = {"TLS": "yes" if reach.transport == "tls" else "no"}
    if sut.emulator is not None:
        persona = load_charger(sut.emulator.persona) if profile.role == "secc" else load_ev(sut.emulator.persona)
        for service in ("AC", "DC", "AC_BPT", "DC_BPT"):
            implied[service] = "yes" if service in persona.services else "no"
        for control in ("Scheduled", "Dynamic"):
            implied[control] = "yes" if control in persona.control_modes else "no"
        implied |= _contracts(persona, reach)
    return implied


def _contracts(persona: ChargerPersona | EvPersona, reach: Reach) -> dict[str, Answer]:
    """Return what a persona implies about Plug & Charge; there is none without TLS."""
    if isinstance(persona, ChargerPersona):
        offered, installs = "PnC" in persona.authorization, persona.certificate_installation
    else:
        contract = persona.contract
        offered = contract is not None and contract.wanted == "first"
        installs = contract is not None and contract.installs == "always"
    offered = offered and reach.transport == "tls"
    both: Answer = "yes" if offered and installs else "no"
    return {"PnC": "yes" if offered else "no", "CertificateInstallation": both, "LabContracts": "yes"}


def chosen_rows(plan: Plan) -> list[Row]:
    """Return the test cases of a plan in the order of their files. Raises LabError when a pattern chooses none."""
    rows = [row for path in feature_files(plan.profile.testcases) for row in rows_of(path)]
    for pattern in plan.patterns:
        if not pattern.startswith("not ") and not any(selected(row.case, [pattern]) for row in rows):
            raise LabError(f"no test case of {plan.profile.id} matches {pattern!r}; see `v2xconform list testcases`")
    chosen = [row for row in rows if selected(row.case, plan.patterns)]
    if not chosen:
        what = "no test case is left to run" if rows else f"profile {plan.profile.id} has no test cases"
        raise LabError(f"{what}; see `v2xconform list testcases --profile {plan.profile.id}`")
    _refuse_twins(chosen)
    return chosen


def _refuse_twins(rows: Sequence[Row]) -> None:
    """Two test cases of one id would share one folder, and the trace of one of them would be lost."""
    seen: dict[str, Row] = {}
    for row in rows:
        twin = seen.setdefault(row.case.id, row)
        if twin is not row:
            other = f"{twin.path}:{twin.line}"
            raise LabError(f"{row.path}:{row.line}: the id {row.case.id!r} exists already at {other}; ids must differ")


def folder_name(text: str) -> str:
    """Return a text as a part of a file name."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", text).strip("-") or "unnamed"
