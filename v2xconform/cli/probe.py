"""``v2xconform probe``: ask a device one thing and print its answer, without a test case around it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from v2xconform.links.sdp import SdpDatagram

app = typer.Typer(name="probe", help="Ask a device one thing and print its answer.", no_args_is_help=True)


class Security(StrEnum):
    """What a car may ask for."""

    TLS = "tls"
    NONE = "none"


_WIRE = {Security.TLS: "TLS", Security.NONE: "None"}


@app.callback()
def probe() -> None:
    """Ask a device one thing and print its answer."""


@app.command()
def sdp(
    iface: Annotated[str, typer.Option(help="Interface that the cable is on; the request goes to ff02::1.")] = "",
    address: Annotated[str, typer.Option(help="Ask this host instead: ::1, fe80::1%eth0.")] = "",
    security: Annotated[Security, typer.Option(help="What the car asks for.")] = Security.TLS,
    port: Annotated[int, typer.Option(min=1, max=65535, help="UDP port of the SDP server.")] = 15118,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds to wait for each answer [V2G2-159].")] = 0.25,
    tries: Annotated[int, typer.Option(min=1, help="Requests at most; a car gives up after 50 [V2G2-161].")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable, to stdout.")] = False,
) -> None:
    """Send SDP requests until a charger answers, and print where it is.

    Exit code 0: a sound answer; 1: none, or one that is wrong; 2: this host cannot ask.
    """
    import anyio
    import orjson

    from v2xconform.links import LinkError

    if bool(iface) == bool(address):
        typer.echo("give either --iface (ask everybody on the cable) or --address (ask one host)", err=True)
        raise typer.Exit(2)
    try:
        answer = anyio.run(_ask, iface, address, _WIRE[security], port, timeout, tries, backend="asyncio")
    except LinkError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(orjson.dumps(answer).decode() if as_json else _line(answer))
    if not answer["answered"] or answer["faults"]:
        raise typer.Exit(1)


async def _ask(iface: str, address: str, security: str, port: int, timeout: float, tries: int) -> dict[str, Any]:
    """Return what came of asking, as the JSON that is printed."""
    import anyio

    from v2xconform.links import IpNetwork
    from v2xconform.links.sdp import sdp_client
    from v2xconform.trace.recorder import Recorder

    network, recorder = IpNetwork(iface or None), Recorder(anyio.current_time)
    async with await sdp_client(network, recorder=recorder, target=address or None, port=port) as client:
        for number in range(1, tries + 1):
            asked = anyio.current_time()
            await client.request(security)
            found = await client.receive(timeout)
            if found is not None:
                return _answer(found, number, anyio.current_time() - asked)
    return {"answered": False, "requests": tries, "seconds": tries * timeout, "faults": []}


def _answer(found: "SdpDatagram", requests: int, seconds: float) -> dict[str, Any]:
    message = found.message
    faults = [{"kind": fault.kind, "text": fault.text} for fault in message.faults]
    if message.name != "SECCDiscoveryRes" and not faults:
        faults = [{"kind": "payload-type", "text": f"a {message.name} came instead of a SECCDiscoveryRes"}]
    return {
        "answered": True,
        "requests": requests,
        "seconds": round(seconds, 6),
        "source": f"[{found.source[0]}]:{found.source[1]}",
        **message.tree,
        "faults": faults,
    }


def _line(answer: dict[str, Any]) -> str:
    if not answer["answered"]:
        return f"no answer to {answer['requests']} requests in {answer['seconds']:g} s; is an SDP server on this link?"
    after = f"request {answer['requests']}, {answer['seconds'] * 1000:.1f} ms"
    wrong = "".join(f"; WRONG {fault['kind']}: {fault['text']}" for fault in answer["faults"])
    if "SECCPort" not in answer:
        return f"{answer['source']} answered ({after}){wrong}"
    where = f"[{answer['SECCIPAddress']}]:{answer['SECCPort']}"
    return f"SECC at {where} over {answer['TransportProtocol']}, security {answer['Security']} ({after}){wrong}"
