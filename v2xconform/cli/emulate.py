"""``v2xconform emulate``: one of our EVs or chargers on a real network, to test a counterpart by hand or by script."""

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2xconform.cli.refusal import refusing

if TYPE_CHECKING:
    from v2xconform.lab.sut import Reach
    from v2xconform.trace.events import Event
    from v2xconform.trace.recorder import Recorder

_PERSONAS = {"evcc": "v2g_ev", "secc": "v2g_charger"}


class Role(StrEnum):
    """What can be emulated."""

    EVCC = "evcc"
    SECC = "secc"


class TlsProfile(StrEnum):
    """What is offered in TLS."""

    ISO20 = "iso15118-20"
    ISO20_P256 = "iso15118-20-p256"


def emulate(
    role: Annotated[Role, typer.Argument(help="evcc (the car) or secc (the charger).")],
    persona: Annotated[str, typer.Option("--persona", help="Name or YAML file; see `list personas`.")] = "",
    quirk: Annotated[list[str] | None, typer.Option("--quirk", help="Misbehaviour; may be repeated.")] = None,
    iface: Annotated[str, typer.Option("--iface", help="Interface that the cable is on (SDP multicast).")] = "",
    listen: Annotated[str, typer.Option("--listen", help="secc: TCP address and port, [::1]:61000.")] = "",
    connect: Annotated[str, typer.Option("--connect", help="evcc: address and port of the charger; no SDP.")] = "",
    service: Annotated[str, typer.Option("--service", help="Only this service: AC, DC, AC_BPT, DC_BPT.")] = "",
    control: Annotated[str, typer.Option("--control", help="Only Scheduled or Dynamic.")] = "",
    tcp: Annotated[bool, typer.Option("--tcp", help="Plain TCP (development benches).")] = False,
    tls_profile: Annotated[TlsProfile, typer.Option("--tls-profile")] = TlsProfile.ISO20,
    pki: Annotated[str, typer.Option("--pki", help="Certificate recipe.")] = "",
    chain: Annotated[Path | None, typer.Option("--chain", help="Own certificate chain, PEM, leaf first.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Its private key, PEM.")] = None,
    trust: Annotated[list[Path] | None, typer.Option("--trust", help="Trusted roots, PEM; may be repeated.")] = None,
    contract_chain: Annotated[
        Path | None, typer.Option("--contract-chain", help="evcc: contract for Plug & Charge, PEM, leaf first.")
    ] = None,
    contract_key: Annotated[Path | None, typer.Option("--contract-key", help="Its private key, PEM.")] = None,
    contract_trust: Annotated[
        list[Path] | None, typer.Option("--contract-trust", help="Roots of mobility operators, PEM; may be repeated.")
    ] = None,
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Go on when the peer's certificates are wrong: only record them.")
    ] = False,
    sdp_port: Annotated[int, typer.Option("--sdp-port", min=1, max=65535)] = 15118,
    trace: Annotated[Path | None, typer.Option("--trace", help="Write the trace (JSON Lines) to this file.")] = None,
) -> None:
    """Play a car for one session, or a charger until Ctrl-C; every message is shown as it passes.

    Exit code: 0 the session ended in good order (car), or stopped by hand (charger); 1 it did not; 2 usage.
    """
    with refusing("emulate"):
        from v2xconform.emulators.quirks import find_quirks
        from v2xconform.lab.sut import Credential, Reach, Tls
        from v2xconform.lab.yaml_lines import LabError
        from v2xconform.links.addresses import split_address

        if (chain is None) != (key is None) or (contract_chain is None) != (contract_key is None):
            raise LabError("--chain and --key belong together, and so do --contract-chain and --contract-key")
        if control not in ("", "Scheduled", "Dynamic") or service not in ("", "AC", "DC", "AC_BPT", "DC_BPT"):
            raise LabError("--service is AC, DC, AC_BPT or DC_BPT; --control is Scheduled or Dynamic")
        if (connect and role is Role.SECC) or (listen and role is Role.EVCC):
            raise LabError("--connect is for the car (evcc), --listen for the charger (secc)")
        recipe = pki or ("iso15118-20-p256" if tls_profile is TlsProfile.ISO20_P256 else "iso15118-20-p521")
        credential = Credential(chain=chain, key=key) if chain is not None and key is not None else None
        contract = (
            Credential(chain=contract_chain, key=contract_key)
            if contract_chain is not None and contract_key is not None
            else None
        )
        for address in filter(None, (connect, listen)):
            try:
                split_address(address)
            except ValueError as error:
                raise LabError(str(error)) from None
        reach = Reach(
            interface=iface, address=connect or listen, sdp=not connect, sdp_port=sdp_port,
            transport="tcp" if tcp else "tls",
            tls=Tls(
                profile=tls_profile.value, pki=recipe, credential=credential, trust=trust or [],
                contract=contract, contract_trust=contract_trust or [],
            ),
        )  # fmt: skip
        quirks = find_quirks(role.value, quirk or [])
        import anyio

        settings: dict[str, Any] = {"mode": service or "any", "control": control}
        try:
            code: int = anyio.run(
                _play, role, persona or _PERSONAS[role.value], settings, quirks, reach, trace, not lenient,
                backend="asyncio", backend_options={"use_uvloop": True},
            )  # fmt: skip
        except KeyboardInterrupt:
            if role is Role.EVCC:
                raise
            code = 0  # the way in which a charger is meant to end
    raise typer.Exit(code)


async def _play(
    role: Role,
    persona: str,
    settings: dict[str, Any],
    quirks: list[Any],
    reach: "Reach",
    trace: Path | None,
    strict: bool,
) -> int:
    import anyio

    from v2xconform.emulators.cast import Cast, EvccWishes, SeccWishes
    from v2xconform.links.clock import real_clock
    from v2xconform.links.ip import IpNetwork
    from v2xconform.trace.recorder import Recorder

    recorder = Recorder(real_clock, trace)
    recorder.subscribe(_show)
    cast = Cast(IpNetwork(reach.interface or None), time.time, reach, devices=strict)
    try:
        if role is Role.EVCC:
            return await _drive(cast, persona, EvccWishes(**settings), quirks, recorder)
        charger = cast.secc(persona, SeccWishes(**settings), quirks=quirks, recorder=recorder)
        async with anyio.create_task_group() as group:
            await group.start(charger.serve)
            where = f"SDP port {reach.sdp_port}, " if reach.sdp else ""
            typer.echo(f"charger {persona} is ready: {where}TCP port {charger.port}; Ctrl-C ends it", err=True)
        return 0
    finally:
        recorder.close()


async def _drive(cast: Any, persona: str, wishes: Any, quirks: list[Any], recorder: "Recorder") -> int:
    ev = cast.evcc(persona, wishes, quirks=quirks, recorder=recorder)
    await ev.run()
    ended = ev.session.ended if ev.session is not None else None
    typer.echo(f"the session ended: {ev.end}", err=True)
    return 0 if ended is not None and ended.orderly else 1


def _show(event: "Event") -> None:
    from v2xconform.trace.query import response_code

    if event.kind in ("message", "undecodable", "fault", "oddity", "close", "timer", "note") or event.name in (
        "established",
        "failed",
    ):
        code = response_code(event) if event.kind == "message" else ""
        typer.echo(
            f"{event.seconds:10.4f}  {event.src:>5} -> {event.dst:5}  {event.layer:20} {event.name} {code}".rstrip()
        )
