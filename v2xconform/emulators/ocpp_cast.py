"""The cast of OCPP: makes stations and CSMSs out of personas, quirks and the wishes of a test case."""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from v2xconform.emulators.bends import Bend
from v2xconform.emulators.csms import Csms
from v2xconform.emulators.csms_actor import CsmsActor, Door
from v2xconform.emulators.ocpp_tls import Authority, Ends
from v2xconform.emulators.quirks import Quirk
from v2xconform.emulators.station import Station
from v2xconform.emulators.station.connection import NetworkProfile
from v2xconform.emulators.station_actor import StationActor
from v2xconform.lab.persona import load_csms, load_station
from v2xconform.lab.persona_ocpp import CsmsPersona, StationPersona
from v2xconform.lab.sut import OcppReach
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.stream import Network
from v2xconform.protocols.ocpp import Version
from v2xconform.trace.recorder import Recorder

P = TypeVar("P", StationPersona, CsmsPersona)


@dataclass(slots=True)
class OcppWishes:
    """What Given steps ask of a station or CSMS of ours; the persona says the rest."""

    policy: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Block -> fields of its policy."""
    persona: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    """Of a station: ``Component.Variable`` -> value."""
    bends: list[Bend] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """Of a CSMS: odd answers to the first opening handshakes; see `ocpp_door`."""
    tls: dict[str, Any] = field(default_factory=dict)
    """Fields of `ocpp_tls.Manner` in which its TLS differs."""


@dataclass(frozen=True, slots=True)
class OcppCast:
    """Makes actors for one network. `utc` is the wall clock, `reach` says how the two sides meet."""

    network: Network
    utc: Callable[[], float]
    version: Version
    reach: OcppReach

    def station(
        self, persona: str, url: str, wishes: OcppWishes, *, quirks: Sequence[Quirk], recorder: Recorder | None,
        identity: str = "", password: str = "",
    ) -> StationActor:  # fmt: skip
        """Return a station that will look for its CSMS at `url`. Raises LabError."""
        who = varied(load_station(persona), [*(quirk.persona for quirk in quirks), wishes.persona])
        who = who.model_copy(update={"variables": {**who.variables, **wishes.variables}})
        profile = NetworkProfile(url, self.reach.security_profile, password=password or self.reach.password)
        station = Station(
            who, self.version, profile, identity=identity or self.reach.identity, utc=self.utc,
            new_id=lambda: str(uuid.uuid4()), chance=random.random, changes=policy_changes(quirks, wishes),
        )  # fmt: skip
        ends = Ends(self.reach, self.utc, strict=recorder is None, quirks=quirks, wishes=wishes.tls)
        ends.equip(station)
        return StationActor(
            self.network, recorder, station, lambda dial: ends.station_policy(station, dial), ends.manner.checks_name,
            bends=_bends(quirks, wishes),
        )  # fmt: skip

    def csms(
        self, persona: str, host: str | None, port: int, wishes: OcppWishes, *, quirks: Sequence[Quirk],
        recorder: Recorder | None,
    ) -> CsmsActor:  # fmt: skip
        """Return a CSMS that will listen at an address. Raises LabError."""
        who = varied(load_csms(persona), [*(quirk.persona for quirk in quirks), wishes.persona])
        csms = Csms(
            who, (self.version,), utc=self.utc, new_id=lambda: str(uuid.uuid4()), changes=policy_changes(quirks, wishes)
        )  # fmt: skip
        csms.admission.security_profile = self.reach.security_profile
        for identity in (self.reach.identity, *self.reach.spare_identities):
            csms.admission.passwords[identity] = self.reach.password
        ends = Ends(self.reach, self.utc, strict=recorder is None, quirks=quirks, wishes=wishes.tls)
        csms.security.authority = Authority(self.reach)
        if recorder is None:
            csms.admission.serials[self.reach.identity] = StationPersona.model_fields["serial"].default
            csms.admission.organization = "v2xconform"
            csms.admission.known = {self.reach.identity, *self.reach.spare_identities}
        profile, following, others = self.reach.security_profile, list[str](), list[str]()
        return CsmsActor(
            self.network, recorder, csms, host, port,
            lambda: ends.csms_policy(profile, "".join(others[-1:]), following.pop(0) if following else ""),
            bends=_bends(quirks, wishes), next_certificates=following, credentials=others,
        )  # fmt: skip

    def door(
        self, port: int, profile: int, wishes: OcppWishes, *, quirks: Sequence[Quirk], strict: bool, credential: str = "",
    ) -> Door:  # fmt: skip
        """Return one more address of a CSMS, with a security profile and a certificate of its own."""
        ends = Ends(self.reach, self.utc, strict=strict, quirks=quirks, wishes=wishes.tls)
        return Door(port, profile, lambda: ends.csms_policy(profile, credential))


def varied(persona: P, changes: Sequence[Mapping[str, Any]]) -> P:
    """Return the persona with fields changed. Raises LabError for what a persona cannot be."""
    fields = persona.model_dump()
    for change in changes:
        fields |= change
    try:
        return type(persona).model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LabError(f"persona {persona.name} as changed by a quirk or step: {where}: {first['msg']}") from None


def policy_changes(quirks: Sequence[Quirk], wishes: OcppWishes) -> dict[str, dict[str, Any]]:
    """Return the duties that quirks and wishes neglect, by block."""
    merged: dict[str, dict[str, Any]] = {}
    for part in (*(quirk.policy for quirk in quirks), wishes.policy):
        for block, values in part.items():
            merged[block] = {**merged.get(block, {}), **values}
    return merged


def _bends(quirks: Sequence[Quirk], wishes: OcppWishes) -> list[Bend]:
    """Return the bends of an actor: the list of the wishes itself, so that a later Given step is heard of, too."""
    wishes.bends += [bend for quirk in quirks for bend in quirk.bends]
    return wishes.bends
