"""How long a probe takes, and what one of its questions costs: a charger of ours on loopback, in the same process.

The ratio to remember is the time of a whole probe to its number of connections, beside that of one bare connection.
"""

from datetime import UTC, datetime
from typing import Any

import anyio
import anyio.from_thread
import pytest

from v2xconform.links import IpNetwork, LinkError
from v2xconform.links.tls import PROFILE_20, Presented, tls_server
from v2xconform.links.tls_probe import Report, probe
from v2xconform.links.tls_scan import Asker
from v2xconform.links.tls_shown import from_recipe
from v2xconform.pki import issue, load_recipe

NOW = datetime.now(UTC)


async def _serve(listener: Any) -> None:
    pki = issue(load_recipe("iso15118-20-p521"), NOW)
    secc = pki.credential("secc")
    policy = PROFILE_20.using(credential=Presented(secc.chain, secc.key), trust=pki.anchors("oem"), staple=secc.ocsp)

    async def one(stream: Any) -> None:
        try:
            stream = await tls_server(stream, policy)
            while await stream.receive():
                continue
        except LinkError:
            return
        finally:
            await stream.close()

    async with anyio.create_task_group() as group:
        while True:
            group.start_soon(one, await listener.accept())


async def _probe(port: int, certificates: int) -> Report:
    shown = from_recipe("iso15118-20-p521", NOW)[0][:certificates]
    return await probe(IpNetwork(), "::1", port, profile="iso15118-20", now=NOW, shown=shown)


async def _bare(port: int, count: int) -> None:
    asker = Asker(IpNetwork(), "::1", port, None)
    for _ in range(count):
        stream = await asker.connect()
        await stream.finish()
        while await stream.receive():
            continue
        await stream.close()


@pytest.mark.parametrize("certificates", [0, 5])
def test_a_probe_and_its_connections(benchmark: Any, certificates: int) -> None:
    with anyio.from_thread.start_blocking_portal() as portal:
        listener = portal.call(lambda: IpNetwork().listen("::1", recorder=None, src="secc", dst="evcc"))
        serving = portal.start_task_soon(_serve, listener)
        report = benchmark.pedantic(
            lambda: anyio.run(_probe, listener.port, certificates), rounds=3, iterations=1, warmup_rounds=1
        )
        assert [(line.title, line.seen) for line in report.lines if line.verdict == "FAIL"] == []
        if benchmark.stats:
            seconds = benchmark.stats.stats.median
            benchmark.extra_info["connections"] = report.connections
            benchmark.extra_info["ms per connection"] = round(seconds / report.connections * 1000, 2)
        serving.cancel()
        portal.call(listener.aclose)


def test_bare_connections_for_comparison(benchmark: Any) -> None:
    with anyio.from_thread.start_blocking_portal() as portal:
        listener = portal.call(lambda: IpNetwork().listen("::1", recorder=None, src="secc", dst="evcc"))
        serving = portal.start_task_soon(_serve, listener)
        benchmark.pedantic(lambda: anyio.run(_bare, listener.port, 50), rounds=3, iterations=1, warmup_rounds=1)
        if benchmark.stats:
            benchmark.extra_info["ms per connection"] = round(benchmark.stats.stats.median / 50 * 1000, 2)
        serving.cancel()
        portal.call(listener.aclose)
