"""How a TLS server takes what is unusual, and what is wrong: a table of ClientHellos with what is expected of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from v2xconform.links.tls_answer import Answer, ServerHello
from v2xconform.links.tls_hello import (
    GREASE,
    RECORD_LIMIT,
    SHARES,
    UNKNOWN_EXTENSION,
    Hello,
    group_name,
    record,
    suite_name,
    vector,
    version_name,
)
from v2xconform.links.tls_messages import MAX_FRAGMENT
from v2xconform.links.tls_scan import Asker, Scan

Expected = Literal["accepted", "refused", "either"]
Outcome = Literal["PASS", "FAIL", "WARN", "unknown"]

_CIPHERTEXT_MARGIN: Final = 256  # RFC 8446, 5.2: what encryption may add to a fragment


@dataclass(frozen=True, slots=True)
class Trial:
    """One unusual or wrong ClientHello."""

    name: str
    clause: str
    """Where it is said how to take it."""
    expected: Expected
    pieces: Callable[[Hello], Sequence[bytes]]
    """Made of a hello that the server accepts; sent one by one."""
    severity: Outcome = "FAIL"
    """What it means when the server does otherwise."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one trial ended."""

    name: str
    clause: str
    verdict: Outcome
    seen: str


def _whole(**changes: object) -> Callable[[Hello], Sequence[bytes]]:
    return lambda hello: [hello.using(**changes).records()]


def _with_extension(kind: int, data: bytes) -> Callable[[Hello], Sequence[bytes]]:
    return lambda hello: [hello.using(extensions=(*hello.extensions, (kind, data))).records()]


def _greased(hello: Hello) -> Sequence[bytes]:
    versions = (GREASE[0], *hello.versions) if 0x0304 in hello.versions else hello.versions
    greased = hello.using(
        versions=versions,
        suites=(GREASE[1], *hello.suites),
        groups=(GREASE[2], *hello.groups),
        signatures=(GREASE[3], *hello.signatures),
        extensions=(*hello.extensions, (GREASE[0], b""), (GREASE[1], b"\0")),
    )
    return [greased.records()]


def _padded(size: int) -> Callable[[Hello], Sequence[bytes]]:
    def pad(hello: Hello) -> Sequence[bytes]:
        missing = max(size - len(hello.message()) - 4, 0)
        return _with_extension(21, bytes(missing))(hello)

    return pad


def _segments(hello: Hello) -> Sequence[bytes]:
    data = hello.records()
    cuts = (0, 3, 5, 11, len(data) // 2, len(data))  # inside of the record header, behind it, in the message
    return [data[begin:end] for begin, end in pairwise(cuts)]


def _truncated(hello: Hello) -> Sequence[bytes]:
    body = hello.message()[4:-3]  # the headers agree with each other, the extensions inside break off
    return [record(22, 0x0301, b"\x01" + vector(3, body))]


def _overlong(hello: Hello) -> Sequence[bytes]:
    message = _padded(RECORD_LIMIT + 1)(hello)[0]
    plain = b"".join(message[at + 5 : at + 5 + RECORD_LIMIT] for at in range(0, len(message), RECORD_LIMIT + 5))
    return [record(22, 0x0301, plain)]


TRIALS: Final = (
    Trial("unknown extension", "RFC 8446, 4.1.2", "accepted", _with_extension(UNKNOWN_EXTENSION, b"\x01\x02\x03")),
    Trial("GREASE values", "RFC 8701, 3.1", "accepted", _greased),
    Trial("server name", "RFC 6066, 3", "accepted", _whole(server_name="v2xconform.invalid"), "WARN"),
    Trial("no session id", "RFC 8446, 4.1.2", "accepted", _whole(session_id=b"")),
    Trial("hello of 1500 bytes", "RFC 8446, 4.1.2", "accepted", _padded(1500)),
    Trial("hello of 20000 bytes", "RFC 8446, 5.1", "either", _padded(20000)),
    Trial("split over TCP segments", "RFC 8446, 5.1", "accepted", _segments),
    Trial("split over records", "RFC 8446, 5.1", "accepted", _whole(fragment=64)),
    Trial("record version 0x0303", "RFC 8446, 5.1", "accepted", _whole(record_version=0x0303)),
    Trial("record version 0x0300", "RFC 8446, 5.1", "accepted", _whole(record_version=0x0300), "WARN"),
    Trial("record version 0x0304", "RFC 8446, 5.1", "accepted", _whole(record_version=0x0304), "WARN"),
    Trial("empty hello", "RFC 8446, 6.2", "refused", lambda _: [record(22, 0x0301, b"\x01\0\0\0")]),
    Trial("hello that breaks off", "RFC 8446, 6.2", "refused", _truncated),
    Trial("record of 16385 bytes", "RFC 8446, 5.1", "refused", _overlong, "WARN"),
    Trial("empty record", "RFC 8446, 5.1", "refused", lambda _: [record(22, 0x0301, b"")], "WARN"),
    Trial("no null compression", "RFC 8446, 4.1.2", "refused", _whole(compressions=b"\x01")),
    Trial("data before the hello", "RFC 8446, 6.2", "refused", lambda _: [record(23, 0x0303, bytes(32))]),
    Trial("unknown suites only", "RFC 8446, 4.1.1", "refused", _whole(suites=(GREASE[0], 0x7F01))),
    Trial("not TLS at all", "RFC 8446, 6.2", "refused", lambda _: [b"GET / HTTP/1.1\r\n\r\n"], "WARN"),
)
"""Every trial, in the order in which they are made."""


async def try_all(asker: Asker, found: Scan) -> list[Behaviour]:
    """Return how the server took each trial. Raises GaveUp when it does not answer any more."""
    base = found.base or found.base_12
    if base is None:
        return []
    seen = "taken" if found.plain else "refused, while the short lists of the profile are taken"
    verdict: Outcome = "PASS" if found.plain else "FAIL"
    done = [Behaviour("long lists of suites, groups and algorithms", "RFC 8446, 4.1.1", verdict, seen)]
    if found.base is not None:
        done += await _retry(asker, found)
    for trial in TRIALS:
        asker.reset_patience()
        done.append(_judged(trial, await asker.ask(trial.pieces(base), to_the_end=trial.name == "empty record")))
    asker.reset_patience()
    answer = await asker.ask(base)
    verdict = "PASS" if answer.accepted else "FAIL"
    done.append(Behaviour("still answers after all that", "RFC 8446, 6.2", verdict, answer.words))
    if found.sentinel is not None:
        seen = "is there" if found.sentinel else "is missing: a forced downgrade would go unnoticed"
        done.append(
            Behaviour(
                "downgrade mark in the TLS 1.2 hello", "RFC 8446, 4.1.3", "PASS" if found.sentinel else "FAIL", seen
            )
        )
    return done


def _judged(trial: Trial, answer: Answer) -> Behaviour:
    verdict: Outcome = "PASS"
    seen = answer.words
    if trial.expected == "accepted" and not answer.accepted:
        verdict, seen = trial.severity, f"not tolerated: {seen}"
    elif trial.expected == "refused" and answer.accepted:
        verdict, seen = trial.severity, f"accepted, though it must be refused: {seen}"
    elif trial.expected != "accepted" and answer.kind == "silent":
        verdict, seen = "WARN", f"neither refused nor closed: {seen}"
    elif answer.kind == "refused":
        verdict = "unknown"
    elif answer.kind in ("garbage", "flood"):
        verdict = trial.severity
    return Behaviour(trial.name, trial.clause, verdict, seen)


async def _retry(asker: Asker, found: Scan) -> list[Behaviour]:
    """Judge HelloRetryRequest, and what every ServerHello of TLS 1.3 has to look like."""
    assert found.base is not None
    name, clause = "HelloRetryRequest", "RFC 8446, 4.1.4"
    if not found.empty_share:
        seen = "a hello without a key share is refused instead of answered with a HelloRetryRequest"
        return [Behaviour(name, clause, "FAIL", seen)]
    reachable = tuple(group for group in found.groups_13.codes if group in SHARES)
    hello = found.base.using(groups=reachable or found.base.groups)
    first, second = await asker.retry(hello)
    if first.kind != "retry" or first.hello is None:
        return [Behaviour(name, clause, "FAIL", f"none came for a hello without a key share: {first.words}")]
    if second is None:
        seen = f"asks for {group_name(first.hello.group or 0)}, for which the prober has no key share"
        return [Behaviour(name, clause, "unknown", seen)]
    wrong = _after_retry(first.hello, second)
    seen = wrong or f"asks for {group_name(first.hello.group or 0)}, goes on with {second.words}"
    done = [Behaviour(name, clause, "FAIL" if wrong else "PASS", seen)]
    if second.kind == "hello" and second.hello is not None:
        shape = _shape(hello, second.hello, second.record_versions)
        name, clause = "shape of the ServerHello", "RFC 8446, 4.1.3 and 5.1"
        done.append(Behaviour(name, clause, "WARN" if shape else "PASS", shape or "sound"))
    return done


def _after_retry(retry: ServerHello, second: Answer) -> str:
    """Say what is wrong with the answer to the second hello."""
    found = second.hello
    if found is None or second.kind != "hello":
        again = "a second HelloRetryRequest" if second.kind == "retry" else second.words
        return f"the hello with the share that was asked for is not accepted: {again}"
    if found.suite != retry.suite:
        return f"the suite changed from {suite_name(retry.suite)} to {suite_name(found.suite)}"
    if found.group != retry.group:
        return f"the group changed to {group_name(found.group or 0)}"
    return "" if found.version == 0x0304 else f"the version changed to {version_name(found.version)}"


def _shape(hello: Hello, found: ServerHello, record_versions: Sequence[int]) -> str:
    """Say what is wrong with the fields of a ServerHello of TLS 1.3 and its record."""
    share = found.extensions.get(51, b"")[4:]
    known = SHARES.get(found.group or 0, share)
    foreign = sorted(set(found.extensions) - {43, 51})
    faults = (
        (found.legacy_version != 0x0303, f"legacy_version is {version_name(found.legacy_version)}, not TLSv1.2"),
        (found.session_id != hello.session_id, "legacy_session_id_echo is not the id of the ClientHello"),
        (found.compression != 0, f"compression is {found.compression}, not 0"),
        (len(share) != len(known), f"the key share has {len(share)} bytes, not {len(known)}"),
        (share == known, "the key share is the base point that the prober sent"),
        (bool(foreign), f"extensions {foreign} do not belong there"),
        (any(version != 0x0303 for version in record_versions), "the record version is not 0x0303"),
    )
    return "; ".join(text for wrong, text in faults if wrong)


async def fragment_lengths(asker: Asker, found: Scan) -> dict[int, bool | None]:
    """Return for each maximum fragment length (RFC 6066, 4) whether the server keeps to it; None: nothing to see.

    In TLS 1.3 the server agrees inside of the encryption, so the lengths of its records are looked at.
    """
    base = found.base or found.base_12
    if base is None:
        return {}
    modern = found.base is not None
    if modern:
        share = next((group for group in found.groups_13.codes if group in SHARES), None)
        if share is None:
            return dict.fromkeys(MAX_FRAGMENT.values())
        base = base.using(groups=(share,), shares=(share,))
    results: dict[int, bool | None] = {}
    for code, length in MAX_FRAGMENT.items():
        hello = base.using(extensions=(*base.extensions, (1, bytes([code]))))
        answer = await asker.ask(hello, to_the_end=modern)
        if not answer.accepted or answer.hello is None:
            results[length] = False if answer.definite else None
        elif not modern:
            results[length] = answer.hello.extensions.get(1) == bytes([code])
        elif answer.longest_fragment > length + _CIPHERTEXT_MARGIN:
            results[length] = False
        else:
            results[length] = True if answer.length > length + 2 * _CIPHERTEXT_MARGIN else None
    return results
