"""The sentences of test cases with a charger (SECC) as system under test: ISO 15118-20. The tester plays the EV."""

from typing import Any, cast

from pytest_bdd import parsers
from ruamel.yaml import YAML

from v2xconform.emulators.bends import Bend, Part
from v2xconform.emulators.cast import Mode
from v2xconform.emulators.evcc_actor import NotReached
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.iso15118 import app_protocol, messages20
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import parse_changes
from v2xconform.steps.vocabulary import given, when

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
    bench.evcc_wishes.tls = quirk(**{what: names})


@given("an EV that asks for no TLS")
async def _(bench: Bench) -> None:
    bench.evcc_wishes.transport = "tcp"


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
    await _send(bench, message, bend_from(message, docstring))


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


@when("a new session is started")
async def _(bench: Bench) -> None:
    await bench.another_ev()


async def _send(bench: Bench, name: str, bend: Bend) -> None:
    ev = await bench.connected_ev()
    await ev.settle()
    if ev.end:
        raise NotReached(f"{name} could not be sent: {ev.end}")
    if name not in messages20.REQUESTS and name != app_protocol.REQUEST:
        raise LabError(f"{name} is no request of the EV")
    await ev.send(ev.build(name), bend)


def bend_from(at: str, text: str) -> Bend:
    """Return the bend that a docstring of a feature file describes in YAML. Raises LabError."""
    try:
        fields = YAML(typ="safe").load(text)
        return Bend(at=at, **(fields or {}))
    except (ValueError, TypeError) as error:
        raise LabError(f"bend of {at}: {error}") from None
