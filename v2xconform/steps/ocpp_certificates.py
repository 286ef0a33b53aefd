"""The sentences of OCPP block M, and of station certificates: CSRs, roots, hash data, OCSP, contracts of cars."""

from base64 import b64decode, b64encode
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from cryptography import x509
from cryptography.x509 import ocsp
from pytest_bdd import parsers

from v2xconform.emulators.ocpp_tls import lab_root
from v2xconform.judge.verdict import Inconclusive
from v2xconform.lab.persona import load_station
from v2xconform.pki import validate_chain
from v2xconform.pki.hash_data import HASHES, hash_data, same
from v2xconform.pki.keys import key_for
from v2xconform.pki.requests import make_request, pem_of, read_pem, request_problem
from v2xconform.steps.bench import Bench
from v2xconform.steps.look import Look, seconds
from v2xconform.steps.ocpp_checks import answer_to, asked, is_said
from v2xconform.steps.ocpp_contracts import responder, unreached
from v2xconform.steps.ocpp_deeds import asked_and_answered
from v2xconform.steps.ocpp_security import CONNECT_S, LIMIT, after_deed, is_tls, leaf_of
from v2xconform.steps.ocpp_values import filled, note_down
from v2xconform.steps.vocabulary import given, then, when
from v2xconform.trace.events import Event

_NAME = r"the certificate \"(?P<name>[\w-]+)\""
_KIND = r"(?P<kind>\w+RootCertificate)"
_ISSUERS: Final = {"csms-root-new": "csms-root", "contract": "mo-root"}
"""Roots of the lab that another one has signed."""
_CONTRACT_REQUEST: Final = b64encode(bytes.fromhex("8098021050908c0c0c0c0c4c8c0c000000")).decode()
"""Stands for the CertificateInstallationReq of a car, which a station hands on unread ([M01.FR.01])."""

_ISO_2: Final = "urn:iso:15118:2:2013:MsgDef"
"""The schema of ISO 15118-2."""


# ---- Then: certificates for the station


@then(parsers.re(rf"the station sends a sound CSR(?: for a (?P<kind>\w+))?{LIMIT}"))
async def _(bench: Bench, kind: str | None, limit: str | None) -> None:
    """PKCS #10 in PEM, signed with its own key, long enough ([A02.FR.03], [A00.FR.502], [A00.FR.503])."""
    look = bench.look
    taken = {number for check in look.checks if check["met"] and check.get("claims") for number in check["events"]}
    found = await after_deed(
        look, lambda e: is_said(e, "station", "SignCertificateRequest") and e.id not in taken,
        float(limit or CONNECT_S) + look.context.tolerance_s,
    )  # fmt: skip
    problem = "no SignCertificateRequest" if found is None else request_problem(found.body["csr"])
    told = found.body.get("certificateType", "ChargingStationCertificate") if found is not None else kind
    if not problem and kind and told != kind:
        problem = f"it is for a {told}"
    look.check("a sound CSR", problem or "it is sound", not problem, [found])
    look.checks[-1]["claims"] = True


@then("that CSR is for another key than the one before")
async def _(bench: Bench) -> None:
    """A key pair for each certificate ([A02.FR.02])."""
    look = bench.look
    sent = [e for e in look.events[: look.cursor] if is_said(e, "station", "SignCertificateRequest")][-2:]
    if len(sent) < 2:
        raise Inconclusive("the station has not sent two CSRs")
    try:
        one, other = (x509.load_pem_x509_csr(e.body["csr"].encode()).public_key() for e in sent)
    except ValueError as error:
        raise Inconclusive(f"a CSR cannot be read: {error}") from None
    look.check("another key", "the same key" if one == other else "another key", one != other, sent)


@then(parsers.re(r"the station has sent no CSR for (?P<least>\d+(?:\.\d+)?) s before that one"))
async def _(bench: Bench, least: str) -> None:
    """The last two SignCertificateRequests lie so far apart at least ([A02.FR.17], [A02.FR.18])."""
    look = bench.look
    sent = [e for e in look.events[: look.cursor] if is_said(e, "station", "SignCertificateRequest")]
    if len(sent) < 2:
        raise Inconclusive("the station has not sent two SignCertificateRequests")
    apart = sent[-1].seconds - sent[-2].seconds
    right = apart >= float(least) - max(look.context.tolerance_s, 0.01)
    look.check(f"{least} s at least between them", seconds(apart), right, sent[-2:])


@when("the station asks for a certificate for CSMS and cable alike")
async def _(bench: Bench) -> None:
    """A CSR without certificateType, of the tester's station ([A02.FR.16])."""
    key = key_for("station/combined", "secp256r1")
    csr = make_request(key, load_station(bench.setup.tester_persona).serial, "v2xconform", "CPO")
    await bench.ocpp.call("SignCertificateRequest", {"csr": csr})


@then(parsers.re(rf"the CSMS sends a certificate for that CSR{LIMIT}"))
async def _(bench: Bench, limit: str | None) -> None:
    """Its key is that of the CSR, and its chain leads to the root of the operator ([A02.FR.06])."""
    look = bench.look
    found = await after_deed(look, lambda e: is_said(e, "csms", "CertificateSignedRequest"), float(limit or CONNECT_S))
    csr = look.before(lambda e: is_said(e, "station", "SignCertificateRequest"))
    problem = "no CertificateSignedRequest" if found is None else _chain_problem(look, found, csr)
    look.check("a certificate that fits the CSR", problem or "it fits", not problem, [csr, found])


def _chain_problem(look: Look, found: Event, csr: Event | None) -> str:
    try:
        chain = read_pem(found.body["certificateChain"])
    except ValueError as error:
        return f"the chain cannot be read as PEM: {error}"
    if csr is None:
        return "nothing was asked for"
    wanted = x509.load_pem_x509_csr(csr.body["csr"].encode()).public_key()
    if chain[0].public_key() != wanted:
        return "the certificate is for another key than that of the CSR"
    combined = look.before(lambda e: is_said(e, "csms", "TriggerMessageRequest"))
    if combined is not None and combined.body.get("requestedMessage") == "SignCombinedCertificate":
        return ""  # its chain leads to the V2G root
    if csr.body.get("certificateType", "ChargingStationCertificate") != "ChargingStationCertificate":
        return ""
    anchors = [x509.load_der_x509_certificate(b64decode(one)) for one in look.context.anchors]
    now = datetime.fromisoformat(found.utc)
    for issue in validate_chain(chain, anchors, now, "ocpp-station"):
        if issue.severity == "must" and (anchors or issue.code not in ("unknown-root", "missing-issuer")):
            return issue.text
    return ""


@then(parsers.re(rf"the station comes back with its new certificate{LIMIT}"))
async def _(bench: Bench, limit: str | None) -> None:
    """The leaf of its next TLS handshake is the one that the CSMS has sent last ([A02.FR.08])."""
    look = bench.look
    signed = look.before(lambda e: is_said(e, "csms", "CertificateSignedRequest"))
    if signed is None:
        raise Inconclusive("the CSMS has sent no certificate")
    wanted = read_pem(signed.body["certificateChain"])[0]
    found = await look.first(
        lambda e: is_tls(e, "Certificate", "station"), signed, float(limit or CONNECT_S) + look.context.tolerance_s
    )
    leaf = leaf_of(found)
    observed = "no TLS handshake" if found is None else "it shows another one" if leaf != wanted else "it does"
    look.check("the station shows its new certificate", observed, leaf == wanted, [signed, found])


# ---- roots in the store of a station


@given(parsers.re(rf"{_NAME} of the lab"))
async def _(bench: Bench, name: str) -> None:
    """Note its PEM down as $name, with _ in place of -."""
    note_down(bench.recorder, name.replace("-", "_"), pem_of([_known(bench, name)]))


@when(parsers.re(rf"\$(?P<under>\w+) is the (?P<algorithm>SHA256|SHA384|SHA512) of {_NAME}"))
async def _(bench: Bench, under: str, algorithm: str, name: str) -> None:
    """Note its hash data down."""
    _known(bench, name)
    note_down(bench.recorder, under, filled(bench.look, f"$hash of {name}")[algorithm])


def _known(bench: Bench, name: str) -> x509.Certificate:
    """Return a certificate of the lab and note its hash data down: Then steps have no PKI."""
    certificate = lab_root(bench.ocpp.reach, name, bench.utc())
    issuer = lab_root(bench.ocpp.reach, _ISSUERS.get(name, name), bench.utc())
    note_down(bench.recorder, f"hash of {name}", {kind: hash_data(certificate, issuer, kind) for kind in HASHES})
    return certificate


@given(parsers.re(r"the station hashes certificates with (?P<algorithm>SHA256|SHA384|SHA512)"))
async def _(bench: Bench, algorithm: str) -> None:
    """The tester's station reports hash data of that kind."""
    bench.ocpp.station_wishes.policy.setdefault("certificates", {})["hash_algorithm"] = algorithm


@given(parsers.re(rf"the station trusts {_NAME} as {_KIND}"))
async def _(bench: Bench, name: str, kind: str) -> None:
    """It has been given that root before; inconclusive where its bench has given it another one."""
    _known(bench, name)
    answer = await asked_and_answered(bench, "GetInstalledCertificateIdsRequest", {"certificateType": [kind]})
    hashes = filled(bench.look, f"$hash of {name}")
    listed = [one["certificateHashData"] for one in answer.body.get("certificateHashDataChain", ())]
    if not any(_means(one, hashes) for one in listed):
        raise Inconclusive(f"the station does not list {name} as {kind}: install it as its {kind} before the test")


@given(parsers.re(rf"{_NAME} is installed as {_KIND}"))
async def _(bench: Bench, name: str, kind: str) -> None:
    tree = {"certificateType": kind, "certificate": pem_of([_known(bench, name)])}
    answer = await asked_and_answered(bench, "InstallCertificateRequest", tree)
    if answer.body.get("status") != "Accepted":
        raise Inconclusive(f"the station does not install {name} as {kind}: {answer.name} {answer.body.get('status')}")


@when(parsers.re(rf"the CSMS installs {_NAME} as {_KIND}"))
async def _(bench: Bench, name: str, kind: str) -> None:
    tree = {"certificateType": kind, "certificate": pem_of([_known(bench, name)])}
    await bench.ocpp.call("InstallCertificateRequest", tree)


@given(parsers.re(rf"no {_KIND} is installed"))
async def _(bench: Bench, kind: str) -> None:
    """Delete what there is of a kind. Inconclusive where the station does not let go of it."""
    answer = await asked_and_answered(bench, "GetInstalledCertificateIdsRequest", {"certificateType": [kind]})
    for one in answer.body.get("certificateHashDataChain", ()):
        tree = {"certificateHashData": one["certificateHashData"]}
        gone = await asked_and_answered(bench, "DeleteCertificateRequest", tree)
        if gone.body.get("status") != "Accepted":
            raise Inconclusive(f"the station does not delete a {kind}: {gone.name} {gone.body.get('status')}")


@when(parsers.re(rf"the CSMS deletes {_NAME}"))
async def _(bench: Bench, name: str) -> None:
    """With the hash data that the station has reported for it, or with SHA256 where it has reported none."""
    _known(bench, name)
    look = bench.look
    hashes = filled(look, f"$hash of {name}")
    reported = [
        one["certificateHashData"]
        for event in look.events
        if is_said(event, "station", "GetInstalledCertificateIdsResponse")
        for one in event.body.get("certificateHashDataChain", ())
    ]
    found = next((one for one in reversed(reported) if _means(one, hashes)), hashes["SHA256"])
    await bench.ocpp.call("DeleteCertificateRequest", {"certificateHashData": found})


@when("the CSMS deletes the certificate that the station shows in TLS")
async def _(bench: Bench) -> None:
    look = bench.look
    shown = look.before(lambda e: is_tls(e, "Certificate", "station") and bool(e.body.get("chain")))
    if shown is None:
        raise Inconclusive("the station has shown no certificate in TLS")
    chain = [x509.load_der_x509_certificate(b64decode(one)) for one in shown.body["chain"]]
    roots = [lab_root(bench.ocpp.reach, name, bench.utc()) for name in ("csms-root", "csms-root-rsa")]
    issuer = next((one for one in [*chain[1:], *roots] if one.subject == chain[0].issuer), chain[0])
    await bench.ocpp.call("DeleteCertificateRequest", {"certificateHashData": hash_data(chain[0], issuer)})


def _means(told: dict[str, str], hashes: dict[str, dict[str, str]]) -> bool:
    """Tell whether hash data name a certificate; `hashes` are all of it, by algorithm."""
    own = hashes.get(told.get("hashAlgorithm", ""))
    return own is not None and same(told, own)


@then(parsers.re(rf"the station lists {_NAME} as {_KIND}"))
async def _(bench: Bench, name: str, kind: str) -> None:
    """In its answer to GetInstalledCertificateIds, with the hash data of OCSP, whatever the algorithm ([M03.FR.04])."""
    look = bench.look
    found, listed = await _listed(look)
    right = any(one.get("certificateType") == kind and _means(one["certificateHashData"], filled(look, f"$hash of {name}"))
                for one in listed)  # fmt: skip
    look.check(f"the hash data of {name} as {kind}", _summary(found, listed), right, [found])


@then(parsers.re(rf"the station lists {_NAME} once"))
async def _(bench: Bench, name: str) -> None:
    """One that was there already has been replaced ([M05.FR.17])."""
    look = bench.look
    found, listed = await _listed(look)
    same_one = [one for one in listed if _means(one["certificateHashData"], filled(look, f"$hash of {name}"))]
    look.check(f"{name} once", f"{len(same_one)} times: {_summary(found, listed)}", len(same_one) == 1, [found])


@then(parsers.re(rf"the station does not list {_NAME}"))
async def _(bench: Bench, name: str) -> None:
    look = bench.look
    found, listed = await _listed(look)
    there = any(_means(one["certificateHashData"], filled(look, f"$hash of {name}")) for one in listed)
    answered = found is not None and found.name == "GetInstalledCertificateIdsResponse"
    look.check(f"{name} is not there", _summary(found, listed), answered and not there, [found])


@then(parsers.re(rf"the station lists {_KIND} alone"))
async def _(bench: Bench, kind: str) -> None:
    look = bench.look
    found, listed = await _listed(look)
    right = bool(listed) and all(one.get("certificateType") == kind for one in listed)
    look.check(f"{kind} and nothing else", _summary(found, listed), right, [found])


async def _listed(look: Look) -> tuple[Event | None, list[dict[str, Any]]]:
    request = asked(look, "station")
    found = await answer_to(look, request, 30.0)
    chain = found.body.get("certificateHashDataChain", []) if found is not None and found.kind == "message" else []
    return found, [one for one in chain if isinstance(one, dict) and "certificateHashData" in one]


def _summary(found: Event | None, listed: list[dict[str, Any]]) -> str:
    if found is None:
        return "no answer"
    kinds = ", ".join(
        f"{one.get('certificateType')} {one['certificateHashData'].get('serialNumber')}" for one in listed
    )
    return f"{found.name} {(found.body or {}).get('status', '')}: {kinds or 'no hash data'}"


# ---- what a CSMS sends


@then(parsers.re(rf"the CSMS sends {_NAME} to be installed as {_KIND}{LIMIT}"))
async def _(bench: Bench, name: str, kind: str, limit: str | None) -> None:
    look = bench.look
    found = await after_deed(look, lambda e: is_said(e, "csms", "InstallCertificateRequest"), float(limit or CONNECT_S))
    wanted = read_pem(filled(look, f"${name.replace('-', '_')}"))[0]
    observed = "no InstallCertificateRequest"
    right = False
    if found is not None:
        try:
            sent = read_pem(found.body["certificate"])
        except ValueError:
            sent = []
        right = sent[:1] == [wanted] and found.body["certificateType"] == kind
        observed = f"{'that certificate' if sent[:1] == [wanted] else 'another certificate'} as {found.body['certificateType']}"
    look.check(f"the certificate {name} as {kind}", observed, right, [found])


@then("the CSMS deletes what the station has listed last")
async def _(bench: Bench) -> None:
    """With the hash data of the station, its algorithm included ([M04.FR.07])."""
    look = bench.look
    listed = look.before(lambda e: is_said(e, "station", "GetInstalledCertificateIdsResponse"))
    found = await after_deed(look, lambda e: is_said(e, "csms", "DeleteCertificateRequest"), CONNECT_S)
    told = [one["certificateHashData"] for one in (listed.body if listed else {}).get("certificateHashDataChain", ())]
    sent = found.body["certificateHashData"] if found is not None else {}
    right = any(same(one, sent) for one in told)
    observed = f"{sent.get('hashAlgorithm')} {sent.get('serialNumber')}" if sent else "no DeleteCertificateRequest"
    look.check("the hash data that the station has reported", observed, right, [listed, found])


@then(parsers.re(rf"the CSMS answers with an OCSP response(?: that says (?P<status>GOOD|REVOKED))?{LIMIT}"))
async def _(bench: Bench, status: str | None, limit: str | None) -> None:
    """DER in base64, successful, about the certificate that was asked for ([M06.FR.08], [M06.FR.09])."""
    look = bench.look
    request = asked(look, "CSMS")
    found = await answer_to(look, request, float(limit or 30.0))
    problem = _ocsp_problem(request, found, status)
    if found is not None and found.body == {"status": "Failed"} and unreached(look):
        raise Inconclusive("Failed: the lab has no responder that the CSMS could ask (PIXIT ocsp_responder)")
    look.check("an OCSP response in DER and base64", problem or "there is one", not problem, [request, found])


def _ocsp_problem(request: Event, found: Event | None, status: str | None) -> str:
    if found is None or found.name != "GetCertificateStatusResponse":
        return "no GetCertificateStatusResponse"
    if found.body.get("status") != "Accepted":
        return f"status {found.body.get('status')}"
    try:
        response = ocsp.load_der_ocsp_response(b64decode(found.body.get("ocspResult", ""), validate=True))
        if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            return f"the responder says {response.response_status.name}"
        told = {one.serial_number: one.certificate_status.name for one in response.responses}
    except ValueError as error:
        return f"ocspResult cannot be read: {error}"
    wanted = int(request.body["ocspRequestData"]["serialNumber"], 16)
    if wanted not in told:
        return "it is about another certificate"
    return "" if status in (None, told[wanted]) else f"it says {told[wanted]}"


@when(parsers.re(rf"the station asks for the OCSP status of {_NAME}"))
async def _(bench: Bench, name: str) -> None:
    certificate = lab_root(bench.ocpp.reach, name, bench.utc())
    roots = [lab_root(bench.ocpp.reach, one, bench.utc()) for one in ("v2g-root", "csms-root", "mo-root")]
    issuer = next((one for one in roots if one.subject == certificate.issuer), certificate)
    data = {**hash_data(certificate, issuer), "responderURL": responder(bench)}
    await bench.ocpp.call("GetCertificateStatusRequest", {"ocspRequestData": data})


@given(parsers.re(r"the CSMS has (?P<count>\d+) contracts for each car"))
async def _(bench: Bench, count: str) -> None:
    """Of the tester's CSMS."""
    bench.ocpp.csms_wishes.policy.setdefault("certificates", {})["contracts"] = int(count)


@when(parsers.re(r"a car asks the station for a contract certificate, by (?P<edition>ISO 15118-(?:2|20))"))
async def _(bench: Bench, edition: str) -> None:
    """The tester's station hands the request of a car on; at a station under test a car does it (stimulus plug)."""
    later = edition.endswith("20")
    schema = "urn:iso:std:iso:15118:-20:CommonMessages" if later else _ISO_2
    side = bench.ocpp
    if side.station is None:
        await side.drive("plug", "", contract="install", edition=edition)
        return
    await _ask(bench, "install", edition, schema=schema, **({"chains": 3} if later else {}))


@when("a car asks the station for an update of its contract certificate")
async def _(bench: Bench) -> None:
    """CertificateUpdateReq, which only ISO 15118-2 has."""
    side = bench.ocpp
    if side.station is None:
        await side.drive("plug", "", contract="update", edition="ISO 15118-2")
        return
    await _ask(bench, "update", "ISO 15118-2", action="Update")


async def _ask(bench: Bench, what: str, edition: str, **how: Any) -> None:
    side = bench.ocpp
    assert side.station is not None, "only a car at a station of ours is played"
    how.setdefault("schema", _ISO_2)
    facts = {"contract": what, "edition": edition, "exiRequest": _CONTRACT_REQUEST, "schema": how["schema"]}
    body = {"kind": "emulator", "text": "", "facts": facts}
    bench.recorder.add(kind="stimulus", layer="lab", name="plug", src="tester", dst="station", body=body)
    side.station.act(side.station.station.certificates.install_contract, _CONTRACT_REQUEST, **how)
    await side.settle()


@then("the station hands the request of the car on as it is")
async def _(bench: Bench) -> None:
    """The schema is that of the edition, the EXI stream whole where it is known what the car has sent ([M01.FR.01])."""
    look = bench.look
    deed = look.before(lambda e: e.kind == "stimulus" and "contract" in ((e.body or {}).get("facts") or {}))
    found = await after_deed(look, lambda e: is_said(e, "station", "Get15118EVCertificateRequest"), CONNECT_S)
    if deed is None or found is None:
        raise Inconclusive("no car has asked, or nothing was handed on")
    facts, told = deed.body["facts"], found.body
    edition = facts.get("edition", "")
    sent, schema = str(facts.get("exiRequest", told["exiRequest"])), str(told["iso15118SchemaVersion"])
    right = ":-20:" in schema if edition.endswith("20") else ":15118:2:" in schema
    if "schema" in facts:
        right = schema == facts["schema"]
    look.check(f"the schema of {edition}", schema, right, [found])
    look.check("the EXI stream of the car", told["exiRequest"], told["exiRequest"] == sent, [found])


@then("the remaining contracts get less with each answer")
async def _(bench: Bench) -> None:
    """Down to none ([M01.FR.04], [M01.FR.07])."""
    look = bench.look
    sent = [e for e in look.events[: look.cursor] if is_said(e, "csms", "Get15118EVCertificateResponse")]
    told = [e.body.get("remainingContracts") for e in sent]
    right = bool(told) and all(isinstance(one, int) for one in told) and told[-1] == 0
    right = right and all(after == before - 1 for before, after in pairwise(told) if before is not None)
    look.check("remainingContracts counts down to 0", ", ".join(map(str, told)) or "no answers", right, sent)
