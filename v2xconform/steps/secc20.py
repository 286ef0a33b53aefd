"""The sentences of test cases with a charger (SECC) as system under test: ISO 15118-20. The tester plays the EV."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from pytest_bdd import parsers
from ruamel.yaml import YAML

from v2xconform.emulators.bends import Bend, Bending, Part, apply_fields
from v2xconform.emulators.cast import Mode
from v2xconform.emulators.evcc_actor import EvccActor, NotReached
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.links.errors import LinkError
from v2xconform.protocols.iso15118 import app_protocol, messages20
from v2xconform.protocols.iso15118.session20 import as_list
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import parse_changes, parse_value, show
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event
from v2xconform.trace.query import MISSING, field_at, is_protocol_message, messages, rational, response_code

# ---- Given: what kind of EV, and how far it has come


@given("a charger that waits for a car")
async def _(bench: Bench) -> None:
    await bench.start_sut()


@given(parsers.re(r"a(?:n)? (?:(?P<control>Scheduled|Dynamic) )?(?P<mode>any|AC|DC|AC_BPT|DC_BPT) session has reached "
                  r"(?P<message>\w+?)(?: for the (?P<nth>\d+)(?:st|nd|rd|th) time)?"))  # fmt: skip
async def _(bench: Bench, control: str | None, mode: str, message: str, nth: str | None) -> None:
    wishes = bench.evcc_wishes
    wishes.mode = cast(Mode, mode)
    wishes.control = cast(Any, control or "")
    wishes.stays = True
    ev = await bench.connected_ev()
    await ev.reach(message, int(nth or 1))


@given(parsers.parse('an EV that shows the vehicle certificate "{variant}"'))
async def _(bench: Bench, variant: str) -> None:
    bench.evcc_wishes.tls = bench.evcc_wishes.tls.model_copy(update={"variant": variant})
    bench.evcc_wishes.tls.model_fields_set.add("variant")


@given("an EV that shows its right certificate")
async def _(bench: Bench) -> None:
    bench.evcc_wishes.tls = type(bench.evcc_wishes.tls)()


@given("an EV that shows no certificate")
async def _(bench: Bench) -> None:
    bench.evcc_wishes.tls = type(bench.evcc_wishes.tls)(variant="none")


@given("an EV that speaks TLS 1.2 and nothing newer")
async def _(bench: Bench) -> None:
    quirk = type(bench.evcc_wishes.tls)
    bench.evcc_wishes.tls = quirk(minimum="TLSv1.2", maximum="TLSv1.2")


@given(parsers.parse("an EV that offers only the {what} {names} in TLS"))
async def _(bench: Bench, what: str, names: str) -> None:
    quirk = type(bench.evcc_wishes.tls)
    if what not in ("suites", "groups", "signatures"):
        raise LabError(f"TLS has no list of {what}; use suites, groups or signatures")
    bench.evcc_wishes.tls = quirk.model_validate({what: names})


@given("an EV that asks for no TLS")
async def _(bench: Bench) -> None:
    bench.evcc_wishes.transport = "tcp"


@given(parsers.re(r"an EV with (?P<path>[\w.]+) = (?P<value>.+)"))
async def _(bench: Bench, path: str, value: str) -> None:
    """Change one field of the persona of the tester's EV."""
    *way, name = path.split(".")
    changes = bench.evcc_wishes.persona
    for part in way:
        changes = changes.setdefault(part, {})
    changes[name] = parse_value(value)


@given("an EV that offers the protocols")
async def _(bench: Bench, datatable: list[list[str]]) -> None:
    header, *rows = datatable
    if header != ["namespace", "major", "minor"]:
        raise LabError(f"the table of protocols has the columns namespace, major, minor, not {', '.join(header)}")
    bench.evcc_wishes.offer = [app_protocol.AppProtocol(name, int(major), int(minor)) for name, major, minor in rows]


# ---- When: what the EV does then


@when("the EV looks for the charger")
async def _(bench: Bench) -> None:
    await bench.start_sut()
    ev = bench.new_ev()
    await ev.discover()


@when("the EV connects")
async def _(bench: Bench) -> None:
    await bench.connected_ev()


@when("the EV tries to connect")
async def _(bench: Bench) -> None:
    await bench.try_to_connect()


@when(parsers.re(r"the EV sends (?P<message>\w+)(?: once more)?"))
async def _(bench: Bench, message: str) -> None:
    await _send(bench, message, Bend(at=message))


@when(parsers.re(r"the EV sends (?P<message>\w+) with (?P<changes>.+ = .+)"))
async def _(bench: Bench, message: str, changes: str) -> None:
    await _send(bench, message, Bend(at=message, set=parse_changes(changes)))


@when(parsers.re(r"the EV sends (?P<message>\w+) without (?P<paths>[\w.@]+)"))
async def _(bench: Bench, message: str, paths: str) -> None:
    await _send(bench, message, Bend(at=message, remove=[paths]))


@when(parsers.re(r"the EV sends (?P<message>\w+) bent by"))
async def _(bench: Bench, message: str, docstring: str) -> None:
    bend = bend_from(message, docstring)
    if bend.frame is None and bend.payload is None and not bend.truncate:
        await _send(bench, message, bend)
        return
    ev = await _standing_ev(bench, message)
    for part in Bending((bend,), ev.build).plan(ev.build(message)):  # no request: the EV waits for no answer
        await ev.send_wrong(part)


@when(parsers.parse("the EV sends {message} in pieces of {size:d} bytes"))
async def _(bench: Bench, message: str, size: int) -> None:
    await _send(bench, message, Bend(at=message, split=size))


@when(parsers.re(r"the EV asks with (?P<message>\w+) for (?P<changes>.+ = .+)"))
async def _(bench: Bench, message: str, changes: str) -> None:
    """Send a valid variation of a request: unlike *sends … with*, nothing about it is wrong on purpose."""
    ev = await _standing_ev(bench, message)
    await ev.send(apply_fields(ev.build(message), Bend(at=message, set=parse_changes(changes))))


@when(parsers.re(r"the EV from now on asks with (?P<message>\w+) for (?P<changes>.+ = .+)"))
async def _(bench: Bench, message: str, changes: str) -> None:
    ev = await bench.connected_ev()
    ev.habits.append(Bend(at=message, set=parse_changes(changes)))


@when("the EV asks for the details of every offered service")
async def _(bench: Bench) -> None:
    ev = await _standing_ev(bench, "ServiceDetailReq")
    assert ev.session is not None
    offer = ev.session.memory.responses.get("ServiceDiscoveryRes", {})
    for listed in ("EnergyTransferServiceList", "VASList"):
        for service in as_list(offer.get(listed, {}).get("Service")):
            await ev.send(
                apply_fields(ev.build("ServiceDetailReq"), Bend(at="*", set={"ServiceID": service["ServiceID"]}))
            )
            await ev.settle()


@when("the EV sends the bytes")
async def _(bench: Bench, docstring: str) -> None:
    ev = await bench.connected_ev()
    await ev.send_wrong(Part(data=bytes.fromhex(docstring)))


@when(parsers.parse("the EV sends the SDP datagram {data}"))
async def _(bench: Bench, data: str) -> None:
    await bench.start_sut()
    await bench.send_sdp(bytes.fromhex(data))


@when("the EV stays silent")
async def _(bench: Bench) -> None:
    await bench.say_nothing()


@when(parsers.parse("the EV waits {seconds:g} s"))
async def _(bench: Bench, seconds: float) -> None:
    await bench.look.trace.wait_until(bench.recorder.now() + seconds)


@when(parsers.re(r"the session goes on to (?P<message>\w+?)(?: for the (?P<nth>\d+)(?:st|nd|rd|th) time)?"))
async def _(bench: Bench, message: str, nth: str | None) -> None:
    ev = await bench.connected_ev()
    await ev.reach(message, int(nth or 1))


@when(parsers.parse("the session goes on for {seconds:g} s"))
async def _(bench: Bench, seconds: float) -> None:
    ev = await bench.connected_ev()
    await ev.go_on(seconds)


@when(parsers.re(r"a(?:n)? (?:(?P<control>Scheduled|Dynamic) )?(?P<mode>any|AC|DC|AC_BPT|DC_BPT) session with "
                 r"(?P<seconds>\d+(?:\.\d+)?) s of charging is run to its end"))  # fmt: skip
async def _(bench: Bench, control: str | None, mode: str, seconds: str) -> None:
    """Run a whole session; where it breaks off is on the trace, and Then steps judge it."""
    wishes = bench.evcc_wishes
    wishes.mode, wishes.control, wishes.stays = cast(Mode, mode), cast(Any, control or ""), True
    try:
        ev = await bench.connected_ev()
        await ev.reach(f"{mode[:2]}_ChargeLoopReq")
        await ev.go_on(float(seconds))
        ev.stop("Terminate")
        await ev.finish()
    except (NotReached, LinkError):
        pass


@when(parsers.re(r"the session is tried (?:up to (?P<message>\w+)|for (?P<seconds>\d+(?:\.\d+)?) s)"))
async def _(bench: Bench, message: str | None, seconds: str | None) -> None:
    """Let the session go on, as far as the charger lets it."""
    with suppress(NotReached, LinkError):
        ev = await bench.connected_ev()
        await (ev.reach(message) if message else ev.go_on(float(seconds or 0)))


@when("the EV ends the session")
async def _(bench: Bench) -> None:
    """Let the EV do what is left up to the end, as far as the charger lets it."""
    ev = await bench.connected_ev()
    try:
        ev.stop("Terminate")
        await ev.finish()
    except (NotReached, LinkError):
        pass


@when("the driver ends the session")
async def _(bench: Bench) -> None:
    ev = await bench.connected_ev()
    ev.stop("Terminate")


@when("the driver pauses the session")
async def _(bench: Bench) -> None:
    ev = await bench.connected_ev()
    ev.stop("Pause")


@when("the EV closes the connection")
async def _(bench: Bench) -> None:
    ev = await bench.connected_ev()
    await ev.close()


@when("the EV resets the connection")
async def _(bench: Bench) -> None:
    ev = await bench.connected_ev()
    await ev.send_wrong(Part(close="rst"))


@when("a new session is tried")
async def _(bench: Bench) -> None:
    """Let a new EV connect and negotiate, as far as the charger lets it."""
    with suppress(NotReached, LinkError):
        await bench.another_ev()
    await bench.try_to_connect()


@when("a new session is started")
async def _(bench: Bench) -> None:
    await bench.another_ev()


@when(parsers.parse("the EV sends {message} although the session is over"))
async def _(bench: Bench, message: str) -> None:
    ev = await bench.connected_ev()
    await ev.settle()
    with suppress(LinkError):  # a charger that has closed already takes nothing
        await ev.send(ev.build(message), Bend(at=message))


async def _send(bench: Bench, name: str, bend: Bend) -> None:
    ev = await _standing_ev(bench, name)
    await ev.send(ev.build(name), bend)


async def _standing_ev(bench: Bench, name: str) -> EvccActor:
    """Return the EV in a session that goes on. Raises NotReached when it does not."""
    if name not in messages20.REQUESTS and name != app_protocol.REQUEST:
        raise LabError(f"{name} is no request of the EV")
    ev = await bench.connected_ev()
    await ev.settle()
    if ev.end:
        raise NotReached(f"{name} could not be sent: {ev.end}")
    return ev


def bend_from(at: str, text: str) -> Bend:
    """Return the bend that a docstring of a feature file describes in YAML. Raises LabError."""
    try:
        fields = YAML(typ="safe").load(text)
        return Bend(at=at, **(fields or {}))
    except (ValueError, TypeError) as error:
        raise LabError(f"bend of {at}: {error}") from None


# ---- Then: what only a charger can be asked about


@then(parsers.parse("the charger answers nothing but a failure for {limit:g} s"))
async def _(bench: Bench, limit: float) -> None:
    look = bench.look
    asked = look.asked()
    answer = await look.first(lambda e: e.src == look.sut and is_protocol_message(e), asked, limit)
    refused = answer is None or response_code(answer).lower().startswith("failed")
    look.check("no answer, or one with a FAILED code", look.describe(answer, asked), refused, [asked, answer])


@then("the charger serves the new session")
async def _(bench: Bench) -> None:
    look = bench.look
    events = look.events[: look.cursor]
    opened = [e for e in events if e.kind == "open" and e.layer == "tcp" and e.src == look.context.tester]
    tried = next((e for e in events if e.kind == "step" and e.name.endswith("a new session is tried")), None)
    fresh = [e for e in opened if tried is not None and e.id > tried.id]
    answers = [e for e in events if e.name == app_protocol.RESPONSE and fresh and e.id > fresh[0].id]
    observed = look.describe(answers[0]) if answers else "a connection without an answer" if fresh else "no connection"
    met = bool(answers) and response_code(answers[0]).startswith("OK")
    look.check("a new connection and a successful negotiation", observed, met, [*fresh[:1], *answers[:1]])


@then("ISO 15118-20 is not selected")
async def _(bench: Bench) -> None:
    look = bench.look
    await look.trace.wait_until(look.events[look.cursor - 1].seconds + 2.0)
    answer = next(messages(look.events, src=look.sut, name=app_protocol.RESPONSE), None)
    chosen = _chosen(look.events, answer) if answer is not None else ""
    observed = f"{look.describe(answer)} {chosen}".strip()
    look.check("no selection of ISO 15118-20", observed, not chosen.startswith("urn:iso:std:iso:15118:-20"), [answer])


@then("the charger has asked for the certificate of the EV")
async def _(bench: Bench) -> None:
    look = bench.look
    hello = look.before(lambda e: e.kind == "handshake" and e.name == "ServerHello")
    asked = look.before(lambda e: e.kind == "handshake" and e.name == "CertificateRequest")
    look.check("a CertificateRequest", "sent" if asked else "none", asked is not None, [asked or hello])


@then(parsers.parse("the charger has selected {namespace}"))
async def _(bench: Bench, namespace: str) -> None:
    look = bench.look
    asked = look.asked()
    answer = await look.answer(asked, 2.0)
    chosen = _chosen(look.events, answer) if answer is not None and answer.kind == "message" else ""
    look.check(f"the selection of {namespace}", chosen or look.describe(answer), chosen == namespace, [asked, answer])


def _chosen(events: Sequence[Event], answer: Event) -> str:
    """Return the namespace that a supportedAppProtocolRes selects, empty where it selects none."""
    if not response_code(answer).startswith("OK"):
        return ""
    asked = next((e for e in reversed(events[: answer.id]) if e.name == app_protocol.REQUEST), None)
    offers = as_list(asked.body.get("AppProtocol")) if asked is not None and isinstance(asked.body, dict) else []
    wanted = answer.body.get("SchemaID")
    return next((str(o["ProtocolNamespace"]) for o in offers if o.get("SchemaID") == wanted), f"SchemaID {wanted}")


@then(parsers.parse("SDP is answered once within {limit:g} s"))
async def _(bench: Bench, limit: float) -> None:
    look = bench.look
    asked = look.before(lambda e: e.layer in ("sdp", "udp") and e.src == look.context.tester)
    await look.trace.wait_until((asked.seconds if asked else 0.0) + limit)
    found = [e for e in look.events if e.layer == "sdp" and e.src == look.sut and asked and e.id > asked.id]
    look.check("one SECCDiscoveryRes", f"{len(found)} of them", len(found) == 1, [asked, *found[:3]])


@then(parsers.re(r"the answer has (?P<path>[\w.@]+)"))
async def _(bench: Bench, path: str) -> None:
    look = bench.look
    answer = _answer(bench)
    look.check(f"{answer.name} with {path}", show(answer, path), field_at(answer.body, path) is not MISSING, [answer])


def _answer(bench: Bench) -> Event:
    answer = bench.look.answer_before()
    if answer is None:
        raise Inconclusive("the charger had sent no message")
    return answer


@then(parsers.parse("no two {message} have the same {path}"))
async def _(bench: Bench, message: str, path: str) -> None:
    look = bench.look
    found = list(messages(look.events, src=look.sut, name=message))
    if len(found) < 2:
        raise Inconclusive(f"there were {len(found)} {message}, two are needed to compare")
    values = [str(field_at(event.body, path)) for event in found]
    look.check(f"a new {path} in each {message}", ", ".join(values), len(set(values)) == len(values), found)


_NUMBER = r"-?\d+(?:\.\d+)?"


@then(parsers.re(rf"the last (?P<message>\w+) has (?P<name>\w+) from (?P<low>{_NUMBER}) to (?P<high>{_NUMBER})"))
async def _(bench: Bench, message: str, name: str, low: str, high: str) -> None:
    look = bench.look
    event = _last(bench, message)
    value = amount_in(event, name)
    met = value is not None and float(low) <= value <= float(high)
    look.check(f"{name} from {low} to {high} in the last {message}", _shown(value), met, [event])


@then(
    parsers.re(
        rf"the last (?P<message>\w+) has (?P<name>\w+) within (?P<slack>{_NUMBER}) of "
        r"(?P<other>\w+) in (?P<source>\w+)"
    )
)
async def _(bench: Bench, message: str, name: str, slack: str, other: str, source: str) -> None:
    look = bench.look
    event, reference = _last(bench, message), _last(bench, source)
    value, wanted = amount_in(event, name), amount_in(reference, other)
    if wanted is None:
        raise LabError(f"the last {source} has no number {other}")
    met = value is not None and abs(value - wanted) <= float(slack)
    look.check(f"{name} within {slack} of {other} {wanted:g}", _shown(value), met, [reference, event])


@then(parsers.re(r"no (?P<message>\w+) has (?P<name>\w+) beyond (?P<other>\w+) of (?P<source>\w+)"))
async def _(bench: Bench, message: str, name: str, other: str, source: str) -> None:
    """Compare magnitudes: limits of discharging are magnitudes, set points are signed. 5 % and 2 units are allowed.

    A field that no message has is optional: what the source says holds, and nothing is beyond it.
    """
    look = bench.look
    reference = _last(bench, source)
    limit = amount_in(reference, other)
    if limit is None:
        raise Inconclusive(f"the last {source} has no number {other}")
    found = list(messages(look.events, src=look.sut, name=message))
    given_values = [(event, value) for event in found if (value := amount_in(event, name)) is not None]
    wrong = [(event, value) for event, value in given_values if abs(value) > abs(limit) * 1.05 + 2.0]
    if not found:
        raise Inconclusive(f"there was no {message}")
    observed = f"event {wrong[0][0].id}: {wrong[0][1]:g}" if wrong else f"{len(given_values)} of {len(found)} have it"
    look.check(f"no {name} beyond {limit:g}", observed, not wrong, [reference, *(event for event, _ in wrong[:3])])


def _last(bench: Bench, message: str) -> Event:
    found = bench.look.before(lambda e: is_protocol_message(e) and e.name == message)
    if found is None:
        raise Inconclusive(f"there was no {message}")
    return found


def _shown(value: float | None) -> str:
    return "absent" if value is None else f"{value:g}"


def amount_in(event: Event, name: str) -> float | None:
    """Return the number of that name anywhere in a message: fields of control modes lie in elements of many names."""
    return _amount_in(event.body, name)


def _amount_in(tree: Any, name: str) -> float | None:
    if not isinstance(tree, dict):
        return None
    if name in tree:
        value = tree[name]
        return float(value) if isinstance(value, int | float) else rational(value)
    return next((value for part in tree.values() if (value := _amount_in(part, name)) is not None), None)
