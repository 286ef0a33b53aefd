"""``v2xconform proxy``: a recording man in the middle between real parties, judged live."""

import contextlib
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2xconform.cli.refusal import refusing

if TYPE_CHECKING:
    from v2xconform.emulators.ocpp_proxy import Bends, OcppProxy
    from v2xconform.judge.both_sides import BothSides
    from v2xconform.judge.finding import Finding
    from v2xconform.protocols.ocpp.handshake import Endpoint
    from v2xconform.trace.events import Event
    from v2xconform.trace.recorder import Recorder

app = typer.Typer(name="proxy", help="Stand between two real parties, record and judge both.", no_args_is_help=True)
_HELP = """[IDENTITY] ACTION [JSON]       a request of the proxy's own to the station (or, where only it may send it, to the CSMS)
[IDENTITY] setpoint WATTS [EVSE] a SetChargingProfile; negative feeds the grid (2.1)
list                           the stations that are connected
quit                           end, and write the report"""
_PROFILE_ID = 999_999
"""chargingProfile.id of set points that are typed."""


@app.callback()
def proxy() -> None:
    """Stand between two real parties, record and judge both."""


@app.command()
def ocpp(
    listen: Annotated[str, typer.Option("--listen", help="Address and port for stations: 127.0.0.1:9000.")],
    to: Annotated[str, typer.Option("--to", help="URL of the CSMS without identity: ws://HOST:PORT/PATH.")],
    trace: Annotated[
        Path | None,
        typer.Option("--trace", help="Folder for traces, captures and report.html; or one FILE.jsonl for all."),
    ] = None,
    bend: Annotated[
        Path | None, typer.Option("--bend", help="YAML with bends below to_csms: and to_station:, as in quirks.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Send this to each station once it is accepted: 'setpoint 3500', 'ACTION {JSON}'."),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Speak TLS with the stations.")] = False,
    pki: Annotated[str, typer.Option("--pki", help="Certificate recipe for what is not given by files.")] = "ocpp",
    chain: Annotated[Path | None, typer.Option("--chain", help="Shown to stations: PEM, leaf first.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Its private key, PEM.")] = None,
    client_chain: Annotated[Path | None, typer.Option("--client-chain", help="Shown to the CSMS, PEM.")] = None,
    client_key: Annotated[Path | None, typer.Option("--client-key", help="Its private key, PEM.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show findings only.")] = False,
) -> None:
    """Carry every text between stations and a CSMS unchanged, record both links, and judge both sides as it passes.

    Commands are taken on stdin: type help. Exit code: 0 nobody broke a requirement; 1 somebody did; 2 usage.
    """
    with refusing("proxy ocpp"):
        import anyio

        from v2xconform.lab.yaml_lines import LabError
        from v2xconform.links.addresses import split_address
        from v2xconform.protocols.ocpp.handshake import EndpointError, endpoint

        try:
            target, (host, port) = endpoint(to), split_address(listen)
        except EndpointError as error:
            raise LabError(f"--to: {error}") from None
        except ValueError as error:
            raise LabError(str(error)) from None
        if (chain is None) != (key is None) or (client_chain is None) != (client_key is None):
            raise LabError("--chain and --key belong together, and so do --client-chain and --client-key")
        if (chain is not None and not tls) or (client_chain is not None and not target.secure):
            raise LabError("--chain is for --tls, --client-chain for a CSMS at wss://")
        bends = _bends(bend)
        folder = trace if trace is not None and trace.suffix != ".jsonl" else None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        ends = _tls(target, tls, pki, (chain, key), (client_chain, client_key))
        desk = Desk(trace if folder is None else None, quiet, list(settings or []))
        with contextlib.suppress(KeyboardInterrupt):  # the way in which it is meant to end
            anyio.run(
                _play, desk, (host, port), target, bends, ends, backend="asyncio", backend_options={"use_uvloop": True}
            )
        code = desk.finish(folder, f"{listen} ↔ {to}")
    raise typer.Exit(code)


def _bends(path: Path | None) -> "Bends":
    """Return the bends of a file. Raises LabError."""
    from pydantic import BaseModel, ConfigDict

    from v2xconform.emulators.bends import Bend
    from v2xconform.emulators.ocpp_proxy import Bends
    from v2xconform.lab.yaml_lines import load_yaml

    class BendFile(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        to_csms: list[Bend] = []
        to_station: list[Bend] = []

    if path is None:
        return Bends()
    file = load_yaml(path, BendFile)
    return Bends(file.to_csms, file.to_station)


def _tls(target: "Endpoint", tls: bool, pki: str, shown: Any, client: Any) -> tuple[Any, Any]:
    """Return what makes the TLS policies of both ends; the proxy records what is wrong and refuses nobody. LabError."""
    from v2xconform.lab.sut import Credential, OcppReach, OcppTls

    if not tls and not target.secure:
        return (lambda: None), (lambda: None)
    from v2xconform.emulators.ocpp_tls import csms_policy, station_credential, station_policy

    front = Credential(chain=shown[0], key=shown[1]) if shown[0] is not None else None
    back = Credential(chain=client[0], key=client[1]) if client[0] is not None else None
    inner = (
        csms_policy(OcppReach(tls=OcppTls(pki=pki, credential=front)), time.time(), 2, strict=False) if tls else None
    )
    outer = None
    if target.secure:
        own = station_credential(OcppReach(tls=OcppTls(pki=pki, credential=back)), "", time.time()) if back else None
        outer = station_policy(own, (), server_name=target.host, strict=False)
    return (lambda: inner), (lambda: outer)


async def _play(
    desk: "Desk", where: tuple[str, int], target: "Endpoint", bends: "Bends", ends: tuple[Any, Any]
) -> None:
    import anyio

    from v2xconform.cli import typed
    from v2xconform.emulators.ocpp_proxy import OcppProxy
    from v2xconform.links.addresses import format_address
    from v2xconform.links.ip import IpNetwork

    proxy = OcppProxy(IpNetwork(), desk.recorder, target, *where, bends, *ends)
    desk.proxy = proxy
    async with anyio.create_task_group() as group:
        await group.start(proxy.serve)
        _say(
            f"proxy for {target.url()} listens on {format_address(where[0], proxy.port)}; help lists commands, Ctrl-C ends it"
        )
        operator = Operator(proxy)
        operator.quit = group.cancel_scope.cancel
        desk.operator = operator
        await typed.obey(operator.obey, _say)
        await anyio.sleep_forever()


def _say(text: str) -> None:
    typer.echo(text, err=True)


@dataclass(slots=True)
class Desk:
    """Watches the trace: shows what passes, judges it, and writes it down at the end."""

    path: Path | None
    quiet: bool
    settings: list[str]
    recorder: "Recorder" = field(init=False)
    sides: "BothSides" = field(init=False)
    proxy: "OcppProxy | None" = None
    operator: Any = None
    _told: set[tuple[str, str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        from v2xconform.judge.both_sides import BothSides
        from v2xconform.links.clock import real_clock
        from v2xconform.trace.recorder import Recorder

        self.recorder, self.sides = Recorder(real_clock, self.path), BothSides()
        self.recorder.subscribe(self.see)

    def see(self, event: "Event") -> None:
        """Take an event as it is recorded."""
        from v2xconform.cli.emulate_shown import show

        heard = event.dst == "proxy" or event.note
        if not self.quiet and (heard or event.layer == "websocket") and event.layer not in ("judge", "tcp", "tls"):
            show(event)
        for side, finding in self.sides.see(event):
            self._tell(side, finding)
        if event.name == "BootNotificationResponse" and event.src == "csms" and event.body.get("status") == "Accepted":
            self._set(event)

    def _set(self, event: "Event") -> None:
        from v2xconform.cli.typed import NotUnderstood

        link = self.sides.identity_of(event.link)
        for line in self.settings:
            try:
                self.operator.obey(f"{link} {line}")
            except NotUnderstood as problem:
                _say(f"--set {line}: {problem}")

    def _tell(self, side: str, finding: "Finding") -> None:
        self.recorder.add(
            kind="finding", layer="judge", name=finding.requirement, src="tester", body=finding.to_json() | {"of": side},
            ref={"events": list(finding.events)},
        )  # fmt: skip
        key = (side, finding.requirement, finding.text)
        if key not in self._told:
            self._told.add(key)
            from v2xconform.trace.capture.summary import printable

            typer.echo(printable(f"{'':10}  ! {side} {finding.severity} {finding.requirement}: {finding.text}"))

    def finish(self, folder: Path | None, between: str) -> int:
        """Judge what is left open, write what was asked for, and return the exit code. Raises OSError."""
        for _, side, finding in self.sides.end():
            self._tell(side, finding)
        self.recorder.close()
        histories = list(self.sides.histories.values())
        broken = {
            (history.identity, side): sum(one.severity == "MUST" for one in found)
            for history in histories
            for side, found in history.findings.items()
        }
        messages = sum(event.kind == "message" and event.dst == "proxy" for event in self.recorder.events)
        _say(f"{len(histories)} stations, {messages} messages")
        for (identity, side), number in broken.items():
            _say(
                f"{identity} {side}: "
                + (f"{number} findings break a requirement" if number else "nothing found broken")
            )
        if folder is not None:
            from v2xconform.campaign.observed import write_observed
            from v2xconform.report import write_report

            write_observed(
                folder, histories, self.recorder.began, between=between, key_log=self.recorder.key_log, argv=sys.argv
            )
            _say(str(write_report(folder).path))
        return 1 if any(broken.values()) else 0


class Operator:
    """Makes the proxy do what is typed."""

    def __init__(self, proxy: "OcppProxy") -> None:
        self._proxy = proxy
        self.quit: Any = None

    def obey(self, line: str) -> None:
        """Do what a line says. Raises NotUnderstood."""
        from v2xconform.cli import typed
        from v2xconform.cli.typed import NotUnderstood
        from v2xconform.protocols.ocpp.actions import ACTIONS

        connected = self._proxy.passages
        if line in ("help", "quit", "list"):
            if line == "quit":
                self.quit()
            else:
                _say(_HELP if line == "help" else "\n".join(connected) or "no station is connected")
            return
        first, _, rest = line.partition(" ")
        if first in connected:
            identity, words = first, rest
        elif len(connected) == 1:
            identity, words = next(iter(connected)), line
        else:
            raise NotUnderstood("no station is connected" if not connected else f"say which station: IDENTITY {line}")
        version = connected[identity].ways["station"].line.channel.version
        if words.split()[:1] == ["setpoint"]:
            payload = setpoint(words.split()[1:], version)
            self._proxy.inject(identity, "station", "SetChargingProfile", payload)
            return
        to_station, to_csms = ACTIONS[version]["csms"], ACTIONS[version]["station"]
        action, payload = typed.request(words, to_station | to_csms, version)
        self._proxy.inject(identity, "station" if action in to_station else "csms", action, payload)


def setpoint(words: list[str], version: str) -> dict[str, Any]:
    """Return the SetChargingProfileRequest for WATTS [EVSE]. Raises NotUnderstood."""
    from v2xconform.cli import typed
    from v2xconform.cli.typed import NotUnderstood

    try:
        watts = float(words[0])
    except (IndexError, ValueError):
        raise NotUnderstood("setpoint takes watts, and perhaps an EVSE: setpoint 3500 1") from None
    if watts < 0 and version != "ocpp2.1":
        raise NotUnderstood("only ocpp2.1 can feed the grid; give a number of watts of 0 or more")
    period: dict[str, Any] = {"startPeriod": 0, "limit": watts}
    if watts < 0:
        period = {"startPeriod": 0, "operationMode": "CentralSetpoint", "setpoint": watts}
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "evseId": typed.number(words[1], "an EVSE") if len(words) > 1 else 0,
        "chargingProfile": {
            "id": _PROFILE_ID, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [
                {"id": 1, "startSchedule": now, "chargingRateUnit": "W", "chargingSchedulePeriod": [period]}
            ],
        },
    }  # fmt: skip
