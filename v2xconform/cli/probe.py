"""``v2xconform probe``: ask a device one thing and print its answer, without a test case around it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2xconform.cli import probe_ocpp

if TYPE_CHECKING:
    from cryptography import x509

    from v2xconform.links.sdp import SdpDatagram
    from v2xconform.links.tls_probe import Report
    from v2xconform.links.tls_shakes import Shown

app = typer.Typer(name="probe", help="Ask a device one thing and print its answer.", no_args_is_help=True)
app.command("ocpp")(probe_ocpp.ocpp)


class Security(StrEnum):
    """What a car may ask for."""

    TLS = "tls"
    NONE = "none"


class Edition(StrEnum):
    """Whose TLS profile a charger is judged by."""

    ISO20 = "iso15118-20"
    ISO2 = "iso15118-2"


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


@app.command()
def tls(
    target: Annotated[str, typer.Argument(help="Where the TLS server is: HOST:PORT or [fe80::1%eth0]:PORT.")],
    iface: Annotated[str, typer.Option(help="Interface that the cable is on, for a link-local address.")] = "",
    profile: Annotated[Edition, typer.Option(help="Judge by the TLS profile of this edition.")] = Edition.ISO20,
    chain: Annotated[
        Path | None, typer.Option(help="A certificate that the charger must let in: PEM, leaf first.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key, PEM.")] = None,
    pki: Annotated[
        str, typer.Option(help="Show the car's good and broken certificates of this folder (pki issue) or recipe.")
    ] = "",
    trust: Annotated[
        list[Path] | None, typer.Option(help="Roots that the charger's chain must lead to, PEM; may be repeated.")
    ] = None,
    public: Annotated[
        bool | None, typer.Option("--public/--private", help="A public charger must staple OCSP responses.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.01, help="Seconds to wait for each answer.")] = 3.0,
    trace: Annotated[Path | None, typer.Option(help="Write every byte to this trace (JSON Lines).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable, to stdout.")] = False,
) -> None:
    """Find out what a TLS server accepts, presents and tolerates, and judge it by ISO 15118.

    Takes some sixty to two hundred short connections. Exit code 0: no requirement is broken; 1: at least one is, or the
    target speaks no TLS; 2: it cannot be reached, or not any more, or the question is wrong.
    """
    import anyio
    import orjson

    from v2xconform.links import LinkError
    from v2xconform.pki import RecipeError

    try:
        shown, anchors = _to_show(chain, key, pki, trust or [])
        report = anyio.run(_probe_tls, target, iface, profile.value, shown, anchors, public, timeout, trace)
    except (LinkError, RecipeError, ValueError) as error:
        for line in str(error).splitlines():
            typer.echo(line, err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"{error.filename or trace}: {error.strerror}; give a file that can be written", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(orjson.dumps(report.tree(), option=orjson.OPT_INDENT_2).decode())
    else:
        _show_report(report)
    if report.verdict != "PASS":
        raise typer.Exit(1 if report.verdict == "FAIL" else 2)


def _to_show(
    chain: Path | None, key: Path | None, pki: str, trust: list[Path]
) -> "tuple[list[Shown], tuple[x509.Certificate, ...]]":
    """Return the client certificates to show and the roots to trust. Raises ValueError, RecipeError."""
    from datetime import UTC, datetime

    from v2xconform.links.tls_shakes import Shown
    from v2xconform.links.tls_shown import from_folder, from_recipe, read_certificates, read_credential

    if (chain is None) != (key is None):
        raise ValueError("--chain and --key belong together: give both, or neither")
    shown: list[Shown] = []
    anchors: tuple[x509.Certificate, ...] = ()
    if pki:
        shown, anchors = from_folder(Path(pki)) if Path(pki).is_dir() else from_recipe(pki, datetime.now(UTC))
    if chain is not None and key is not None:
        own = Shown("good", f"the certificate of {chain}", read_credential(chain, key), good=True)
        shown = [own, *(one for one in shown if not one.good)]
    if trust:
        anchors = tuple(certificate for path in trust for certificate in read_certificates(path))
    return shown, anchors


async def _probe_tls(
    target: str,
    iface: str,
    profile: Any,
    shown: "list[Shown]",
    anchors: "tuple[x509.Certificate, ...]",
    public: bool | None,
    timeout: float,
    trace: Path | None,
) -> "Report":
    from datetime import UTC, datetime

    import anyio

    from v2xconform.links import IpNetwork
    from v2xconform.links.addresses import split_address
    from v2xconform.links.tls_probe import probe as probe_tls
    from v2xconform.trace.recorder import Recorder

    host, port = split_address(target)
    recorder = Recorder(anyio.current_time, trace)
    try:
        return await probe_tls(
            IpNetwork(iface or None),
            host,
            port,
            profile=profile,
            now=datetime.now(UTC),
            recorder=recorder,
            shown=shown,
            anchors=anchors,
            public=public,
            timeout=timeout,
        )
    finally:
        recorder.close()


def _show_report(report: "Report") -> None:
    """Print a report on one screen: what was found, then the verdicts, sound behaviours as a number only."""
    if report.no_tls:
        typer.echo(f"{report.target} speaks no TLS: {report.no_tls}")
        return
    tree = report.tree()
    accepts, certificate = tree["accepts"], tree["certificate"]
    typer.echo(f"{report.target}, judged by {report.profile}: {_summary(tree)}")
    versions = [name for name, taken in accepts["versions"].items() if taken]
    _fact("versions", versions)
    for version in ("TLSv1.3", "TLSv1.2"):
        if version not in versions:
            continue
        for name, what in (("suites", "suites"), ("groups", "groups")):
            found = accepts[what][version]
            order = f"  ({found['order']}'s order)" if found["order"] in ("server", "client") else ""
            _fact(f"{version[3:]} {name}", found["accepted"], order)
        _fact(f"{version[3:]} signatures", accepts["signature_algorithms"][version] or [])
    _fact("chain", [" <- ".join(_common_name(subject) for subject in certificate["chain"])])
    _fact("tickets", [f"{version}: {_granted(given)}" for version, given in certificate["session_tickets"].items()])
    sound = [line for line in report.lines if line.id.startswith("RFC") and line.verdict == "PASS"]
    for line in report.lines:
        if line not in sound:
            typer.echo(f"{line.verdict:<8}{line.id:<17}{line.title}: {line.seen}")
    if sound:
        typer.echo(f"{'PASS':<8}{'RFC 8446 …':<17}{len(sound)} behaviours: {', '.join(line.title for line in sound)}")
    for one in tree["handshakes"]:
        if one["outcome"] != "refused" or one["name"] == "good" or one["alert"] not in one["fitting_alerts"]:
            answer = f"alert {one['alert']}" if one["alert"] else one["text"]
            fitting = f"; fitting: {', '.join(one['fitting_alerts'])}" if one["outcome"] == "refused" else ""
            typer.echo(f"  {one['outcome']:<10}{one['name']}: {answer or one['what']}{fitting}")
    for text in (*accepts["faults"], tree["stopped"]):
        if text:
            typer.echo(f"  {text}")


def _fact(label: str, values: list[str], more: str = "") -> None:
    typer.echo(f"  {label:<16}{', '.join(filter(None, values)) or 'none seen'}{more}")


def _granted(tickets: int | bool | None) -> str:
    """Say how many session tickets came (TLS 1.3), or whether the server grants them (TLS 1.2)."""
    if tickets is None:
        return "not seen"
    return ("yes" if tickets else "no") if isinstance(tickets, bool) else str(tickets)


def _common_name(subject: str) -> str:
    return next((part[3:] for part in subject.split(",") if part.startswith("CN=")), subject)


def _summary(tree: dict[str, Any]) -> str:
    words = {"PASS": "no requirement is broken", "FAIL": "NOT CONFORMANT", "unknown": "too little could be seen"}
    counts = tree["counts"]
    seconds = f"{tree['connections']} connections, {tree['seconds'] * 1000:.0f} ms"
    return (
        f"{words[tree['verdict']]} ({counts['PASS']} passed, {counts['FAIL']} failed, {counts['WARN']} warnings, "
        f"{counts['unknown']} unknown; {seconds})"
    )
