"""TLS over a stream: the handshake recorded message by message, plaintext beside ciphertext, failures in words.

In TLS 1.3 a client has finished before the server has looked at its certificate: the refusal arrives with the first
read, as an alert, a `failed` event with "late" in its body, and a `TlsFailed` out of `Stream.receive`.
"""

import contextlib
from base64 import b64encode
from dataclasses import asdict
from typing import Any, Final, Literal

import anyio
from anyio.lowlevel import checkpoint

from v2xconform.links.errors import LinkError
from v2xconform.links.stream import Stream
from v2xconform.links.tap import Tap
from v2xconform.links.tls_endpoint import TlsEndpoint, TlsFailed
from v2xconform.links.tls_facts import TlsFacts
from v2xconform.links.tls_messages import TranscriptReader
from v2xconform.links.tls_policy import PROFILE_2, PROFILE_20, PROFILE_20_P256, PROFILES, Presented, TlsPolicy

__all__ = [
    "PROFILES",
    "PROFILE_2",
    "PROFILE_20",
    "PROFILE_20_P256",
    "Presented",
    "TlsFacts",
    "TlsFailed",
    "TlsPolicy",
    "tls_client",
    "tls_server",
]

HANDSHAKE_TIMEOUT: Final = 10.0
"""Seconds within which a handshake must be done."""
_ALERT: Final = 21


async def tls_client(stream: Stream, policy: TlsPolicy, *, timeout: float = HANDSHAKE_TIMEOUT) -> Stream:
    """Shake hands as client and return the stream of plaintext; `stream` must not be used any more.

    Raises TlsFailed (the handshake; the connection is closed then), LinkUnavailable (the policy cannot be played).
    """
    return await _wrap(stream, policy, "client", timeout)


async def tls_server(stream: Stream, policy: TlsPolicy, *, timeout: float = HANDSHAKE_TIMEOUT) -> Stream:
    """Shake hands as server and return the stream of plaintext; `stream` must not be used any more.

    Raises TlsFailed (the handshake; the connection is closed then), LinkUnavailable (the policy cannot be played).
    """
    return await _wrap(stream, policy, "server", timeout)


async def _wrap(stream: Stream, policy: TlsPolicy, role: Literal["client", "server"], timeout: float) -> Stream:
    tap = Tap(stream.recorder, stream.link, stream.tap.src, stream.tap.dst, "tls")
    pipe = _TlsPipe(stream, TlsEndpoint(policy, role), tap)
    with stream.in_transit():
        try:
            with anyio.fail_after(timeout):
                facts = await pipe.shake_hands()
        except TimeoutError:
            failure = TlsFailed(f"the TLS handshake was not done after {timeout:g} s")
            pipe.record_failure(failure)
            await stream.abort()
            raise failure from None
        except LinkError as error:
            failure = error if isinstance(error, TlsFailed) else TlsFailed(f"the TLS handshake broke off: {error}")
            pipe.record_failure(failure)
            with anyio.CancelScope(shield=True):
                await stream.close()
            raise failure from None
    return Stream(pipe, tap, stream.local, stream.peer, facts)


class _TlsPipe:
    """The pipe under a stream of plaintext."""

    def __init__(self, stream: Stream, endpoint: TlsEndpoint, tap: Tap) -> None:
        self._stream = stream
        self._endpoint = endpoint
        self._tap = tap
        self._reader = TranscriptReader()
        self._peer_chain: tuple[str, ...] = ()
        self._began = anyio.current_time()
        self._failed = False

    async def shake_hands(self) -> TlsFacts:
        """Return the facts once this end has finished. Raises TlsFailed, LinkError."""
        endpoint = self._endpoint
        while True:
            try:
                done = endpoint.handshake()
            except TlsFailed:
                with contextlib.suppress(LinkError):  # the alert tells the peer, if it still listens
                    await self._flush()
                raise
            await self._flush()
            if done:
                break
            data = await self._stream.receive()
            if not data:
                peer = self._tap.dst
                raise TlsFailed(f"{peer} closed the connection in the middle of the TLS handshake")
            endpoint.receive(data)
        facts = TlsFacts(
            role=endpoint.role,
            **endpoint.facts(),
            peer_chain=self._peer_chain,
            verify_errors=tuple(endpoint.verify_errors),
            staple=b64encode(endpoint.staple).decode() if endpoint.staple else None,
            duration=anyio.current_time() - self._began,
        )
        self._tap.outgoing(kind="handshake", name="established", body=asdict(facts))
        return facts

    def record_failure(self, failure: LinkError, *, late: bool = False) -> None:
        """Record that TLS went wrong, once."""
        if self._failed:
            return
        self._failed = True
        alert = getattr(failure, "alert", None)
        alert_from = getattr(failure, "alert_from", None)
        body = {"error": str(failure), "alert": alert, "alert_from": alert_from, "late": late}
        add = self._tap.outgoing if alert_from == "sent" else self._tap.incoming
        add(kind="handshake", name="failed", body=body | {"verify_errors": list(self._endpoint.verify_errors)})

    async def receive(self, limit: int) -> bytes:
        while True:
            plaintext = await self._read(limit)
            if plaintext or self._endpoint.closed:
                return plaintext
            data = await self._stream.receive()
            if not data:
                self._tap.incoming(kind="handshake", name="truncated", body={"error": "closed without close_notify"})
                return b""
            self._endpoint.receive(data)

    async def send(self, data: bytes) -> None:
        await checkpoint()
        self._endpoint.write(data)
        await self._flush()

    def unread(self, limit: int) -> bytes:
        try:
            while True:
                plaintext = self._endpoint.read(limit)
                self._record()
                if plaintext:
                    return plaintext
                data = self._stream.unread(limit)
                if not data:
                    return b""
                self._endpoint.receive(data)
        except TlsFailed as failure:
            self._record()
            self.record_failure(failure, late=True)
            return b""

    async def finish(self) -> None:
        self._endpoint.close_notify()
        try:
            await self._flush()
        except LinkError:
            return  # whoever has gone needs no farewell
        await self._stream.finish()

    def close(self) -> None:
        if not self._stream.closed:
            self._stream.let_go()

    def abort(self) -> None:
        self._stream.break_off()

    async def _read(self, limit: int) -> bytes:
        try:
            plaintext = self._endpoint.read(limit)
        except TlsFailed as failure:
            with contextlib.suppress(LinkError):
                await self._flush()
            self.record_failure(failure, late=True)
            raise
        with anyio.CancelScope(shield=True):  # what a read has to answer (KeyUpdate) must not be lost to a timeout
            await self._flush()
        return plaintext

    async def _flush(self) -> None:
        """Record what has happened in the endpoint and send what it wants to send."""
        self._record()
        data = self._endpoint.data_to_send()
        if data:
            await self._stream.send(data)

    def _record(self) -> None:
        endpoint = self._endpoint
        while endpoint.transcript:
            sent, kind, data = endpoint.transcript.popleft()
            add = self._tap.outgoing if sent else self._tap.incoming
            if kind == _ALERT:
                add(kind="handshake", name="Alert", body=self._reader.alert(data), raw=data)
                continue
            name, body = self._reader.handshake(data)
            if not sent and name == "Certificate":
                self._peer_chain = tuple(body.get("chain", ()))
            add(kind="handshake", name=name, body=body, raw=data)
        while endpoint.key_log:
            line: Any = endpoint.key_log.popleft()
            if self._tap.recorder is not None:
                self._tap.recorder.key_log.append(line)
