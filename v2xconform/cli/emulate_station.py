"""One charging station for ``v2xconform emulate``: recorded, shown, and driven by what is typed."""

from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from v2xconform.cli import typed
from v2xconform.cli.emulate_ocpp import OcppWish, cast_of, persona_of, say
from v2xconform.cli.typed import NotUnderstood

if TYPE_CHECKING:
    from v2xconform.emulators.quirks import Quirk
    from v2xconform.emulators.station.evse import Evse
    from v2xconform.emulators.station_actor import StationActor
    from v2xconform.lab.sut import OcppReach

_HELP = """plug [EVSE]            connect an EV                unplug [EVSE]      disconnect it
present [TOKEN [EVSE]] show an idToken              pause | resume [EVSE]  the EV stops or goes on taking energy
park | leave [EVSE]    the parking bay              fault | repair [EVSE]  a connector
heartbeat              send one now                 send ACTION [JSON] any request
offline | online       cut or mend the way          off | on           power
power-cycle            off, and on again            state              what there is
help                   this                         quit               end"""


async def play_station(wish: OcppWish, quirks: "list[Quirk]", reach: "OcppReach") -> None:
    """Play it until cancelled. Raises LabError, LinkError."""
    from v2xconform.cli.emulate_shown import show
    from v2xconform.emulators.ocpp_cast import OcppWishes
    from v2xconform.links.clock import real_clock
    from v2xconform.trace.recorder import Recorder

    recorder = Recorder(real_clock, wish.trace)
    try:
        actor = cast_of(wish, reach).station(
            persona_of(wish), wish.connect, OcppWishes(), quirks=quirks, recorder=recorder if wish.lenient else None
        )
        actor.recorder = recorder
        recorder.subscribe(show)
        name = actor.station.persona.name
        who = f"station {reach.identity} ({name}, {actor.station.version})"
        say(f"{who} connects to {wish.connect}; help lists commands, Ctrl-C ends it")
        driver = Driver(actor, wish.token)
        async with anyio.create_task_group() as group:
            driver.quit, driver.start = group.cancel_scope.cancel, group.start_soon
            group.start_soon(actor.run)
            try:
                await typed.obey(driver.obey, say)
                await anyio.sleep_forever()
            finally:
                with anyio.move_on_after(1.0, shield=True):
                    if actor.line is not None:
                        await actor.line.channel.websocket.say_goodbye(1000, "the station ends")
    finally:
        recorder.close()


class Driver:
    """Does at a station what is typed."""

    def __init__(self, actor: "StationActor", token: str) -> None:
        self.actor = actor
        self.token = token
        self.quit: Any = None
        self.start: Any = None

    def obey(self, line: str) -> None:
        """Do what a line says. Raises NotUnderstood."""
        word, _, rest = line.partition(" ")
        deeds = {
            "plug": "plug_in", "unplug": "unplug", "park": "park", "leave": "unpark", "pause": "ev_pauses",
            "resume": "ev_resumes",
        }  # fmt: skip
        station = self.actor.station
        words = rest.split()
        if word in deeds:
            self.actor.act(getattr(station.transactions, deeds[word]), self._evse(words))
        elif word in ("fault", "repair"):
            self.actor.act(getattr(station.availability, word), self._evse(words))
        elif word == "present":
            shown = {"idToken": words[0] if words else self.token, "type": "ISO14443"}
            self.actor.act(station.authorization.present, shown, self._evse(words[1:]))
        elif word == "heartbeat":
            self.actor.act(station.provisioning.heartbeat)
        elif word == "send":
            self._send(rest)
        elif word == "offline":
            self.start(self.actor.cut)
        elif word == "online":
            self.actor.mend()
        elif word in ("off", "on"):
            self.actor.act(station.power_off if word == "off" else station.power_on)
        elif word == "power-cycle":
            self.actor.act(station.provisioning.power_cycle)
        elif word == "state":
            self._state()
        elif word == "help":
            say(_HELP)
        elif word == "quit":
            self.quit()
        else:
            raise NotUnderstood(f"{word!r} is no command; help lists them")

    def _evse(self, words: list[str]) -> "Evse":
        number = typed.number(words[0], "an EVSE") if words else 1
        found = self.actor.station.evse(number)
        if found is None:
            raise NotUnderstood(f"this station has no EVSE {number}; it has {len(self.actor.station.evses)}")
        return found

    def _send(self, words: str) -> None:
        from v2xconform.protocols.ocpp.actions import ACTIONS

        station = self.actor.station
        if station.rpc is None:
            raise NotUnderstood("the station is not connected")
        action, payload = typed.request(words, ACTIONS[station.version]["station"], station.version)
        self.actor.act(partial(_call, station.rpc), action, payload)

    def _state(self) -> None:
        station = self.actor.station
        there = "connected" if station.rpc else "not connected"
        say(f"{station.identity}: {there}, boot {station.provisioning.status or 'not answered'}")
        for evse in station.evses:
            states = ", ".join(station.availability.state(evse, connector) for connector in evse.connectors)
            transaction = station.transactions.at(evse)
            more = f", transaction {transaction.id} {transaction.charging_state}" if transaction is not None else ""
            say(f"  EVSE {evse.id}: {states}{more}")


def _call(rpc: Any, action: str, payload: dict[str, Any], *, now: float) -> None:
    rpc.call(action, payload, now)
