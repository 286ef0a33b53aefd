"""The parties on the charging cable for ``v2xconform emulate``: a car for one session, or a charger until Ctrl-C."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from v2xconform.lab.sut import Reach
    from v2xconform.trace.recorder import Recorder

PERSONAS = {"evcc": "v2g_ev", "secc": "v2g_charger"}


def reach_of(
    *, iface: str, connect: str, listen: str, sdp_port: int, tcp: bool, profile: Any, pki: str, chain: Path | None,
    key: Path | None, trust: list[Path], contract_chain: Path | None, contract_key: Path | None,
    contract_trust: list[Path],
) -> "Reach":  # fmt: skip
    """Return how the party meets its peer. Raises LabError."""
    from v2xconform.lab.sut import Credential, Reach, Tls
    from v2xconform.lab.yaml_lines import LabError
    from v2xconform.links.addresses import split_address

    if (contract_chain is None) != (contract_key is None):
        raise LabError("--contract-chain and --contract-key belong together")
    recipe = pki or ("iso15118-20-p256" if profile == "iso15118-20-p256" else "iso15118-20-p521")
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
    return Reach(
        interface=iface, address=connect or listen, sdp=not connect, sdp_port=sdp_port,
        transport="tcp" if tcp else "tls",
        tls=Tls(
            profile=profile, pki=recipe, credential=credential, trust=trust, contract=contract,
            contract_trust=contract_trust,
        ),
    )  # fmt: skip


def play_cable(
    role: str, persona: str, settings: dict[str, Any], quirks: list[str], reach: "Reach", trace: Path | None, strict: bool
) -> int:  # fmt: skip
    """Play the car or the charger and return the exit code. Raises LabError, LinkError, KeyboardInterrupt (car)."""
    import anyio

    from v2xconform.emulators.quirks import find_quirks

    try:
        code: int = anyio.run(
            _play, role, persona or PERSONAS[role], settings, find_quirks(role, quirks) if quirks else [], reach, trace, strict,  # type: ignore[arg-type]
            backend="asyncio", backend_options={"use_uvloop": True},
        )  # fmt: skip
    except KeyboardInterrupt:
        if role == "evcc":
            raise
        return 0  # the way in which a charger is meant to end
    return code


async def _play(
    role: str,
    persona: str,
    settings: dict[str, Any],
    quirks: list[Any],
    reach: "Reach",
    trace: Path | None,
    strict: bool,
) -> int:
    import anyio

    from v2xconform.cli.emulate_shown import show
    from v2xconform.emulators.cast import Cast, EvccWishes, SeccWishes
    from v2xconform.links.clock import real_clock
    from v2xconform.links.ip import IpNetwork
    from v2xconform.trace.recorder import Recorder

    recorder = Recorder(real_clock, trace)
    recorder.subscribe(show)
    cast = Cast(IpNetwork(reach.interface or None), time.time, reach, devices=strict)
    try:
        if role == "evcc":
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
