"""A CSMS on PyPI ``ocpp`` (mobilityhouse) as a user of that library would write it: short, and the library does the rest.

    python mobilityhouse_csms.py VERSION PORT CONTROL_PORT [PASSWORD]

VERSION is 2.0.1 or 2.1. ``POST /request`` on CONTROL_PORT with {"identity", "action", "payload"} makes it call a station.
"""

import asyncio
import base64
import contextlib
import importlib
import sys
from datetime import UTC, datetime

import websockets
from control import Logged, serve_control
from ocpp.routing import on

VERSIONS = {"2.0.1": "v201", "2.1": "v21"}
TOKENS = {"AABBCCDD": "Accepted", "AABBCCDE": "Invalid", "AABBCCDF": "Blocked", "AABBCC10": "Expired"}
stations = {}


def now():
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def station_class(version):
    package = f"ocpp.{VERSIONS[version]}"
    base = importlib.import_module(package).ChargePoint
    result = importlib.import_module(f"{package}.call_result")

    class Station(base):
        @on("BootNotification")
        def on_boot(self, **_):
            return result.BootNotification(current_time=now(), interval=300, status="Accepted")

        @on("Heartbeat")
        def on_heartbeat(self, **_):
            return result.Heartbeat(current_time=now())

        @on("Authorize")
        def on_authorize(self, id_token, **_):
            return result.Authorize(id_token_info={"status": TOKENS.get(id_token["id_token"], "Unknown")})

        @on("TransactionEvent")
        def on_transaction_event(self, id_token=None, **_):
            info = {"status": TOKENS.get(id_token["id_token"], "Unknown")} if id_token else None
            return result.TransactionEvent(id_token_info=info)

        @on("DataTransfer")
        def on_data_transfer(self, **_):
            return result.DataTransfer(status="UnknownVendorId")

    def acknowledged(action):
        def handler(self, **_):
            return getattr(result, action)()

        handler.__name__ = f"on_{action}"
        setattr(Station, handler.__name__, on(action)(handler))

    for action in (
        "StatusNotification", "NotifyReport", "NotifyEvent", "NotifyMonitoringReport", "MeterValues",
        "SecurityEventNotification", "LogStatusNotification", "FirmwareStatusNotification",
        "ReportChargingProfiles", "NotifyChargingLimit", "ClearedChargingLimit", "NotifyCustomerInformation",
        "NotifyDisplayMessages", "ReservationStatusUpdate",
    ):  # fmt: skip
        acknowledged(action)
    return Station, importlib.import_module(f"{package}.call")


async def main():
    version, port, control_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    password = sys.argv[4] if len(sys.argv) > 4 else None
    station, call = station_class(version)

    def check_password(connection, request):
        identity = request.path.rsplit("/", 1)[-1]
        right = base64.b64encode(f"{identity}:{password}".encode()).decode()
        if password is not None and request.headers.get("Authorization") != f"Basic {right}":
            return connection.respond(401, "unauthorized\n")
        return None

    async def serve(websocket):
        identity = websocket.request.path.rsplit("/", 1)[-1]
        stations[identity] = station(identity, Logged(websocket))
        with contextlib.suppress(websockets.ConnectionClosed):
            await stations[identity].start()

    async def request(path, body):
        payload = getattr(call, body["action"])(**{_snake(key): value for key, value in body["payload"].items()})
        found = stations.get(body["identity"])
        if found is None:
            return 404
        asyncio.get_running_loop().create_task(found.call(payload))
        return 200

    await serve_control(control_port, request)
    subprotocol = f"ocpp{version}"
    async with websockets.serve(serve, "127.0.0.1", port, subprotocols=[subprotocol], process_request=check_password):
        print("ready", flush=True)
        await asyncio.get_running_loop().create_future()


def _snake(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


asyncio.run(main())
