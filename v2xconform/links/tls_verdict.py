"""The TLS profiles of ISO 15118-20 and ISO 15118-2 as tables of checks on what a probe has seen of a charger.

Ids in X2-… and X20-… are the project's own, where no requirement id is known.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from v2xconform.links.tls_hello import SUITES_13, group_name, signature_name, suite_name, version_name
from v2xconform.links.tls_scan import Scan
from v2xconform.links.tls_shakes import Handshake
from v2xconform.links.tls_trials import Behaviour
from v2xconform.pki import PkiIssue

Verdict = Literal["PASS", "FAIL", "WARN", "unknown"]
Judgement = tuple[Verdict, str]

SUITES_OF_20: Final = (0x1302, 0x1303)
"""Table 6, in its order."""
GROUPS_OF_20: Final = (25, 30)
"""Table 7: secp521r1, x448."""
SIGNATURES_OF_20: Final = (0x0603, 0x0808)
"""Table 8: ecdsa_secp521r1_sha512, ed448."""
SUITES_OF_2: Final = (0xC025, 0xC023)
GROUPS_OF_2: Final = (23,)
SIGNATURES_OF_2: Final = (0x0403,)
_OLD: Final = (0x0302, 0x0301, 0x0300)
_WEAK: Final = ("NULL", "RC4", "anon", "3DES")
_NOT_TRUSTED: Final = ("unknown_ca", "certificate_unknown")


@dataclass(slots=True)
class Seen:
    """All that a probe has seen of one server."""

    profile: str
    scan: Scan = field(default_factory=Scan)
    behaviours: list[Behaviour] = field(default_factory=list)
    fragments: dict[int, bool | None] = field(default_factory=dict)
    profile_shake: Handshake | None = None
    """A handshake with the lists of the profile and without a certificate."""
    look: Handshake | None = None
    """The handshake in which the server showed its chain; the same one, if that went well."""
    shakes: list[Handshake] = field(default_factory=list)
    """One for each certificate shown, the good one first."""
    chain: tuple[bytes, ...] = ()
    staples: tuple[bytes | None, ...] | None = None
    """One for each certificate of the chain; empty when none came at all, None when they were not asked for."""
    staples_v2: tuple[bytes | None, ...] | None = None
    """What came for status_request_v2; None when it was not asked."""
    trusted_ca_keys: bool | None = None
    """Whether a hello with trusted_ca_keys is accepted; None when it was not sent."""
    issues: list[PkiIssue] = field(default_factory=list)
    anchored: bool = False
    """True when there were trust anchors to judge the chain by."""
    public: bool | None = None
    """Whether the charger is a public one; None when nobody said."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one requirement."""

    id: str
    title: str
    verdict: Verdict
    seen: str


@dataclass(frozen=True, slots=True)
class _Check:
    id: str
    title: str
    judge: Callable[[Seen], Judgement]


def judge(seen: Seen) -> list[Judged]:
    """Return the verdict on every requirement of the profile that can be seen from outside, behaviours included."""
    lines = []
    for check in PROFILES[seen.profile]:
        verdict, text = check.judge(seen)
        if verdict == "unknown" and seen.scan.stopped:
            text = f"{text}; {seen.scan.stopped}"
        lines.append(Judged(check.id, check.title, verdict, text))
    lines += _chain(seen)
    lines += [Judged(one.clause, one.name, one.verdict, one.seen) for one in seen.behaviours]
    return lines


def _names(name: Callable[[int], str], codes: Iterable[int]) -> str:
    return ", ".join(name(code) for code in codes) or "none"


def _modern(seen: Seen) -> Judgement:
    accepted = seen.scan.accepts(0x0304)
    words = seen.scan.versions[0x0304].words if 0x0304 in seen.scan.versions else "not asked"
    return ("unknown" if accepted is None else "PASS" if accepted else "FAIL"), words


def _dated(seen: Seen) -> Judgement:
    accepted = [version for version in _OLD if seen.scan.accepts(version)]
    if accepted:
        return "FAIL", f"{_names(version_name, accepted)} accepted"
    unclear = [version for version in _OLD if seen.scan.accepts(version) is None]
    if unclear:
        return "unknown", f"no clear answer to {_names(version_name, unclear)}"
    also = seen.scan.accepts(0x0303)
    return "PASS", f"{'TLSv1.2 too, ' if also and seen.profile == 'iso15118-20' else ''}nothing older"


def _both(seen: Seen) -> Judgement:
    if not seen.scan.accepts(0x0304) or not seen.scan.accepts(0x0303):
        return "PASS", "one version only"
    if seen.scan.both is None:
        return "FAIL", "a hello that offers both is refused"
    chosen = seen.scan.both.version
    return ("PASS" if chosen == 0x0304 else "FAIL"), f"{version_name(chosen)} is chosen"


def _list(
    name: Callable[[int], str], codes: Sequence[int] | None, table: Sequence[int], *, all_of_it: bool, excused: int = 0
) -> Judgement:
    """Judge a list against a table; `excused` is a foreign code that older cars need."""
    if not codes:
        return "unknown", "nothing of it could be seen"
    foreign = [code for code in codes if code not in table]
    missing = [code for code in table if code not in codes]
    text = _names(name, codes)
    if len(missing) == len(table) or (missing and all_of_it):
        return "FAIL", f"{text}; missing {_names(name, missing)}"
    if foreign:
        excuse = foreign == [excused]
        why = " (older cars need it in TLS 1.2)" if excuse else ""
        return ("WARN" if excuse else "FAIL"), f"{text}; outside of the profile {_names(name, foreign)}{why}"
    return "PASS", text


def _suites_20(seen: Seen) -> Judgement:
    return _list(suite_name, seen.scan.suites_13.codes, SUITES_OF_20, all_of_it=True)


def _order_20(seen: Seen) -> Judgement:
    accepted = seen.scan.suites_13
    known = [code for code in accepted.codes if code in SUITES_OF_20]
    if len(known) < 2:
        return "unknown", "there is nothing to choose between"
    # SUITES_13 begins with Table 6 in its order, so this is what a car with the profile's list gets
    assert SUITES_13[:2] == SUITES_OF_20
    whose = {"server": "the server's order counts", "client": "the car's order counts"}.get(accepted.order, "")
    return ("PASS" if known[0] == SUITES_OF_20[0] else "FAIL"), f"{suite_name(known[0])} first; {whose}".rstrip("; ")


def _excused(seen: Seen, code: int) -> int:
    return code if seen.scan.accepts(0x0303) else 0


def _groups_20(seen: Seen) -> Judgement:
    codes = seen.scan.groups_13.codes
    verdict, text = _list(group_name, codes, GROUPS_OF_20, all_of_it=True, excused=_excused(seen, 23))
    if verdict == "WARN" and codes[0] not in GROUPS_OF_20:
        return "FAIL", f"{text}; {group_name(codes[0])} is preferred"
    return verdict, text


def _signatures_20(seen: Seen) -> Judgement:
    return _list(
        signature_name, seen.scan.signatures_13, SIGNATURES_OF_20, all_of_it=False, excused=_excused(seen, 0x0403)
    )


def _gets_through(seen: Seen) -> Judgement:
    shake = seen.profile_shake
    if shake is None:
        return "unknown", "no handshake could be tried"
    if not shake.finished:
        return ("unknown" if shake.outcome == "unknown" else "FAIL"), shake.text
    facts = shake.facts
    group = "" if facts is None or facts.group is None else f", {facts.group}"
    suite = "" if facts is None else facts.suite
    return "PASS", f"{suite}{group}, {shake.seconds * 1000:.1f} ms"


def _requests(seen: Seen) -> Judgement:
    if seen.look is None or not seen.look.finished:
        return "unknown", "no handshake came so far"
    return ("FAIL", "no CertificateRequest") if seen.look.request is None else ("PASS", "CertificateRequest came")


def _demands(seen: Seen) -> Judgement:
    look = seen.look
    if look is None or not look.finished:
        return "unknown", "no handshake came so far"
    if look.outcome == "accepted":
        return "FAIL", "a car without a certificate is let in"
    return "PASS", f"without a certificate: {f'alert {look.alert}' if look.alert else look.text}"


def _asked_signatures(seen: Seen) -> Judgement:
    request = seen.look.request if seen.look else None
    if request is None:
        return "unknown", "no CertificateRequest"
    named = list(request.get("signature_algorithms", ()))
    missing = [name for code in SIGNATURES_OF_20 if (name := signature_name(code)) not in named]
    if missing:
        return "FAIL", f"{', '.join(named) or 'none'}; missing {', '.join(missing)}"
    own = [signature_name(code) for code in SIGNATURES_OF_20]
    foreign = [name for name in named if name not in own]
    if foreign:
        return "WARN", f"{len(foreign)} more than the profile's: {', '.join(foreign[:3])}{' …' if foreign[3:] else ''}"
    ordered = [name for name in named if name in own] == own
    return ("PASS" if ordered else "WARN"), f"{', '.join(named)}{'' if ordered else '; not in the order of Table 8'}"


def _authorities(seen: Seen) -> Judgement:
    request = seen.look.request if seen.look else None
    if request is None:
        return "unknown", "no CertificateRequest"
    names = request.get("certificate_authorities") or []
    return ("PASS", "; ".join(names)) if names else ("WARN", "none named; right only if the charger holds no roots")


def _staples(seen: Seen, staples: Sequence[bytes | None] | None, private: str) -> Judgement:
    if not seen.chain:
        return "unknown", "no chain was seen"
    if staples is None:
        return "unknown", "none could be asked for"
    given = [at for at, staple in enumerate(staples) if staple is not None]
    if 0 not in given:
        text = "none for the charger's own certificate" if given else "none"
        if seen.public is None:
            return "unknown", f"{text}; a breach if the charger is public (--public), right if not: {private}"
        return ("FAIL", text) if seen.public else ("PASS", f"{text}; a private charger need not [{private}]")
    text = f"for {len(given)} of {len(seen.chain)} certificates"
    return ("PASS", text) if len(given) >= len(seen.chain) else ("WARN", f"{text}: one for each is asked for")


def _fragments(seen: Seen) -> Judgement:
    kept = [str(length) for length, honoured in seen.fragments.items() if honoured]
    broken = [str(length) for length, honoured in seen.fragments.items() if honoured is False]
    if broken:
        return "WARN", f"not kept to: {', '.join(broken)} bytes"
    return ("PASS", f"{', '.join(kept)} bytes") if kept else ("unknown", "the records are too short to show it")


def _lets_in(seen: Seen) -> Judgement:
    good = next((shake for shake in seen.shakes if shake.name == "good"), None)
    if good is None:
        return "unknown", "no certificate was given to show (--chain and --key, or --pki)"
    if good.outcome == "accepted":
        return "PASS", good.what
    why = f"alert {good.alert}" if good.alert else good.text
    if good.outcome == "refused" and good.alert not in _NOT_TRUSTED:
        return "FAIL", f"refused: {why}"
    return "unknown", f"{why}; does the charger trust the root of this certificate?"


def _keeps_out(seen: Seen) -> Judgement:
    broken = [shake for shake in seen.shakes if shake.name != "good"]
    if not broken:
        return "unknown", "no broken certificates were shown (--pki)"
    let_in = [shake for shake in broken if shake.outcome == "accepted"]
    if let_in:
        verdict: Verdict = "FAIL" if any(shake.must for shake in let_in) else "WARN"
        return verdict, f"{len(let_in)} of {len(broken)} let in: {', '.join(shake.name for shake in let_in)}"
    if _lets_in(seen)[0] != "PASS":
        return "unknown", "the good one is not let in either, so a refusal says nothing"
    refused = sum(shake.outcome == "refused" for shake in broken)
    rest = len(broken) - refused
    return "PASS", f"{refused} refused{f', {rest} could not be shown' if rest else ''}"


def _version_2(seen: Seen) -> Judgement:
    accepted = seen.scan.accepts(0x0303)
    words = seen.scan.versions[0x0303].words if 0x0303 in seen.scan.versions else "not asked"
    return ("unknown" if accepted is None else "PASS" if accepted else "FAIL"), words


def _suites_2(seen: Seen) -> Judgement:
    codes = seen.scan.suites_12.codes
    if not codes:
        return ("unknown", "nothing of it could be seen") if seen.scan.accepts(0x0303) is None else ("FAIL", "none")
    own = [code for code in codes if code in SUITES_OF_2]
    weak = [name for code in codes if any(word in (name := suite_name(code)) for word in _WEAK)]
    if not own:
        return "FAIL", f"none of {_names(suite_name, SUITES_OF_2)}"
    if weak:
        return "WARN", f"{_names(suite_name, own)}; weak ones too: {', '.join(weak)}"
    missing = [code for code in SUITES_OF_2 if code not in own]
    more = len(codes) - len(own)
    text = f"{_names(suite_name, own)}{f' and {more} more' if more else ''}"
    return "PASS", f"{text}; not {_names(suite_name, missing)}" if missing else text


def _ephemeral(seen: Seen) -> bool:
    return any("ECDHE" in suite_name(code) for code in seen.scan.suites_12.codes)


def _group_2(seen: Seen) -> Judgement:
    if seen.scan.suites_12.codes and not _ephemeral(seen):
        return "PASS", "static ECDH: the curve is the certificate's"
    return _only_needs(group_name, seen.scan.groups_12.codes, GROUPS_OF_2)


def _signature_2(seen: Seen) -> Judgement:
    if seen.scan.suites_12.codes and not _ephemeral(seen):
        return "PASS", "static ECDH: nothing is signed"
    return _only_needs(signature_name, seen.scan.signatures_12, SIGNATURES_OF_2)


def _only_needs(name: Callable[[int], str], codes: Sequence[int], table: Sequence[int]) -> Judgement:
    if not codes:
        return "unknown", "nothing of it could be seen"
    return ("PASS" if set(table) <= set(codes) else "FAIL"), _names(name, codes)


def _no_request_2(seen: Seen) -> Judgement:
    flight = seen.scan.flight_12
    if flight is None or flight.hello is None:
        return "unknown", "no flight of TLS 1.2 was seen"
    if flight.body("CertificateRequest") is None:
        return "PASS", "no CertificateRequest"
    let_in = seen.profile_shake is not None and seen.profile_shake.outcome == "accepted"
    return ("WARN" if let_in else "FAIL"), "a CertificateRequest came, and cars of this edition have no TLS certificate"


def _roots_2(seen: Seen) -> Judgement:
    if seen.trusted_ca_keys is None:
        return "unknown", "not sent"
    return ("PASS", "tolerated") if seen.trusted_ca_keys else ("FAIL", "a hello with trusted_ca_keys is refused")


def _chain(seen: Seen) -> list[Judged]:
    """Return a line for each requirement that the chain breaks, or one that it is sound."""
    what = "the charger's certificate chain"
    if not seen.chain:
        return [Judged("X20-Chain" if seen.profile == "iso15118-20" else "X2-Chain", what, "unknown", "none was seen")]
    lines: dict[tuple[str, Verdict], list[str]] = {}
    for issue in seen.issues:
        if issue.code == "staple-missing":
            continue  # has its own line
        verdict: Verdict = "FAIL" if issue.severity == "must" else "WARN"
        if issue.code in ("unknown-root", "missing-issuer") and not seen.anchored:
            verdict = "unknown" if issue.code == "unknown-root" or issue.certificate != 0 else "FAIL"
        default = "X20-Chain" if seen.profile == "iso15118-20" else "X2-Chain"
        lines.setdefault((issue.requirement or default, verdict), []).append(issue.text)
    judged = []
    for (id_, verdict), texts in lines.items():
        hint = " (give --trust to judge the root)" if verdict == "unknown" else ""
        more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
        judged.append(Judged(id_, what, verdict, f"{texts[0]}{more}{hint}"))
    default = "X20-Chain" if seen.profile == "iso15118-20" else "X2-Chain"
    return judged or [Judged(default, what, "PASS", f"{len(seen.chain)} certificates, sound")]


PROFILES: Final[dict[str, tuple[_Check, ...]]] = {
    "iso15118-20": (
        _Check("V2G20-1264", "TLS 1.3", _modern),
        _Check("V2G20-2359", "TLS 1.2 at most for older cars, nothing older", _dated),
        _Check("X20-Version", "TLS 1.3 wherever a car offers it", _both),
        _Check("V2G20-2458", "cipher suites of Table 6", _suites_20),
        _Check("V2G20-1856", "order of Table 6", _order_20),
        _Check("V2G20-1637", "groups of Table 7", _groups_20),
        _Check("V2G20-1667", "signature algorithms of Table 8", _signatures_20),
        _Check("V2G20-1264", "handshake with the profile's lists", _gets_through),
        _Check("V2G20-2400", "asks for the car's certificate", _requests),
        _Check("V2G20-1264", "refuses a car without certificate", _demands),
        _Check("V2G20-1667", "signature algorithms asked for", _asked_signatures),
        _Check("V2G20-2401", "names its V2G and OEM roots", _authorities),
        _Check("V2G20-2388", "OCSP staples", lambda seen: _staples(seen, seen.staples, "V2G20-2398")),
        _Check("V2G20-2446", "max_fragment_length", _fragments),
        _Check("V2G20-1264", "lets in a good certificate", _lets_in),
        _Check("X20-RefusesChain", "keeps out broken certificates", _keeps_out),
    ),
    "iso15118-2": (
        _Check("X2-Version", "TLS 1.2", _version_2),
        _Check("X2-Version", "nothing older", _dated),
        _Check("X2-Suites", "a cipher suite of the edition", _suites_2),
        _Check("X2-Group", "secp256r1", _group_2),
        _Check("X2-Signature", "ecdsa_secp256r1_sha256", _signature_2),
        _Check("X2-Handshake", "handshake with the profile's lists", _gets_through),
        _Check("X2-ServerOnly", "asks for no certificate", _no_request_2),
        _Check("V2G2-651", "tolerates trusted_ca_keys", _roots_2),
        _Check(
            "V2G2-871", "OCSP staples (status_request_v2)", lambda seen: _staples(seen, seen.staples_v2, "V2G2-872")
        ),
    ),
}
"""The checks of each profile, in the order of the report."""
