"""The sentences of revocation and contracts at a CSMS: is a certificate still good, and a token that comes with one?"""

import re
from typing import Any, Final

from pytest_bdd import parsers

from v2xconform.emulators.ocpp_tls import lab_root
from v2xconform.judge.verdict import Inconclusive
from v2xconform.pki.hash_data import hash_data, same
from v2xconform.pki.requests import pem_of
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look
from v2xconform.steps.ocpp_checks import ANSWER_S, answer_to, asked, observation
from v2xconform.steps.ocpp_deeds import token
from v2xconform.steps.ocpp_values import conditions, filled, note_down, pixit
from v2xconform.steps.vocabulary import then, when
from v2xconform.trace.events import Event

_ROOTS: Final = ("v2g-root", "mo-root", "csms-root", "stranger-root")
_NAMES = r"(?P<names>\"[\w-]+\"(?:, \"[\w-]+\")*)"
_NOWHERE: Final = "http://nobody.v2xconform.invalid"
"""Where nobody answers."""
_REACHED: Final = "responder_reached"
_BY_RESPONDER: Final = frozenset({"Good", "Revoked", "Accepted", "CertificateRevoked", "ContractCancelled"})
"""What a CSMS can say only when it has reached a responder or a CRL."""


def _hashed(bench: Bench, name: str) -> dict[str, str]:
    """Return the hash data of a certificate of the lab, and note them down for Then steps."""
    certificate = lab_root(bench.ocpp.reach, name, bench.utc())
    roots = [lab_root(bench.ocpp.reach, one, bench.utc()) for one in _ROOTS]
    issuer = next((one for one in roots if one.subject == certificate.issuer), certificate)
    data = hash_data(certificate, issuer)
    note_down(bench.recorder, f"hash data of {name}", data)
    return data


def responder(bench: Bench, source: str = "OCSP") -> str:
    """Return where the responder or the CRL of the lab is; note down whether the CSMS under test can reach it."""
    url = str(pixit(bench.look, "ocsp_responder" if source == "OCSP" else "crl_location"))
    emulated = bench.setup.sut.emulator is not None
    note_down(bench.recorder, _REACHED, emulated or ".invalid" not in url)
    return url


def unreached(look: Look) -> bool:
    """Tell whether the CSMS had no way to find out: a real one, and a lab without responder."""
    return any(
        event.kind == "note" and event.body == {"named": _REACHED, "value": False}
        for event in look.events[: look.cursor]
    )


# ---- M07


@when(parsers.re(rf"the station asks for the status of the certificates {_NAMES} by (?P<source>OCSP|CRL)"
                 r"(?P<nowhere> where nobody answers)?"))  # fmt: skip
async def _(bench: Bench, names: str, source: str, nowhere: str | None) -> None:
    url = responder(bench, source)
    items = [
        {"certificateHashData": _hashed(bench, name), "source": source, "urls": [_NOWHERE if nowhere else url]}
        for name in re.findall(r"[\w-]+", names)
    ]
    await bench.ocpp.call("GetCertificateChainStatusRequest", {"certificateStatusRequests": items})


@then("the CSMS tells the status of each certificate that was asked about")
async def _(bench: Bench) -> None:
    """With hash data and source of the question, and nothing else ([M07.FR.08])."""
    look = bench.look
    request, found, told = await _told(look)
    wanted = request.body.get("certificateStatusRequests", [])
    missing = [one for one in wanted if not any(_means(one, other) for other in told)]
    strange = [one for one in told if not any(_means(other, one) for other in wanted)]
    text = f"{len(told)} entries, {len(missing)} are missing, {len(strange)} are about something else"
    right = found is not None and not missing and not strange
    look.check(f"a status of {len(wanted)} certificates", text, right, [request, found])


@then(parsers.re(r"the CSMS says of the certificate \"(?P<name>[\w-]+)\" that it is (?P<status>\w+)"))
async def _(bench: Bench, name: str, status: str) -> None:
    look = bench.look
    request, found, told = await _told(look)
    data = filled(look, f"$hash data of {name}")
    said = [str(one.get("status")) for one in told if same(one.get("certificateHashData", {}), data)]
    if said != [status] and said and status in _BY_RESPONDER and unreached(look):
        raise Inconclusive(
            f"{', '.join(said)}: the lab has no responder that the CSMS could ask (PIXIT ocsp_responder)"
        )
    look.check(f"{name} is {status}", ", ".join(said) or "nothing is said of it", said == [status], [request, found])


async def _told(look: Look) -> tuple[Event, Event | None, list[dict[str, Any]]]:
    request = asked(look, "CSMS", "GetCertificateChainStatusResponse")
    found = await answer_to(look, request, ANSWER_S)
    body = found.body if found is not None and found.name == "GetCertificateChainStatusResponse" else {}
    return request, found, [one for one in body.get("certificateStatus", ()) if isinstance(one, dict)]


def _means(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.get("source") == other.get("source") and same(
        one.get("certificateHashData", {}), other.get("certificateHashData", {})
    )


# ---- C07


@when(parsers.re(r"the station asks whether \$(?P<name>\w+) may charge with the (?P<hashed>hash data of the )?"
                 r"certificate \"(?P<certificate>[\w-]+)\""))  # fmt: skip
async def _(bench: Bench, name: str, hashed: str | None, certificate: str) -> None:
    """A car has shown its contract certificate: the station hands on its CertID, or the chain that it cannot check."""
    url, tree = responder(bench), dict[str, Any](idToken=token(bench.look, name))
    if hashed:
        tree["iso15118CertificateHashData"] = [{**_hashed(bench, certificate), "responderURL": url}]
    else:
        tree["certificate"] = pem_of([lab_root(bench.ocpp.reach, certificate, bench.utc())])
    await bench.ocpp.call("AuthorizeRequest", tree)


@then(
    parsers.re(
        r"the CSMS says that the token is (?P<status>\w+(?: or \w+)*), and its certificate (?P<judged>\w+(?: or \w+)*)"
    )
)
async def _(bench: Bench, status: str, judged: str) -> None:
    look = bench.look
    request = asked(look, "CSMS", "AuthorizeResponse")
    found = await answer_to(look, request, ANSWER_S)
    wanted = conditions(look, f"idTokenInfo.status = {status} and certificateStatus = {judged}")
    right = found is not None and found.name == "AuthorizeResponse" and all(one.met(found.body) for one in wanted)
    answered = found is not None and found.name == "AuthorizeResponse" and "certificateStatus" in found.body
    if not right and answered and set(judged.split(" or ")) & _BY_RESPONDER and unreached(look):
        text = observation(look, found, wanted, request)
        raise Inconclusive(f"{text}: the lab has no responder that the CSMS could ask (PIXIT ocsp_responder)")
    expected = f"AuthorizeResponse with idTokenInfo.status = {status} and certificateStatus = {judged}"
    look.check(expected, observation(look, found, wanted, request), right, [request, found])
