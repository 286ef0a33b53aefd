"""Block N, first part: logs and customer information (N01, N09, N10)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from v2xconform.emulators.file_server import SCHEMES, Transfer
from v2xconform.emulators.station.authorization_cache import key_of
from v2xconform.emulators.station.block import Handler, Payload, Triggered, status_info
from v2xconform.protocols.ocpp.queue import Queue

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

_UPLOAD: Final = "diagnostics.upload"
_KEPT: Final = 500
"""Lines of the log that are kept."""
_BETWEEN_TRIES_S: Final = 10.0
_DATA: Final = 512
"""Most characters of `data` in one NotifyCustomerInformation."""
_FAILURES: Final[dict[int, str]] = {400: "BadMessage", 401: "PermissionDenied", 403: "PermissionDenied"}


@dataclass(frozen=True, slots=True)
class DiagnosticsPolicy:
    """Duties of the block."""

    upload_ends_with: Literal["", "Uploaded", "UploadFailure", "Rejected"] = ""
    """How every upload ends, whatever the location is; empty: as it deserves. For testers of a CSMS."""
    customer_ends_with: Literal["", "data", "no data", "Rejected"] = ""
    """What every CustomerInformation comes to; empty: as it is. For testers of a CSMS."""
    upload_s: float | None = None
    """How long an upload takes, in place of what the file server says."""
    names_file: bool = True
    """Tells the name of the file ([N01.FR.01])."""
    hides: tuple[str, ...] = ()
    """Statuses that it does not tell ([N01.FR.08] to [N01.FR.10])."""
    names_request: bool = True
    """Tells the requestId ([N01.FR.07])."""
    tries: int | None = None
    """Uploads so often, whatever `retries` says."""
    retry_factor: float = 1.0
    """Share of the retryInterval that it waits."""
    can_cancel: bool = True
    """Gives up an upload for a new one ([N01.FR.12])."""
    tells_cancel: bool = True
    """Says so for the old requestId ([N01.FR.20])."""
    other_log: bool = False
    """Refuses the security log."""
    appends_name: bool = True
    """Appends the name of the file to a location that ends with a slash ([2.1 N01.FR.21])."""
    always_appends_name: bool = False
    """Also to one that does not ([2.1 N01.FR.29])."""
    follows_redirects: bool = False
    """Goes where a redirection leads ([2.1 N01.FR.30])."""
    uses_userinfo: bool = True
    """Authenticates with the user of the URL ([2.1 N01.FR.25])."""
    knows_collector_log: bool = True
    checks_customer: bool = True
    """Answers Invalid unless exactly one customer is named ([N09.FR.09])."""
    refuses_nothing_to_do: bool = True
    """Answers Rejected when neither report nor clear is wanted ([N09.FR.07])."""
    reports_customer: bool = True
    reports_twice: bool = False
    """Sends its report on a customer twice."""
    clears_customer: bool = True


@dataclass(slots=True)
class Upload:
    """One GetLogRequest that was accepted."""

    request: Payload
    name: str
    data: bytes
    tries: int = 0


@dataclass(slots=True)
class Diagnostics:
    """The block of one station."""

    station: "Station"
    lines: Queue[tuple[float, str]] = field(default_factory=Queue)
    """Its log: (seconds since 1970, what)."""
    upload: Upload | None = None
    """What is under way."""
    last: str = ""
    """Status that was told last."""
    handlers: dict[str, Handler] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.handlers = {"GetLog": self.get_log, "CustomerInformation": self.customer_information}

    # ---- the log

    def online(self, now: float) -> None:
        """Write it down."""
        self.note("connected")

    def offline(self, now: float) -> None:
        """Write it down."""
        self.note("connection lost")

    def boot_accepted(self, now: float) -> None:
        """Write it down; an upload that a reboot broke off begins anew."""
        self.note("boot accepted")
        if self.upload is not None and not self.station.agenda.planned(_UPLOAD):
            self.station.agenda.at(now, self._start, _UPLOAD)

    def note(self, what: str) -> None:
        """Add a line."""
        self.lines.append((self.station.utc(), what))
        if len(self.lines) > _KEPT:
            self.lines.popleft()

    def get_log(self, payload: Payload, now: float) -> Payload:
        """Answer GetLog (N01)."""
        policy, kind = self.station.policy.diagnostics, payload["logType"]
        unknown = kind == "DataCollectorLog" and not policy.knows_collector_log
        data = b"" if unknown or (kind == "SecurityLog" and policy.other_log) else self._log(payload["log"])
        if policy.upload_ends_with == "Rejected" or not data:
            return {"status": "Rejected", "statusInfo": status_info("NotFound")}
        if self.upload is not None and not policy.can_cancel:
            return {"status": "Rejected", "statusInfo": status_info("UploadInProgress")}
        older, status = self.upload, "Accepted"
        if older is not None:
            status = "AcceptedCanceled"
            number = older.request["requestId"]
            if policy.tells_cancel:
                self.station.agenda.at(now, lambda at: self._tell("AcceptedCanceled", number, at))
        name = f"{self.station.identity}_{kind}_{payload['requestId']}.log"
        self.upload = Upload(payload, name, data)
        self.station.agenda.at(now, self._start, _UPLOAD)
        return {"status": status, **({"filename": name} if policy.names_file else {})}

    def _log(self, asked: Payload) -> bytes:
        """Return the lines of the time that is asked for."""
        since, until = (_seconds(asked.get(name)) for name in ("oldestTimestamp", "latestTimestamp"))
        chosen = [
            f"{at:.3f} {what}" for at, what in self.lines if (since or 0) <= at and (until is None or at <= until)
        ]
        return "\n".join(chosen).encode()

    def _start(self, now: float) -> None:
        assert self.upload is not None, "an upload has begun"
        self.upload.tries += 1
        self._tell("Uploading", self.upload.request["requestId"], now)
        took = self.station.policy.diagnostics.upload_s
        if took is None:
            took = self.station.files.upload_s(self.upload.request["log"]["remoteLocation"])
        self.station.agenda.at(now + took, self._stored, _UPLOAD)

    def _stored(self, now: float) -> None:
        upload, policy = self.upload, self.station.policy.diagnostics
        assert upload is not None, "an upload is under way"
        if policy.upload_ends_with:
            status: str = policy.upload_ends_with
        else:
            found = self._put(upload)
            status = "Uploaded" if found.done else self._failure(upload, found)
        self._tell(status, upload.request["requestId"], now)
        tries = upload.request.get("retries", 0) + 1 if policy.tries is None else policy.tries
        if status != "Uploaded" and upload.tries < tries:
            wait = upload.request.get("retryInterval", _BETWEEN_TRIES_S) * policy.retry_factor
            self.station.agenda.at(now + wait, self._start, _UPLOAD)
        else:
            self.upload = None

    def _put(self, upload: Upload) -> Transfer:
        policy = self.station.policy.diagnostics
        location = upload.request["log"]["remoteLocation"]
        where = urlsplit(location)
        user = (unquote(where.username), unquote(where.password or "")) if where.username else None
        bare = urlunsplit(where._replace(netloc=where.netloc.rpartition("@")[2]))
        if (bare.endswith("/") and policy.appends_name) or policy.always_appends_name:
            bare += upload.name
        found = self.station.files.put(bare, upload.data, user if policy.uses_userinfo else None)
        if found.location and policy.follows_redirects:
            found = self.station.files.put(found.location, upload.data, user)
        return found

    def _failure(self, upload: Upload, found: Transfer) -> str:
        if urlsplit(upload.request["log"]["remoteLocation"]).scheme not in SCHEMES:
            return "NotSupportedOperation"
        return _FAILURES.get(found.status, "UploadFailure")

    def _tell(self, status: str, number: int, now: float) -> None:
        policy = self.station.policy.diagnostics
        self.last = status
        if status not in policy.hides:
            told = {"status": status, **({"requestId": number} if policy.names_request else {})}
            self.station.call("LogStatusNotification", told, now)

    def trigger(self, payload: Payload, now: float) -> Triggered:
        """Send what TriggerMessage asks for: Uploading while an upload is under way, else Idle ([F06.FR.15])."""
        return self._send_status if payload["requestedMessage"] == "LogStatusNotification" else None

    def _send_status(self, now: float) -> None:
        told: Payload = {"status": "Idle"}
        if self.upload is not None:
            told = {"status": "Uploading", "requestId": self.upload.request["requestId"]}
        self.station.call("LogStatusNotification", told, now, before_boot=True)

    # ---- customers

    def customer_information(self, payload: Payload, now: float) -> Payload:
        """Answer CustomerInformation (N09, N10)."""
        policy = self.station.policy.diagnostics
        if policy.customer_ends_with == "Rejected":
            return {"status": "Rejected", "statusInfo": status_info("Unspecified")}
        named = [one for one in ("idToken", "customerCertificate", "customerIdentifier") if one in payload]
        if len(named) != 1 and policy.checks_customer:
            return {"status": "Invalid"}
        if not (payload["report"] or payload["clear"]) and policy.refuses_nothing_to_do:
            return {"status": "Rejected", "statusInfo": status_info("MissingParam")}
        known = self._known(payload, now, clear=payload["clear"] and policy.clears_customer)
        if policy.customer_ends_with:
            known = "token of the lab" if policy.customer_ends_with == "data" else ""
        if payload["report"]:
            text = known or "no data"
        else:
            text = "cleared"
        if policy.reports_customer:
            for _ in range(2 if policy.reports_twice else 1):
                self.station.agenda.at(now, lambda at: self._report_customer(payload["requestId"], text, at))
        return {"status": "Accepted"}

    def _report_customer(self, number: int, text: str, now: float) -> None:
        parts = [text[start : start + _DATA] for start in range(0, len(text), _DATA)]
        for place, part in enumerate(parts):
            told = {"requestId": number, "data": part, "seqNo": place, "generatedAt": self.station.timestamp()}
            if place < len(parts) - 1:
                told["tbc"] = True
            self.station.call("NotifyCustomerInformation", told, now)

    def _known(self, payload: Payload, now: float, *, clear: bool) -> str:
        """Return what is stored about the customer, and forget it where `clear` says so; the local list stays."""
        token: Payload | None = payload.get("idToken")
        if token is None:
            return ""
        key, found = key_of(token), []
        cache, listed = self.station.authorization.cache.entries, self.station.local_list.entries
        if key in cache:
            found.append(f"authorization cache: {token['idToken']} {cache[key][0].get('status', '')}")
            if clear:
                del cache[key]
        if key in listed:
            found.append(f"local authorization list: {token['idToken']}")
        return "; ".join(found)


def _seconds(moment: str | None) -> float | None:
    return None if moment is None else datetime.fromisoformat(moment).timestamp()
