"""``v2xconform probe ocpp``: what a CSMS offers, as a table."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from v2xconform.cli.refusal import refusing

if TYPE_CHECKING:
    from v2xconform.emulators.ocpp_probe import Found


def ocpp(
    url: Annotated[str, typer.Argument(help="The CSMS without identity: ws://HOST:PORT/PATH or wss://…")],
    identity: Annotated[str, typer.Option("--identity", help="Identity of a station that it knows.")] = "V2XCONFORM-1",
    password: Annotated[str, typer.Option("--password", help="Its Basic authentication password.")] = "",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for each answer.")] = 2.0,
    trace: Annotated[Path | None, typer.Option(help="Write everything to this trace (JSON Lines).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable, to stdout.")] = False,
) -> None:
    """Find out which subprotocols a CSMS accepts, how it boots a station, and how it takes odd frames.

    Exit code 0: nothing is against the documents; 1: something is; 2: it cannot be reached, or the question is wrong.
    """
    with refusing("probe ocpp"):
        import anyio
        import orjson

        from v2xconform.emulators.ocpp_probe import OcppProbe
        from v2xconform.emulators.ocpp_tls import station_policy
        from v2xconform.lab.yaml_lines import LabError
        from v2xconform.links.clock import real_clock
        from v2xconform.links.ip import IpNetwork
        from v2xconform.protocols.ocpp.handshake import EndpointError, endpoint, identity_problem
        from v2xconform.trace.recorder import Recorder

        try:
            target = endpoint(url)
        except EndpointError as error:
            raise LabError(str(error)) from None
        problem = identity_problem(identity)
        if problem:
            raise LabError(f"--identity {identity}: {problem}")
        policy = station_policy(None, (), server_name=target.host, strict=False) if target.secure else None
        recorder = Recorder(real_clock, trace)
        probe = OcppProbe(IpNetwork(), recorder, target, identity, password, lambda: policy, timeout)
        began = time.monotonic()
        try:
            found = anyio.run(probe.run, backend="asyncio", backend_options={"use_uvloop": True})
        finally:
            recorder.close()
    if as_json:
        typer.echo(orjson.dumps(found.tree(), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(found, time.monotonic() - began)
    if found.verdict != "PASS":
        raise typer.Exit(1)


def _show(found: "Found", seconds: float) -> None:
    from v2xconform.trace.capture.summary import printable

    words = "nothing is against the documents" if found.verdict == "PASS" else "NOT CONFORMANT"
    typer.echo(f"{found.target}: {words} ({seconds:.1f} s)")
    for line in found.lines:
        where = f"  [{line.where}]" if line.where and line.verdict in ("WARN", "FAIL") else ""
        typer.echo(printable(f"{line.verdict or '    ':<6}{line.what:<26}{line.seen}{where}"))
