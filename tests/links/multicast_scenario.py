"""Run inside a network namespace with two joined interfaces v0 and v1: SDP by multicast, TCP to a link-local address.

Exits 0 when everything held; the test that starts it shows its output otherwise.
"""

import anyio

from v2xconform.links import IpNetwork, LinkRefused, LinkUnavailable
from v2xconform.links.sdp import sdp_client, sdp_server
from v2xconform.trace.recorder import Recorder


async def play() -> None:
    car, charger = IpNetwork("v0"), IpNetwork("v1")
    record = Recorder(anyio.current_time)
    listener = await charger.listen(recorder=None, src="secc", dst="evcc")
    assert listener.host == f"{charger.link_local()}%v1"
    async with (
        await sdp_server(charger, recorder=record) as server,
        await sdp_client(car, recorder=None) as client,
    ):
        assert server.port == 15118
        await client.request("TLS")
        request = await server.receive(5)
        assert request is not None
        tree = {"SECCIPAddress": charger.link_local(), "SECCPort": listener.port}
        await server.respond(request, tree | {"Security": "TLS", "TransportProtocol": "TCP"})
        found = await client.receive(5)
        assert found is not None
        assert found.source == (f"{charger.link_local()}%v0", 15118)
        carried = next(event for event in record.events if event.kind == "bytes")
        assert carried.body["to"] == "[ff02::1]:15118", carried.body
        assert carried.body["hop_limit"] == 1
        # one car on the other interface too: the port is free there
        async with await sdp_server(car, recorder=None):
            pass
        host, port = found.message.tree["SECCIPAddress"], found.message.tree["SECCPort"]
        async with (
            await car.connect(host, port, recorder=None, src="evcc", dst="secc") as near,
            await listener.accept() as far,
        ):
            await near.send(b"hello")
            assert await far.receive() == b"hello"
            assert far.peer.startswith(f"[{car.link_local()}%v1]")
    await listener.aclose()
    for interface, reason in (("v2", "no-ipv6"), ("v4", "no-link-local")):
        try:
            IpNetwork(interface).link_local()
        except LinkUnavailable as error:
            assert error.reason == reason, error
        else:
            raise AssertionError(f"{interface} should have no link-local address")
    try:
        await car.connect("fe80::dead", 50000, recorder=record, src="evcc", dst="secc", timeout=0.2)
    except LinkRefused as error:
        assert error.reason == "timed-out", error
        assert record.events[-1].name == "unreachable"
    else:
        raise AssertionError("nobody has that address")


if __name__ == "__main__":
    for uvloop in (False, True):
        anyio.run(play, backend_options={"use_uvloop": uvloop})
