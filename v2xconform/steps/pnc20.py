"""The sentences of Plug & Charge: contracts, signatures and contract installation of ISO 15118-20, for both roles.

A credential is named as in the PKI recipe of the bench, a broken one as ``contract/expired``; a flaw as in
`v2xconform.protocols.iso15118.signatures.Flaw` and `contract_keys.KeyFlaw`.
"""

from typing import get_args

from pytest_bdd import parsers

from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.yaml_lines import LabError
from v2xconform.protocols.iso15118.contract_keys import KeyFlaw
from v2xconform.protocols.iso15118.signatures import Flaw
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, show
from v2xconform.steps.vocabulary import given, then
from v2xconform.trace.events import Event
from v2xconform.trace.query import field_at, messages, response_code

_CHAIN = "PnC_AReqAuthorizationMode.ContractCertificateChain.Certificate"
_DELIVERED = "SignedInstallationData.ContractCertificateChain.Certificate"

# ---- Given: the tester's EV


@given(parsers.parse('an EV with the contract "{name}"'))
async def _(bench: Bench, name: str) -> None:
    credential, _, variant = name.partition("/")
    _contract(bench, credential=credential, variant=variant, wanted="first", installs="never")


@given("an EV that asks for a contract")
async def _(bench: Bench) -> None:
    _contract(bench, credential="", variant="", wanted="first", installs="missing")


@given(parsers.parse('an EV with the provisioning certificate "{name}"'))
async def _(bench: Bench, name: str) -> None:
    credential, _, variant = name.partition("/")
    _contract(bench, provisioning=credential, provisioning_variant=variant)


@given(parsers.parse('an EV with the signature flaw "{flaw}"'))
async def _(bench: Bench, flaw: str) -> None:
    if bench.reach.tls.profile == "iso15118-20-p256" and flaw in ("method", "digest-algorithm"):
        raise Inconclusive("on a bench with prime256v1 all signatures are those of ISO 15118-2")
    bench.evcc_wishes.policy |= {"signature_flaw": _flaw(flaw, get_args(Flaw))}


@given(parsers.parse('an EV that signs with the key of "{credential}"'))
async def _(bench: Bench, credential: str) -> None:
    bench.evcc_wishes.policy |= {"signs_with": credential}


@given(parsers.re(r"an EV that answers the challenge with (?P<what>zeros|another one)"))
async def _(bench: Bench, what: str) -> None:
    bench.evcc_wishes.policy |= {"challenge": "zero" if what == "zeros" else "other"}


def _contract(bench: Bench, **fields: str) -> None:
    bench.evcc_wishes.persona.setdefault("contract", {}).update(fields)


def _flaw(name: str, known: tuple[str, ...]) -> str:
    if name not in known:
        raise LabError(f"there is no flaw {name!r}; known are {', '.join(one for one in known if one)}")
    return name


# ---- Given: the tester's charger


@given(parsers.re(r"a charger that offers Plug & Charge(?P<only> only)?(?P<installs> and installs contracts)?"))
async def _(bench: Bench, only: str | None, installs: str | None) -> None:
    services = ["PnC"] if only else ["EIM", "PnC"]
    bench.secc_wishes.persona |= {"authorization": services, "certificate_installation": installs is not None}


@given(parsers.parse('a charger that delivers the contract "{variant}"'))
async def _(bench: Bench, variant: str) -> None:
    bench.secc_wishes.policy |= {"installs_variant": variant}


@given(parsers.parse('a charger with the signature flaw "{flaw}"'))
async def _(bench: Bench, flaw: str) -> None:
    bench.secc_wishes.policy |= {"signature_flaw": _flaw(flaw, get_args(Flaw))}


@given(parsers.parse('a charger that shows and signs with "{credential}"'))
async def _(bench: Bench, credential: str) -> None:
    bench.secc_wishes.policy |= {"signs_with": credential}


@given(parsers.parse('a charger with the key flaw "{flaw}"'))
async def _(bench: Bench, flaw: str) -> None:
    bench.secc_wishes.policy |= {"key_flaw": _flaw(flaw, get_args(KeyFlaw))}


# ---- Then


@then("the EV could use the delivered contract")
async def _(bench: Bench) -> None:
    """The tester's EV goes on with a contract only if signature, chains and private key are right."""
    look = bench.look
    answer = _installation(look)
    note = look.before(lambda e: e.kind == "note" and e.layer == "session" and "contract" in e.name)
    observed = note.name if note is not None else "the EV had not looked at it"
    look.check("a contract that can be used", observed, observed == "the contract is installed", [answer, note])


@then(parsers.re(r"the vehicle (?P<how>authorizes|does not authorize) with the delivered contract"))
async def _(bench: Bench, how: str) -> None:
    look = bench.look
    delivered = await look.first(lambda e: _is(e, "CertificateInstallationRes"), None, 300.0)
    if delivered is None:
        raise Inconclusive("the vehicle never asked for a contract")
    following = await look.first(lambda e: e.src == look.sut and e.kind == "message", delivered, 60.0)
    await look.first(lambda e: e.name == "AuthorizationRes" and e.kind == "message", delivered, 10.0)
    wanted = field_at(delivered.body, _DELIVERED)
    used = [
        event
        for event in messages(look.events, src=look.sut, name="AuthorizationReq")
        if event.id > delivered.id and field_at(event.body, _CHAIN) == wanted
    ]
    expected = f"AuthorizationReq with{'' if how == 'authorizes' else 'out'} the delivered contract"
    observed = f"{len(used)} with it; after the delivery came {look.describe(following, delivered)}"
    look.check(expected, observed, bool(used) is (how == "authorizes"), [delivered, *used[:1]])


@then("the vehicle has authorized with a contract")
async def _(bench: Bench) -> None:
    look = bench.look
    asked = await look.first(lambda e: e.src == look.sut and _selects_contract(e), None, 300.0)
    last = asked or look.before(lambda e: e.kind == "message" and e.name == "AuthorizationReq")
    observed = look.describe(last)
    look.check("AuthorizationReq with SelectedAuthorizationService PnC", observed, asked is not None, [last])
    assert asked is not None
    answer = await look.first(lambda e: _is(e, "AuthorizationRes"), asked, 10.0)
    code = response_code(answer) if answer is not None else "no answer"
    look.check("a contract that the charger accepts", code, code.startswith("OK"), [asked, answer])


@then("the vehicle repeats the challenge of the charger")
async def _(bench: Bench) -> None:
    look = bench.look
    asked = await look.first(lambda e: e.src == look.sut and _selects_contract(e), None, 300.0)
    before = look.events[: asked.id] if asked is not None else []
    offered = next((e for e in reversed(before) if _is(e, "AuthorizationSetupRes")), None)
    if asked is None or offered is None:
        raise Inconclusive("the vehicle never authorized with a contract")
    theirs = field_at(offered.body, "PnC_ASResAuthorizationMode.GenChallenge")
    path = "PnC_AReqAuthorizationMode.GenChallenge"
    look.check(f"GenChallenge {theirs}", show(asked, path), field_at(asked.body, path) == theirs, [offered, asked])


@then("the vehicle tries to authorize in another way")
async def _(bench: Bench) -> None:
    """After a refused contract: external identification, or the end of the session; never the same contract at once."""
    look = bench.look
    refused = await look.first(
        lambda e: _is(e, "AuthorizationRes") and response_code(e).startswith("WARNING"), None, 300.0
    )
    if refused is None:
        raise Inconclusive("no authorization of the vehicle was refused")
    following = await look.first(lambda e: e.src == look.sut and e.kind == "message", refused, 60.0)
    other = following is not None and not _selects_contract(following)
    look.check(
        "external identification or SessionStopReq", look.describe(following, refused), other, [refused, following]
    )


def _is(event: Event, name: str) -> bool:
    return event.kind == "message" and event.name == name


def _selects_contract(event: Event) -> bool:
    return _is(event, "AuthorizationReq") and field_at(event.body, "SelectedAuthorizationService") == "PnC"


def _installation(look: Look) -> Event:
    answer = look.before(lambda e: _is(e, "CertificateInstallationRes"))
    if answer is None:
        raise Inconclusive("the charger had sent no CertificateInstallationRes")

    return answer
