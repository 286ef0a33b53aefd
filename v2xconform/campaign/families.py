"""Families of test cases that have to be complete: what the sequence table holds, their example tables hold too.

An outline says with a tag ``@family:NAME`` that its rows belong to a family; the columns of the row say which member it
is. `check_families` compares all rows of a profile with the sequence table: a member that is missing in either is one
line. Who changes the table, or a feature file, hears of what the other lacks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from v2xconform.campaign.features import Row
from v2xconform.protocols.iso15118 import sequence20
from v2xconform.protocols.iso15118.sequence20 import Mode

TAG: Final = "family:"
MODES: Final[tuple[Mode, ...]] = ("AC", "DC")
BEFORE_SELECTION: Final = (
    "SessionSetup", "AuthorizationSetup", "Authorization", "ServiceDiscovery", "ServiceDetail", "ServiceSelection",
)  # fmt: skip
"""States that AC and DC share: tested in one of them."""
Member = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One family of one role."""

    role: str
    columns: tuple[str, ...]
    """Columns of the example tables that make a member; ``a|b`` is the first of them that a row has."""
    members: Callable[[], set[Member]]
    """All that there have to be, from the sequence table."""
    known: Callable[[], set[Member]]
    """All that there may be."""


def _states(mode: Mode) -> Iterator[str]:
    for state in sequence20.STATES[mode]:
        if not sequence20.is_final(state):
            yield state


def _possible_wrong_messages() -> set[Member]:
    return {
        (mode, state, wrong.removesuffix("Req"))
        for mode in MODES
        for state in _states(mode)
        for wrong in sequence20.all_requests(mode)
        if wrong not in sequence20.allowed(state, mode)
    }


def _wrong_messages() -> set[Member]:
    """Every request in every state that has no place for it; one mode is enough before a service is selected."""
    return {
        (mode, state, wrong)
        for mode, state, wrong in _possible_wrong_messages()
        if mode == "DC" or state not in BEFORE_SELECTION
    }


def _requests() -> set[Member]:
    """Every request that a session has to send; what needs a contract or a meter has features of its own."""
    return {
        (request.removesuffix("Req"),)
        for mode in MODES
        for state in _states(mode)
        for request in sequence20.allowed(state, mode, tolerated=False)
        if request not in ("CertificateInstallationReq", "MeteringConfirmationReq")
    }


def _any_request() -> set[Member]:
    names = {name.removesuffix("Req") for mode in MODES for name in sequence20.all_requests(mode)}
    return {(name,) for name in (*names, "supportedAppProtocol")}


def _both(role: str, columns: tuple[str, ...], *names: str) -> dict[str, Family]:
    return {name: Family(role, columns, _requests, _any_request) for name in names}


FAMILIES: Final[dict[str, Family]] = {
    "wrong-message": Family("secc", ("mode", "state", "wrong"), _wrong_messages, _possible_wrong_messages),
    **_both("secc", ("request|loop",), "silence", "foreign-session", "undecodable", "late"),
    **_both(
        "evcc",
        ("message",),
        "no-answer",
        "late-answer",
        "refusal",
        "wrong-answer",
        "foreign-answer",
        "undecodable-answer",
    ),
}
"""Name -> family."""


def check_families(role: str, rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each member that the rows of a profile, or the sequence table, lack.

    A profile without a single tag of a family, as a small campaign of one's own may be, has none to complete. Who has
    rows of one has to have all of all.
    """
    families = {name: family for name, family in FAMILIES.items() if family.role == role}
    found: dict[str, dict[Member, Row]] = {name: {} for name in families}
    strangers: dict[str, None] = {}
    for row in rows:
        for name in (tag.removeprefix(TAG) for tag in row.case.tags if tag.startswith(TAG)):
            if name in families:
                found[name][tuple(_value(row, column) for column in families[name].columns)] = row
            else:
                there = ", ".join(families) or "none"
                strangers[f"{row.path}:{row.line}: family {name!r} of {role} does not exist; there are {there}"] = None
    yield from strangers
    if any(found.values()):
        for name, family in families.items():
            yield from _compared(name, family, found[name])


def _value(row: Row, column: str) -> str:
    """Return the message or state that a row names; of several columns (a|b) the first that it has."""
    found = (row.columns[name] for name in column.split("|") if name in row.columns)
    return next(found, "").removesuffix("Req")


def _compared(name: str, family: Family, found: Mapping[Member, Row]) -> Iterator[str]:
    known = family.known()
    for member, row in found.items():
        if member not in known:
            what = _shown(family, member)
            yield f"{row.path}:{row.line}: {row.case.id}: {what} is not in family {name} of the sequence table"
    tested = {member[:-1] for member in found}
    missing: dict[Member, None] = {}
    for member in sorted(family.members() - set(found)):
        # A state of which there is nothing yet is one gap and not twenty: its line leaves the last column out.
        missing[member if member[:-1] in tested or len(member) == 1 else member[:-1]] = None
    for member in missing:
        what = _shown(family, member)
        yield f"family {name} ({family.role}): no test case for {what}; add a row to an outline with the tag @{TAG}{name}"


def _shown(family: Family, member: Member) -> str:
    """Return the columns of a member, or of its beginning, as text."""
    named = zip(family.columns, member, strict=False)
    return ", ".join(f"{column.replace('|', ' or ')} {value or '(none)'}" for column, value in named)
