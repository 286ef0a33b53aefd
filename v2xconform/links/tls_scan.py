"""What a TLS server accepts: versions, suites, groups, signature algorithms, and whose order counts.

One short connection for each question, one after the other, as a charger may serve only one car at a time. Lists are
found by taking away: offer all, strike out what the server chose, offer the rest, until it refuses.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import anyio

from v2xconform.links.errors import LinkError, LinkRefused
from v2xconform.links.stream import Network, Stream
from v2xconform.links.tls_answer import Answer, AnswerReader, ServerHello
from v2xconform.links.tls_hello import (
    GROUPS_12,
    GROUPS_13,
    SHARES,
    SIGNATURES,
    SUITES_12,
    SUITES_13,
    Hello,
    second_hello,
    suite_name,
)
from v2xconform.links.tls_messages import GROUPS
from v2xconform.links.tls_messages import SIGNATURES as SIGNATURE_NAMES
from v2xconform.trace.recorder import Recorder

ANSWER_TIMEOUT: Final = 3.0
"""Seconds that a server has for each answer."""
LONGEST_PROBE: Final = 120.0
"""Seconds after which no further question is asked."""
_END_TIMEOUT: Final = 0.5  # for questions that are answered before; only a server that ignores a FIN needs it
_SILENCES: Final = 3
_RETRIES: Final = (0.02, 0.1, 0.3)  # a single-threaded server may be between two connections
_SEGMENT_GAP: Final = 0.005
_SENTINELS: Final = (b"DOWNGRD\x01", b"DOWNGRD\x00")

Order = Literal["server", "client", "only one", "unknown"]


class GaveUp(Exception):  # noqa: N818  named after what the prober did
    """The server does not answer any more; the text says after what."""


class Asker:
    """Asks one server, one connection for each question."""

    def __init__(
        self, network: Network, host: str, port: int, recorder: Recorder | None, timeout: float = ANSWER_TIMEOUT
    ) -> None:
        self.network, self.host, self.port, self.recorder, self.timeout = network, host, port, recorder, timeout
        self.connections = 0
        self.began = anyio.current_time()
        self._silences = 0

    async def ask(self, hello: Hello | Sequence[bytes], *, whole: bool = False, to_the_end: bool = False) -> Answer:
        """Return the answer to a hello, or to byte strings that go out one by one.

        `whole` and `to_the_end` are those of `AnswerReader`. Raises LinkRefused when not even the first connection comes
        about, LinkUnavailable for an address that cannot be used, GaveUp when nothing has answered for a while.
        """
        pieces = [hello.records()] if isinstance(hello, Hello) else hello
        readers = [AnswerReader(whole=whole, to_the_end=to_the_end)]
        limit = min(self.timeout, _END_TIMEOUT) if to_the_end else self.timeout
        return self._noted(
            await self._with_stream(lambda stream: _exchange(stream, pieces, readers[0], to_the_end), readers, limit)
        )

    async def retry(self, hello: Hello) -> tuple[Answer, Answer | None]:
        """Return the answers to a hello and, if the first is a HelloRetryRequest, to the hello that follows it."""
        readers = [AnswerReader()]
        answers: list[Answer] = []

        async def both(stream: Stream) -> Answer:
            answers.append(await _exchange(stream, [hello.records()], readers[0], False))
            found = answers[0].hello
            if answers[0].kind == "retry" and found is not None and found.group in SHARES:
                second = second_hello(hello, found.group or 0, found.cookie).using(record_version=0x0303)
                readers.append(AnswerReader())
                return await _exchange(stream, [second.records()], readers[1], False)
            return answers[0]

        last = self._noted(await self._with_stream(both, readers, self.timeout))
        return (answers[0], last) if answers and last is not answers[0] else (last, None)

    async def connect(self) -> Stream:
        """Return a new connection. Raises LinkRefused, LinkUnavailable, GaveUp when the time for a probe is over."""
        if anyio.current_time() - self.began > LONGEST_PROBE:
            raise GaveUp(f"the probe was ended after {LONGEST_PROBE:g} s and {self.connections} connections")
        stream = await self._connect()
        self.connections += 1
        return stream

    def reset_patience(self) -> None:
        """Forget earlier silences: questions follow that a server may ignore."""
        self._silences = 0

    async def _connect(self) -> Stream:
        for pause in (*_RETRIES, None):
            try:
                return await self.network.connect(
                    self.host, self.port, recorder=self.recorder, src="tester", dst="sut", timeout=self.timeout
                )
            except LinkRefused as error:
                if pause is None or not self.connections or error.reason != "refused":
                    raise
                await anyio.sleep(pause)
        raise AssertionError("unreachable")

    async def _with_stream(
        self, talk: Callable[[Stream], Awaitable[Answer]], readers: list[AnswerReader], limit: float
    ) -> Answer:
        try:
            stream = await self.connect()
        except LinkRefused as error:
            if not self.connections:
                raise
            return Answer("refused", text=f"no connection any more after {self.connections}: {error}")
        stream.send_timeout = self.timeout
        answer: Answer | None = None
        try:
            with anyio.move_on_after(limit):
                answer = await talk(stream)
            if answer is None:
                answer = readers[-1].answer("silent", f"no answer within {limit:g} s")
        finally:
            with anyio.CancelScope(shield=True):
                if answer is None or answer.kind == "flood":
                    await stream.abort()
                else:
                    await stream.close()
        return answer

    def _noted(self, answer: Answer) -> Answer:
        self._silences = self._silences + 1 if answer.kind in ("silent", "refused") else 0
        if self._silences >= _SILENCES:
            raise GaveUp(f"{_SILENCES} questions in a row stayed without an answer: {answer.text}")
        return answer


async def _exchange(stream: Stream, pieces: Sequence[bytes], reader: AnswerReader, half_close: bool) -> Answer:
    try:
        for number, piece in enumerate(pieces):
            if number:
                await anyio.sleep(_SEGMENT_GAP)
            await stream.send(piece)
        if half_close:
            await stream.finish()
        while data := await stream.receive():
            if reader.receive(data):
                return reader.answer()
    except LinkError as error:
        return reader.answer("reset", f"no TLS answer: {error}")
    return reader.answer("closed", "the server closed the connection without an answer")


@dataclass(slots=True)
class Accepted:
    """What is accepted of one list."""

    codes: tuple[int, ...] = ()
    """In the order in which the server takes them."""
    order: Order = "unknown"
    """Whose preference decides."""


@dataclass(slots=True)
class Scan:
    """What a server accepts. Made by `scan`; "13" stands for TLS 1.3, "12" for TLS 1.2."""

    versions: dict[int, Answer] = field(default_factory=dict)
    """Asked version -> answer to a hello that offers it alone."""
    base: Hello | None = None
    """A hello of TLS 1.3 that the server accepts."""
    base_12: Hello | None = None
    plain: bool = True
    """False when the long list of everything was refused, and a short one had to be used."""
    empty_share: bool = True
    """False when a hello without a key share was refused instead of answered by a HelloRetryRequest."""
    suites_13: Accepted = field(default_factory=Accepted)
    suites_12: Accepted = field(default_factory=Accepted)
    groups_13: Accepted = field(default_factory=Accepted)
    groups_12: Accepted = field(default_factory=Accepted)
    signatures_13: tuple[int, ...] | None = None
    """None when no group with a known public key is accepted: then nothing gets the server to sign."""
    signatures_12: tuple[int, ...] = ()
    flight_12: Answer | None = None
    """The server's whole flight in TLS 1.2 or older: certificates and all, in the clear."""
    both: ServerHello | None = None
    """The answer to a hello that offers TLS 1.3 and 1.2."""
    sentinel: bool | None = None
    """Whether a ServerHello of TLS 1.2 shows that TLS 1.3 would have been possible; None when it is not."""
    faults: list[str] = field(default_factory=list)
    """What a server chose that had not been offered."""
    stopped: str = ""
    """Why the scan ended early."""

    def accepts(self, version: int) -> bool | None:
        """Tell whether a version is accepted; None when that is not known."""
        answer = self.versions.get(version)
        if answer is None or not (answer.definite or answer.kind in ("closed", "reset")):
            return None
        return answer.accepted and answer.hello is not None and answer.hello.version == version


async def scan(asker: Asker, preferred_13: Hello, found: Scan) -> None:
    """Fill `found` with what the server accepts; `preferred_13` is the hello of a car of the profile.

    Raises LinkRefused and LinkUnavailable when there is no connection at all, GaveUp when the answers cease.
    """
    await _versions(asker, preferred_13, found)
    if found.base is not None:
        await _lists_13(asker, found.base, found)
    if found.base_12 is not None and found.accepts(0x0303):
        await _lists_12(asker, found.base_12, found)
    if found.accepts(0x0304) and found.accepts(0x0303) and found.base is not None and found.base_12 is not None:
        hello = found.base.using(versions=(0x0304, 0x0303), suites=found.base.suites + found.base_12.suites)
        found.both = (await asker.ask(hello)).hello
        modest = found.versions[0x0303].hello
        found.sentinel = modest is not None and modest.random.endswith(_SENTINELS)


async def _versions(asker: Asker, preferred: Hello, found: Scan) -> None:
    with_shares = tuple(group for group in GROUPS_13 if group in SHARES)
    wide = Hello()
    candidates = (wide, preferred, wide.using(shares=with_shares), preferred.using(shares=preferred.groups))
    for number, candidate in enumerate(candidates):
        answer = await asker.ask(candidate)
        if number == 0 or answer.accepted:
            found.versions[0x0304] = answer
        if answer.kind in ("garbage", "flood", "silent"):
            break  # no other list would change that
        if answer.accepted:
            found.plain, found.empty_share = number in (0, 2), number in (0, 1)
            if answer.hello is not None and answer.hello.version == 0x0304:
                found.base = candidate
            break
    for version in (0x0303, 0x0302, 0x0301, 0x0300):
        old = Hello(versions=(version,), suites=SUITES_12, groups=GROUPS_12, record_version=min(version, 0x0301))
        answer = found.versions[version] = await asker.ask(old, whole=version <= 0x0303)
        if answer.accepted and answer.hello is not None and answer.hello.version == version:
            found.flight_12 = found.flight_12 or answer
            if version == 0x0303:
                found.base_12 = old


async def _lists_13(asker: Asker, base: Hello, found: Scan) -> None:
    shares = () if found.empty_share else base.shares

    def with_groups(codes: tuple[int, ...]) -> Hello:
        return base.using(groups=codes, shares=tuple(code for code in codes if code in shares))

    found.suites_13 = await _taken_away(
        asker, lambda codes: base.using(suites=codes), SUITES_13, lambda hello: hello.suite, suite_name, found
    )
    found.groups_13 = await _taken_away(
        asker, with_groups, GROUPS_13, lambda hello: hello.group, lambda code: GROUPS.get(code, hex(code)), found
    )
    share = next((group for group in found.groups_13.codes if group in SHARES), None)
    if share is not None:
        signing = base.using(groups=(share,), shares=(share,))
        found.signatures_13 = tuple(
            [code for code in SIGNATURES if (await asker.ask(signing.using(signatures=(code,)))).accepted]
        )


async def _lists_12(asker: Asker, base: Hello, found: Scan) -> None:
    found.suites_12 = await _taken_away(
        asker, lambda codes: base.using(suites=codes), SUITES_12, lambda hello: hello.suite, suite_name, found
    )
    ephemeral = tuple(code for code in found.suites_12.codes if "ECDHE" in suite_name(code))
    if not ephemeral:
        return
    curve = _field(await asker.ask(base.using(suites=ephemeral), whole=True), "group")
    groups = []
    for code in GROUPS_12:
        name = GROUPS.get(code, f"0x{code:04X}")
        alone = await asker.ask(base.using(suites=ephemeral, groups=(code,)), whole=True)
        if not alone.accepted and name != curve:
            # the curve of the server's certificate has to be among the groups (RFC 8422, 5.1)
            own = next((other for other, text in GROUPS.items() if text == curve), None)
            if own is not None:
                alone = await asker.ask(base.using(suites=ephemeral, groups=(code, own)), whole=True)
        if _field(alone, "group") == name:
            groups.append(code)
    found.groups_12 = Accepted(tuple(groups))
    signatures = []
    for code in SIGNATURES:
        answer = await asker.ask(base.using(suites=ephemeral, signatures=(code,)), whole=True)
        if _field(answer, "signature_algorithm") == SIGNATURE_NAMES.get(code, f"0x{code:04X}"):
            signatures.append(code)
    found.signatures_12 = tuple(signatures)


def _field(answer: Answer, name: str) -> str | None:
    """Return a field of the ServerKeyExchange."""
    value = (answer.body("ServerKeyExchange") or {}).get(name)
    return None if value is None else str(value)


async def _taken_away(
    asker: Asker,
    hello_with: Callable[[tuple[int, ...]], Hello],
    codes: tuple[int, ...],
    chosen: Callable[[ServerHello], int | None],
    name: Callable[[int], str],
    found: Scan,
) -> Accepted:
    """Return which of the codes are accepted, in the order in which the server takes them."""

    async def choice_of(offered: Sequence[int]) -> int | None:
        answer = await asker.ask(hello_with(tuple(offered)))
        choice = chosen(answer.hello) if answer.accepted and answer.hello is not None else None
        if choice is not None and choice not in offered:
            text = f"the server chose {name(choice)}, which had not been offered"
            if text not in found.faults:
                found.faults.append(text)
            return None
        return choice

    rest, taken = list(codes), list[int]()
    while rest and (choice := await choice_of(rest)) is not None:
        rest.remove(choice)
        taken.append(choice)
    if not taken and not found.plain:  # long lists are refused as such
        taken = [code for code in codes if await choice_of((code,)) == code]
    order: Order = "only one" if len(taken) == 1 else "unknown"
    if len(taken) > 1:
        pair = (taken[0], taken[-1]) if found.plain else tuple(taken[:2])
        ends = (await choice_of(pair), await choice_of(pair[::-1]))
        order = "client" if ends == pair else "server" if ends[0] == ends[1] and ends[0] is not None else "unknown"
    return Accepted(tuple(taken), order)
