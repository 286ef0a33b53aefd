"""The sentences of OCPP block A: security profiles, TLS, passwords, who is let in."""

from base64 import b64decode
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pytest_bdd import parsers

from v2xconform.emulators.ocpp_tls import FOUR_SUITES, TOO_OLD, name_fits
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.addresses import split_address
from v2xconform.links.errors import LinkError
from v2xconform.pki.requests import subject_value
from v2xconform.protocols.ocpp import ends_connection, frames
from v2xconform.protocols.ocpp.handshake import basic, credentials, identity_of
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import is_said, last_deed
from v2xconform.steps.ocpp_deeds import booted
from v2xconform.steps.ocpp_values import filled, note_down
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event

LIMIT = r"(?: within (?P<limit>\d+(?:\.\d+)?) s)?"
_CERTIFICATE = r"the certificate \"(?P<variant>[\w.-]+)\""
CONNECT_S: Final = 60.0
"""How long a Then step waits for a connection where it does not say it."""
_SUITES: Final = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "AES128-GCM-SHA256": "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "AES256-GCM-SHA384": "TLS_RSA_WITH_AES_256_GCM_SHA384",
}
"""OpenSSL's name -> that of [A00.FR.318]."""
_RSA_BITS: Final = 2048
_EC_BITS: Final = 224
GOOD_VERSIONS: Final = ("TLSv1.2", "TLSv1.3")


# ---- Given: how the two sides meet


@given(parsers.re(r"security profile (?P<profiles>[0-3](?: or [0-3])*)"))
async def _(bench: Bench, profiles: str) -> None:
    """An emulator of ours takes the first of them; a device has the one of its description."""
    wanted = [int(one) for one in profiles.split(" or ")]
    side = bench.ocpp
    if bench.setup.sut.emulator is not None:
        side.security_profile = wanted[0]
    elif side.reach.security_profile not in wanted:
        raise Inconclusive(
            f"the description of the SUT has security profile {side.reach.security_profile}; this test case needs {profiles}"
        )
    note_down(bench.recorder, "security_profile", side.reach.security_profile)


@given("the password of the station")
async def _(bench: Bench) -> None:
    """Note it down as $password: some test cases change it, and put it back."""
    note_down(bench.recorder, "password", bench.ocpp.reach.password)


@given("a CSMS without any station")
async def _(bench: Bench) -> None:
    """The CSMS under test is there; the tester's station is not switched on yet."""
    await bench.start_sut()


@when("the station boots")
async def _(bench: Bench) -> None:
    await booted(bench)


@given(parsers.re(r"the CSMS shows " + _CERTIFICATE + r" at first"))
async def _(bench: Bench, variant: str) -> None:
    """The tester's CSMS shows a broken certificate to the first connection, and its good one from then on."""
    bench.ocpp.csms_wishes.tls["first"] = (variant,)


@given("the CSMS speaks TLS 1.1 alone at first")
async def _(bench: Bench) -> None:
    bench.ocpp.csms_wishes.tls["first"] = (TOO_OLD,)


@given(
    parsers.re(
        r"the CSMS issues certificates that are (?P<flaw>expired|not-yet-valid|unknown-root|wrong-key|wrong-cn|tampered)"
    )
)
async def _(bench: Bench, flaw: str) -> None:
    """The tester's authority makes a mistake."""
    _security(bench)["flaw"] = flaw


@given(parsers.re(r"the CSMS withholds the first (?P<count>\d+) certificates"))
async def _(bench: Bench, count: str) -> None:
    _security(bench)["withholds"] = int(count)


@given("the CSMS refuses every CSR")
async def _(bench: Bench) -> None:
    _security(bench)["answers_csr"] = "Rejected"


@given("the station refuses new passwords")
async def _(bench: Bench) -> None:
    """The tester's station answers Rejected to a new BasicAuthPassword."""
    bench.ocpp.station_wishes.policy.setdefault("security", {})["refuses_passwords"] = True


@given("the station refuses new certificates")
async def _(bench: Bench) -> None:
    """The tester's station answers Rejected to CertificateSigned."""
    bench.ocpp.station_wishes.policy.setdefault("security", {})["refuses_valid"] = True


@when(parsers.re(r"the CSMS shows " + _CERTIFICATE + r" to the next connection"))
async def _(bench: Bench, variant: str) -> None:
    bench.ocpp.own_csms().next_certificates.append(variant)


@when("the CSMS shows a certificate below its new root from now on")
async def _(bench: Bench) -> None:
    bench.ocpp.own_csms().credentials.append("csms-new")


def _security(bench: Bench) -> dict[str, Any]:
    return bench.ocpp.csms_wishes.policy.setdefault("security", {})


# ---- When: a station at the door of the CSMS under test


@when("a station comes with another user name")
async def _(bench: Bench) -> None:
    reach = bench.ocpp.reach
    await knock(bench, authorization=basic(f"{reach.identity}X", reach.password))


@when("a station comes with a wrong password")
async def _(bench: Bench) -> None:
    reach = bench.ocpp.reach
    await knock(bench, authorization=basic(reach.identity, "0123456789-wrong-ABCDEF"))


@when("a station comes with an empty password")
async def _(bench: Bench) -> None:
    await knock(bench, authorization=basic(bench.ocpp.reach.identity, ""))


@when(parsers.re(r"a station comes with the password (?P<password>\$\w+)"))
async def _(bench: Bench, password: str) -> None:
    known = str(filled(bench.look, password))
    await knock(bench, authorization=basic(bench.ocpp.reach.identity, known))


@when("a station comes at the first address")
async def _(bench: Bench) -> None:
    """With the password and the security profile that were good before."""
    await knock(bench)


@when("a station comes without a password")
async def _(bench: Bench) -> None:
    await knock(bench, authorization="")


@when(parsers.re(r"a station comes and offers the subprotocols (?P<names>\S+(?:, \S+)*)"))
async def _(bench: Bench, names: str) -> None:
    offered = tuple(one.replace("$version", bench.ocpp.version) for one in names.split(", "))
    await knock(bench, subprotocols=offered)


@when(parsers.re(r"a station comes and boots with " + _CERTIFICATE))
async def _(bench: Bench, variant: str) -> None:
    """The serial number in its BootNotification is the station's own: one in the certificate differs from it."""
    await knock(bench, {"variant": variant})
    await _boot(bench, _serial(bench))


@when("a station comes and boots with another serial number")
async def _(bench: Bench) -> None:
    """Than that of its certificate."""
    await knock(bench)
    await _boot(bench, f"{_serial(bench)}-X")


async def _boot(bench: Bench, serial: str) -> None:
    """Let the station that has knocked say who it is, if it was let in."""
    side = bench.ocpp
    if side.knocked is None or not side.knocked.websocket.is_open:
        return
    who = {"model": "lab station", "vendorName": "v2xconform", "serialNumber": serial}
    boot = frames.call(side.new_id(), "BootNotification", {"reason": "PowerUp", "chargingStation": who})
    with suppress(LinkError):
        await side.knocked.send(boot)


@when("a station comes with TLS 1.1 alone")
async def _(bench: Bench) -> None:
    await knock(bench, {"variant": TOO_OLD})


@when("a station tries each of the four cipher suites of OCPP")
async def _(bench: Bench) -> None:
    """One TLS 1.2 connection each."""
    for suite in FOUR_SUITES.split(":"):
        await knock(bench, {"suites": suite, "maximum": "TLSv1.2"})
        if bench.ocpp.knocked is not None:
            await bench.ocpp.knocked.close()


async def knock(bench: Bench, tls: dict[str, Any] | None = None, **changes: Any) -> None:
    """Open a connection to the CSMS under test, whatever comes of it: it is on the trace."""
    await bench.start_sut()
    with suppress(LinkError):
        await bench.ocpp.knock(tls, **changes)
    await bench.ocpp.settle()


def _serial(bench: Bench) -> str:
    from v2xconform.lab.persona import load_station

    return load_station(bench.setup.tester_persona).serial


# ---- Then: who is let in


@then("the CSMS refuses the connection")
async def _(bench: Bench) -> None:
    """No WebSocket comes about: the handshake is refused, or the connection closed."""
    look = bench.look
    found = await after_deed(look, lambda e: _is_upgrade_answer(e) or _is_new_end(look, e), 10.0)
    observed = _shown(look, found, "neither an answer nor the end of the connection")
    refused = found is not None and not (found.kind == "handshake" and found.name == "switched")
    look.check("the CSMS does not let the station in", observed, refused, [found])


@then(parsers.re(rf"the CSMS lets the station in{LIMIT}"))
async def _(bench: Bench, limit: str | None) -> None:
    look = bench.look
    found = await after_deed(look, _is_upgrade_answer, float(limit or 10.0))
    let_in = found is not None and found.kind == "handshake" and found.name == "switched"
    look.check("the CSMS lets the station in", _shown(look, found, "no answer"), let_in, [found])


@then(parsers.re(r"the CSMS names the subprotocol (?P<name>\S+)"))
async def _(bench: Bench, name: str) -> None:
    look = bench.look
    wanted = name.replace("$version", look.context.protocol)
    found = await after_deed(look, _is_upgrade_answer, 10.0)
    chosen = (found.body or {}).get("subprotocol", "") if found is not None else ""
    right = found is not None and found.name == "switched" and chosen == wanted
    look.check(
        f"the subprotocol {wanted}", f"{_shown(look, found, 'no answer')} with {chosen or 'none'}", right, [found]
    )


@then(parsers.re(r"the CSMS (?:opens no WebSocket|ends it at once)"))
async def _(bench: Bench) -> None:
    """No common subprotocol: the handshake is refused, or completed without the header and closed at once (Part 4 3.2)."""
    look = bench.look
    found = await after_deed(look, lambda e: _is_upgrade_answer(e) or _is_new_end(look, e), 10.0)
    if found is not None and found.kind == "handshake" and found.name == "switched":
        link = found.link
        found = await look.first(lambda e: _is_end(e, "csms") and e.link == link, found, 10.0)
    look.check("no WebSocket stays open", _shown(look, found, "the WebSocket stays open"), found is not None, [found])


@then(parsers.re(rf"the CSMS terminates that connection{LIMIT}"))
async def _(bench: Bench, limit: str | None) -> None:
    """By TLS, by HTTP or by closing: the sooner the better, and no boot is accepted."""
    look, limit_s = bench.look, float(limit or 10.0)
    found = await after_deed(
        look,
        lambda e: _is_end(e, "csms") or (e.layer == "websocket" and e.name == "refused")
        or (is_said(e, "csms", "BootNotificationResponse") and e.body.get("status") == "Accepted"),
        limit_s + look.context.close_tolerance_s,
    )  # fmt: skip
    ended = found is not None and found.kind != "message"
    if not ended and found is not None:  # it may still close behind its answer [B01.FR.12]
        link = found.link
        closed = await look.first(lambda e: _is_end(e, "csms") and e.link == link, found, 5.0)
        found, ended = closed or found, closed is not None
    look.check("the CSMS terminates the connection", _shown(look, found, "the connection stays open"), ended, [found])


def _is_upgrade_answer(event: Event) -> bool:
    return event.layer == "websocket" and event.kind == "handshake" and event.name in ("switched", "refused")


def _is_new_end(look: Look, event: Event) -> bool:
    """Tell whether the CSMS ends a connection that was made since the last deed."""
    if not _is_end(event, "csms"):
        return False
    opened = next((e for e in look.trace.events if e.link == event.link and e.kind == "open"), None)
    return opened is not None and opened.id > last_deed(look)


def _is_end(event: Event, role: str) -> bool:
    if event.kind == "handshake" and event.layer == "tls" and event.name == "failed":
        return True
    return ends_connection(event.layer, event.kind) and (event.body or {}).get("by") == role


def _shown(look: Look, event: Event | None, nothing: str) -> str:
    if event is None:
        return nothing
    if event.layer == "websocket" and event.kind == "handshake":
        return f"HTTP status {(event.body or {}).get('status')}"
    if event.layer == "tls" and event.name == "failed":
        return f"TLS: {(event.body or {}).get('error')}"
    return look.describe(event)


async def after_deed(look: Look, wanted: Any, within_s: float) -> Event | None:
    """Return the first wanted event since the last deed."""
    number = last_deed(look)
    start = look.events[number - 1].seconds if number else 0.0
    return await look.trace.first(wanted, number, start + within_s)


# ---- Then: what the station shows of itself


@then(parsers.re(rf"the station authenticates itself with the password (?P<password>\$\w+){LIMIT}"))
async def _(bench: Bench, password: str, limit: str | None) -> None:
    """The user is the identity at the end of the URL ([A00.FR.204]); passwords are compared, and never shown."""
    look = bench.look
    found = await after_deed(look, lambda e: e.layer == "websocket" and e.name == "upgrade", float(limit or CONNECT_S))
    observed, right = "no connection", False
    if found is not None:
        header = next((value for name, value in found.body["headers"] if name.lower() == "authorization"), "")
        given, identity = credentials(header), identity_of(found.body["target"])
        if given is None:
            observed = "no readable Authorization header" if header else "no Authorization header"
        elif given[0] != identity:
            observed = f"the user {given[0]!r} of the station {identity!r}"
        else:
            right = _digest(given[1]) == _digest(str(filled(look, password)))
            observed = f"the user {given[0]!r} with {'that' if right else 'another'} password"
    look.check("HTTP Basic authentication with the identity and that password", observed, right, [found])


@then("the CSMS asks for a certificate")
async def _(bench: Bench) -> None:
    """Security profile 3 ([A00.FR.402])."""
    look = bench.look
    found = await after_deed(look, lambda e: is_tls(e, "CertificateRequest", "csms"), CONNECT_S)
    observed = "a CertificateRequest" if found is not None else "no CertificateRequest"
    look.check("the CSMS asks for a certificate of the station", observed, found is not None, [found])


def _digest(password: str) -> str:
    return sha256(password.encode()).hexdigest()


@then(parsers.re(rf"the station refuses the TLS handshake{LIMIT}"))
async def _(bench: Bench, limit: str | None) -> None:
    """It begins one, and comes to no WebSocket with it ([A00.FR.311])."""
    look = bench.look
    hello = await after_deed(look, lambda e: is_tls(e, "ClientHello", "station"), float(limit or CONNECT_S))
    found = None
    if hello is not None:
        found = await look.first(
            lambda e: e.link == hello.link
            and (_is_end(e, "station") or (e.layer == "websocket" and e.name == "upgrade")),
            hello, 20.0,
        )  # fmt: skip
    refused = found is not None and found.layer != "websocket"
    nothing = "the handshake is neither refused nor used" if hello is not None else "no TLS handshake was begun"
    observed = "the station goes on and asks for a WebSocket" if not refused and found else _shown(look, found, nothing)
    look.check("the station refuses the TLS handshake", observed, refused, [hello, found])


@then("the CSMS refuses the TLS handshake")
async def _(bench: Bench) -> None:
    look = bench.look
    found = await after_deed(look, lambda e: e.layer == "tls" and e.name in ("failed", "established"), 15.0)
    refused = found is not None and found.name == "failed"
    observed = (
        f"TLS {found.body.get('version')} was agreed" if found and not refused else _shown(look, found, "nothing")
    )
    look.check("the CSMS refuses the TLS handshake", observed, refused, [found])


@then("the connection uses TLS 1.2 or higher")
async def _(bench: Bench) -> None:
    look = bench.look
    found = await after_deed(look, lambda e: e.layer == "tls" and e.name == "established", CONNECT_S)
    version = (found.body or {}).get("version", "") if found is not None else ""
    look.check("TLS 1.2 or 1.3", version or "no TLS handshake was finished", version in GOOD_VERSIONS, [found])


@then("the station offers the cipher suites of OCPP")
async def _(bench: Bench) -> None:
    """Both with ECDHE_ECDSA or both with RSA ([A00.FR.319])."""
    look = bench.look
    found = await after_deed(look, lambda e: is_tls(e, "ClientHello", "station"), CONNECT_S)
    offered = (found.body or {}).get("suites", []) if found is not None else []
    names = list(_SUITES.values())
    right = set(names[:2]) <= set(offered) or set(names[2:]) <= set(offered)
    look.check(f"{' and '.join(names[:2])}, or {' and '.join(names[2:])}", ", ".join(offered), right, [found])


@then("the CSMS agrees to each of them")
async def _(bench: Bench) -> None:
    """To the four suites of [A00.FR.318]."""
    look, number = bench.look, last_deed(bench.look)
    agreed = {
        _SUITES.get(e.body.get("suite", ""), ""): e
        for e in look.events[number:]
        if e.layer == "tls" and e.name == "established"
    }
    missing = [name for name in _SUITES.values() if name not in agreed]
    look.check("all four cipher suites", f"no agreement to {', '.join(missing)}" if missing else "all four", not missing,
               list(agreed.values()))  # fmt: skip


@then("the CSMS shows a sound certificate")
async def _(bench: Bench) -> None:
    """A long enough key, a serial number, O, and the host as common name ([A00.FR.501] to [A00.FR.510])."""
    look = bench.look
    found = await after_deed(look, lambda e: is_tls(e, "Certificate", "csms"), CONNECT_S)
    leaf = leaf_of(found)
    problem = "no certificate" if leaf is None else _key_problem(leaf)
    asked = await after_deed(look, lambda e: e.layer == "websocket" and e.name == "upgrade", 20.0)
    host = _host(asked)
    if leaf is not None and not problem and host and not host.replace(".", "").isdecimal() and ":" not in host:
        problem = "" if name_fits(leaf, host, wildcards=True) else f"the certificate is not for {host}"
    look.check("a certificate with all its properties", problem or "it has them", not problem, [found])


@then("the station shows a sound certificate")
async def _(bench: Bench) -> None:
    """A long enough key, O, and the serial number of the station as common name ([A00.FR.501] to [A00.FR.511])."""
    look = bench.look
    boot = await after_deed(look, lambda e: is_said(e, "station", "BootNotificationRequest"), 90.0)
    found = await after_deed(look, lambda e: is_tls(e, "Certificate", "station"), CONNECT_S)
    leaf = leaf_of(found)
    problem = "no certificate" if leaf is None else _key_problem(leaf)
    if leaf is not None and not problem:
        name = subject_value(leaf.subject, NameOID.COMMON_NAME)
        serial = boot.body["chargingStation"].get("serialNumber", "") if boot is not None else ""
        if not name or (serial and name != serial):
            problem = f"the common name is {name!r}, the serial number {serial!r}"
    look.check("a certificate with all its properties", problem or "it has them", not problem, [found, boot])


def is_tls(event: Event, name: str, role: str) -> bool:
    """Tell whether the event is a TLS handshake message of a role."""
    return event.layer == "tls" and event.kind == "handshake" and event.name == name and event.src == role


def leaf_of(event: Event | None) -> x509.Certificate | None:
    """Return the leaf in a Certificate message, None where there is none that can be read."""
    chain = (event.body or {}).get("chain", []) if event is not None else []
    try:
        return x509.load_der_x509_certificate(b64decode(chain[0])) if chain else None
    except ValueError:
        return None


def _key_problem(leaf: x509.Certificate) -> str:
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _RSA_BITS:
        return f"an RSA key of {key.key_size} bits; {_RSA_BITS} are the least"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _EC_BITS:
        return f"an EC key of {key.key_size} bits; {_EC_BITS} are the least"
    if not subject_value(leaf.subject, NameOID.ORGANIZATION_NAME):
        return "the subject has no organization name (O)"
    return ""


def _host(event: Event | None) -> str:
    if event is None:
        return ""
    header = next((value for name, value in event.body["headers"] if name.lower() == "host"), "")
    try:
        return split_address(header)[0] if ":" in header else header
    except (ValueError, LabError):
        return header.rpartition(":")[0]
