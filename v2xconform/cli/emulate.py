"""``v2xconform emulate``: one of our parties on a real network, to test a counterpart by hand or by script."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from v2xconform.cli.refusal import refusing


class Role(StrEnum):
    """What can be emulated."""

    EVCC = "evcc"
    SECC = "secc"
    STATION = "station"
    CSMS = "csms"


class TlsProfile(StrEnum):
    """What is offered in TLS."""

    ISO20 = "iso15118-20"
    ISO20_P256 = "iso15118-20-p256"


class OcppVersion(StrEnum):
    """What is spoken between station and CSMS."""

    OCPP201 = "ocpp2.0.1"
    OCPP21 = "ocpp2.1"


_CABLE, _CSMS, _STATION = frozenset({"evcc", "secc"}), frozenset({"csms"}), frozenset({"station"})
_OCPP = _CSMS | _STATION
_OF = {
    "iface": _CABLE, "listen": frozenset({"secc", "csms"}), "connect": frozenset({"evcc", "station"}), "service": _CABLE,
    "control": _CABLE, "tcp": _CABLE, "tls_profile": _CABLE, "contract_chain": frozenset({"evcc"}),
    "contract_key": frozenset({"evcc"}), "contract_trust": _CABLE, "sdp_port": _CABLE, "identity": _OCPP, "version": _OCPP,
    "password": _OCPP, "security_profile": _OCPP, "count": _STATION, "cycle": _STATION, "token": _STATION,
}  # fmt: skip
"""Option -> roles that have it; the others are for all."""


def emulate(
    ctx: typer.Context,
    role: Annotated[Role, typer.Argument(help="evcc (car), secc (charger), station, csms.")],
    persona: Annotated[str, typer.Option("--persona", help="Name or YAML file; see `list personas`.")] = "",
    quirk: Annotated[list[str] | None, typer.Option("--quirk", help="Misbehaviour; may be repeated.")] = None,
    iface: Annotated[str, typer.Option("--iface", help="Interface that the cable is on (SDP multicast).")] = "",
    listen: Annotated[str, typer.Option("--listen", help="secc, csms: TCP address and port, [::1]:61000.")] = "",
    connect: Annotated[
        str,
        typer.Option(
            "--connect", help="evcc: address and port of the charger, no SDP; station: ws://HOST:PORT/PATH of the CSMS."
        ),
    ] = "",
    identity: Annotated[
        str, typer.Option("--identity", help="station: its identity; csms: the only one that it lets in.")
    ] = "",
    version: Annotated[
        OcppVersion | None,
        typer.Option("--version", help="OCPP version; a csms speaks both without it, a station ocpp2.0.1."),
    ] = None,
    password: Annotated[str, typer.Option("--password", help="station, csms: of Basic authentication.")] = "",
    security_profile: Annotated[
        int | None,
        typer.Option(
            "--security-profile", min=0, max=3, help="1 password, 2 TLS and password, 3 TLS both ways, 0 none."
        ),
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="So many stations, IDENTITY-1 and so on.")] = 1,
    cycle: Annotated[
        float, typer.Option("--cycle", min=0, help="Each of many stations charges an EV in so many seconds; 0: none.")
    ] = 0.0,
    token: Annotated[str, typer.Option("--token", help="idToken that drivers present.")] = "AABBCCDD",
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
    """Play a car for one session; a charger, a station or a CSMS until Ctrl-C; every message is shown as it passes.

    A station and a CSMS take commands on stdin: type help. Many stations (--count) show a progress line instead.
    Exit code: 0 the session ended in good order (car), or stopped by hand; 1 it did not; 2 usage.
    """
    with refusing("emulate"):
        from v2xconform.lab.yaml_lines import LabError

        _refuse_foreign(ctx, role)
        if (chain is None) != (key is None):
            raise LabError("--chain and --key belong together, and so do --contract-chain and --contract-key")
        if role in (Role.STATION, Role.CSMS):
            from v2xconform.cli.emulate_ocpp import OcppWish, play_ocpp

            wish = OcppWish(
                role=role.value, persona=persona, quirks=quirk or [], connect=connect, listen=listen, identity=identity,
                version=version.value if version is not None else "", password=password, profile=security_profile,
                count=count, cycle_s=cycle, token=token, pki=pki, chain=chain, key=key, trust=trust or [], lenient=lenient,
                trace=trace,
            )  # fmt: skip
            code = play_ocpp(wish)
        else:
            from v2xconform.cli.emulate_cable import play_cable, reach_of

            if control not in ("", "Scheduled", "Dynamic") or service not in ("", "AC", "DC", "AC_BPT", "DC_BPT"):
                raise LabError("--service is AC, DC, AC_BPT or DC_BPT; --control is Scheduled or Dynamic")
            reach = reach_of(
                iface=iface, connect=connect, listen=listen, sdp_port=sdp_port, tcp=tcp, profile=tls_profile.value,
                pki=pki, chain=chain, key=key, trust=trust or [], contract_chain=contract_chain,
                contract_key=contract_key, contract_trust=contract_trust or [],
            )  # fmt: skip
            settings: dict[str, Any] = {"mode": service or "any", "control": control}
            code = play_cable(role.value, persona, settings, quirk or [], reach, trace, not lenient)
    raise typer.Exit(code)


def _refuse_foreign(ctx: typer.Context, role: Role) -> None:
    """Refuse options of other roles. Raises LabError."""
    from v2xconform.lab.yaml_lines import LabError

    if role in (Role.EVCC, Role.SECC) and ctx.params["connect" if role is Role.SECC else "listen"]:
        raise LabError("--connect is for the car (evcc), --listen for the charger (secc)")
    for name, roles in _OF.items():
        given = ctx.get_parameter_source(name)
        if role.value not in roles and given is not None and given.name != "DEFAULT":
            option = f"--{name.replace('_', '-')}"
            raise LabError(f"{option} is for {' and '.join(sorted(roles))}, not for {role.value}")
