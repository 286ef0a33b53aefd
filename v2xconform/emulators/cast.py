"""The cast: makes actors out of personas, quirks and the wishes of a test case."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from v2xconform.emulators.bends import Bend
from v2xconform.emulators.charger import Orders
from v2xconform.emulators.charging_tls import TlsSettings, settings_of
from v2xconform.emulators.content_evcc20 import VehicleRequests
from v2xconform.emulators.content_secc20 import ChargerResponses, Hears
from v2xconform.emulators.contract_desk import desk_of
from v2xconform.emulators.contracts import wallet_of
from v2xconform.emulators.evcc_actor import EvccActor, EvccPlace
from v2xconform.emulators.quirks import Quirk, SdpQuirk, TlsQuirk
from v2xconform.emulators.secc_actor import SeccActor, SeccPlace
from v2xconform.emulators.vehicle import Vehicle
from v2xconform.lab.persona import ChargerPersona, EvPersona, load_charger, load_ev, policy_of
from v2xconform.lab.sut import Reach
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.addresses import split_address
from v2xconform.links.stream import Network
from v2xconform.protocols.iso15118 import app_protocol, sequence20
from v2xconform.protocols.iso15118.evcc20 import EvccSession20
from v2xconform.protocols.iso15118.paused20 import PausedSessions
from v2xconform.protocols.iso15118.policy20 import EvccPolicy, PolicyError, SeccPolicy, overridden
from v2xconform.protocols.iso15118.secc20 import SeccSession20
from v2xconform.trace.recorder import Recorder

_NAMESPACES = {"AC": app_protocol.ISO20_AC, "DC": app_protocol.ISO20_DC}
P = TypeVar("P", EvPersona, ChargerPersona)
Q = TypeVar("Q", TlsQuirk, SdpQuirk)
Rules = TypeVar("Rules", EvccPolicy, SeccPolicy)
Mode = Literal["any", "AC", "DC", "AC_BPT", "DC_BPT"]


@dataclass(slots=True)
class EvccWishes:
    """What Given steps ask of an EV of ours; the persona says the rest."""

    mode: Mode = "any"
    control: Literal["", "Scheduled", "Dynamic"] = ""
    policy: dict[str, Any] = field(default_factory=dict)
    persona: dict[str, Any] = field(default_factory=dict)
    bends: list[Bend] = field(default_factory=list)
    tls: TlsQuirk = field(default_factory=TlsQuirk)
    sdp: SdpQuirk = field(default_factory=SdpQuirk)
    transport: Literal["", "tls", "tcp"] = ""
    offer: list[app_protocol.AppProtocol] = field(default_factory=list)
    paused: PausedSessions | None = None
    """Sessions to come back to."""
    stays: bool = False
    """Stay in the charge loop until the test case says otherwise."""


@dataclass(slots=True)
class SeccWishes:
    """What Given steps ask of a charger of ours."""

    mode: Mode = "any"
    control: Literal["", "Scheduled", "Dynamic"] = ""
    policy: dict[str, Any] = field(default_factory=dict)
    persona: dict[str, Any] = field(default_factory=dict)
    bends: list[Bend] = field(default_factory=list)
    tls: TlsQuirk = field(default_factory=TlsQuirk)
    tls_after_pause: TlsQuirk | None = None
    """How it shows itself once a car has paused its session."""
    sdp: SdpQuirk = field(default_factory=SdpQuirk)


@dataclass(frozen=True, slots=True)
class Cast:
    """Makes actors for one network. `utc` is the wall clock, `reach` says how the two sides meet."""

    network: Network
    utc: Callable[[], float]
    reach: Reach
    devices: bool = False
    """True: all its actors are strict devices, recorded or not; else only those without a recorder (the SUT) are."""
    testing: bool = False
    """True on a test bench: its actors with a recorder are the tester's, and say nothing of contracts unless wished."""

    def evcc(
        self, persona: str, wishes: EvccWishes, *, quirks: Sequence[Quirk], recorder: Recorder | None
    ) -> EvccActor:
        """Return an EV; without a recorder it is a strict device (the SUT). Raises LabError."""
        car = _vary(load_ev(persona), *(quirk.persona for quirk in quirks), wishes.persona)
        asked = "contract" in wishes.persona
        changes: dict[str, Any] = {}
        if wishes.mode != "any":
            changes["services"] = [wishes.mode]
        if wishes.control:
            changes["control_modes"] = [wishes.control]
        if wishes.stays:
            changes["needs"] = car.needs.model_copy(update={"leaves_after_s": None, "target_soc": 100.0})
        car = car.model_copy(update=changes)
        policy = policy_of(car)
        assert isinstance(policy, EvccPolicy)
        policy = _with(policy, [*(quirk.policy for quirk in quirks), wishes.policy])
        if (wishes.transport or self.reach.transport) == "tcp" or (self._waits_to_be_asked(recorder) and not asked):
            car = car.model_copy(update={"contract": None})
        vehicle = Vehicle(car)
        wallet = wallet_of(car.contract, policy, self.reach.tls, self.utc) if car.contract else None
        ask = VehicleRequests(vehicle, wallet)
        tls_quirk = _merged(TlsQuirk, [wishes.tls, *(quirk.tls for quirk in quirks)])

        def take_contract(tree: Mapping[str, Any]) -> str:
            problem = wallet.install(tree, policy) if wallet else "there is no wallet"
            if recorder is not None:
                text = f"the contract is not used: {problem}" if problem else "the contract is installed"
                recorder.add(kind="note", layer="session", name=text, src="evcc")
            return problem

        def make_session(mode: sequence20.Mode) -> EvccSession20:
            session_wishes = replace(vehicle.wishes, services=tuple(s for s in car.services if s.startswith(mode)))
            return EvccSession20(
                ask, policy, session_wishes, mode=mode, utc=self.utc, random_bytes=os.urandom,
                take_contract=take_contract,
            )  # fmt: skip

        return EvccActor(
            self.network,
            recorder,
            make_session,
            ask,
            self.utc,
            wishes.offer or [_NAMESPACES[mode] for mode in vehicle.modes],
            self._tls("evcc", wishes.transport, tls_quirk, recorder),
            self._evcc_place(),
            [*wishes.bends, *(bend for quirk in quirks for bend in quirk.bends)],
            _merged(SdpQuirk, [wishes.sdp, *(quirk.sdp for quirk in quirks)]),
            policy=policy,
            paused=wishes.paused or PausedSessions(bound=policy.checks_charger),
            schema_ids=car.schema_ids,
        )

    def secc(
        self,
        persona: str,
        wishes: SeccWishes,
        *,
        quirks: Sequence[Quirk],
        recorder: Recorder | None,
        orders: Orders | None = None,
        hears: Hears | None = None,
    ) -> SeccActor:
        """Return a charger; without a recorder it is a strict device (the SUT). Raises LabError.

        `orders` are those of a back end, and `hears` is the charger's face towards it; without them it stands alone.
        """
        station = _vary(load_charger(persona), *(quirk.persona for quirk in quirks), wishes.persona)
        asked = "authorization" in wishes.persona
        changes: dict[str, Any] = {}
        if wishes.mode != "any":
            changes["services"] = [wishes.mode]
        if wishes.control:
            changes["control_modes"] = [wishes.control]
        station = station.model_copy(update=changes)
        policy = policy_of(station)
        assert isinstance(policy, SeccPolicy)
        policy = _with(policy, [*(quirk.policy for quirk in quirks), wishes.policy])
        if self.reach.transport == "tcp" or (self._waits_to_be_asked(recorder) and not asked):
            station = station.model_copy(update={"authorization": ["EIM"]})
        served = "PnC" in station.authorization
        desk = desk_of(station.contracts, self.reach.tls, self.utc) if served else None
        respond = ChargerResponses(station, desk, orders, *([hears] if hears is not None else []))
        tls_quirk = _merged(TlsQuirk, [wishes.tls, *(quirk.tls for quirk in quirks)])

        def make_session(mode: sequence20.Mode) -> SeccSession20:
            return SeccSession20(respond, policy, mode=mode, utc=self.utc, random_bytes=os.urandom)

        sides = dict.fromkeys("AC" if service.startswith("AC") else "DC" for service in station.services)
        host, port = split_address(self.reach.address) if self.reach.address and recorder else (None, 0)
        return SeccActor(
            self.network,
            recorder,
            make_session,
            self._tls("secc", "", tls_quirk, recorder),
            SeccPlace(host, port, self.reach.sdp, self.reach.sdp_address or None, self.reach.sdp_port),
            [*wishes.bends, *(bend for quirk in quirks for bend in quirk.bends)],
            _merged(SdpQuirk, [wishes.sdp, *(quirk.sdp for quirk in quirks)]),
            [_NAMESPACES[side] for side in sides],
            tls_quirk.plain_too,
            self.utc,
            paused=PausedSessions(bound=policy.binds_sessions),
            tls_after_pause=self._tls("secc", "", wishes.tls_after_pause, recorder) if wishes.tls_after_pause else None,
        )

    def _waits_to_be_asked(self, recorder: Recorder | None) -> bool:
        """Tell whether an actor is a tester's, which uses Plug & Charge only where the test case wishes it."""
        return self.testing and recorder is not None

    def _is_device(self, recorder: Recorder | None) -> bool:
        """Tell whether an actor is strict, as a device is."""
        return self.devices or recorder is None

    def _tls(
        self, role: Literal["secc", "evcc"], transport: str, quirk: TlsQuirk, recorder: Recorder | None
    ) -> TlsSettings | None:
        if (transport or self.reach.transport) == "tcp":
            return None
        return settings_of(self.reach.tls, role, self.utc(), strict=self._is_device(recorder), quirk=quirk)

    def _evcc_place(self) -> EvccPlace:
        reach = self.reach
        address = split_address(reach.address) if reach.address else None
        if address is not None and reach.interface and address[0].startswith("fe80") and "%" not in address[0]:
            address = (f"{address[0]}%{reach.interface}", address[1])
        return EvccPlace(reach.sdp, reach.sdp_address or None, reach.sdp_port, address)


def _vary(persona: P, *changes: Mapping[str, Any]) -> P:
    """Return the persona with nested changes laid over it. Raises LabError for what a persona cannot be."""
    given = [change for change in changes if change]
    if not given:
        return persona
    fields = persona.model_dump()
    for change in given:
        fields = _laid_over(fields, change)
    try:
        return type(persona).model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LabError(f"persona {persona.name} as changed by a quirk or step: {where}: {first['msg']}") from None


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **below,
        **{
            name: _laid_over(below[name], value)
            if isinstance(value, dict) and isinstance(below.get(name), dict)
            else value
            for name, value in above.items()
        },
    }


def _merged(kind: type[Q], parts: Sequence[Q]) -> Q:
    """Return one quirk section out of several: what is set in a later one counts."""
    fields: dict[str, Any] = {}
    for part in parts:
        fields.update({name: getattr(part, name) for name in part.model_fields_set})
    return kind(**fields)


def _with(policy: Rules, changes: Sequence[dict[str, Any]]) -> Rules:
    try:
        for change in changes:
            policy = overridden(policy, change)
    except PolicyError as error:
        raise LabError(f"policy of a quirk or step: {error}") from None
    return policy
