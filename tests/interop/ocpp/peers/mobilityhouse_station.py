"""A charging station on PyPI ``ocpp`` (mobilityhouse) as a user of that library would write it.

    python mobilityhouse_station.py VERSION URL IDENTITY CONTROL_PORT [PASSWORD]

VERSION is 2.0.1 or 2.1. ``POST /plug``, ``/authorize`` ({"token"}), ``/unplug`` and ``/power-cycle`` on CONTROL_PORT are
what drivers do. It connects again whenever the connection has been lost.
"""

import asyncio
import base64
import importlib
import sys
import uuid
from datetime import UTC, datetime

import websockets
from control import Logged, serve_control
from ocpp.routing import on

VERSIONS = {"2.0.1": "v201", "2.1": "v21"}


def now():
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


VARIABLES = {("OCPPCommCtrlr", "HeartbeatInterval"): "300"}
tasks = set()


def station_class(version):
    package = f"ocpp.{VERSIONS[version]}"
    base = importlib.import_module(package).ChargePoint
    call = importlib.import_module(f"{package}.call")
    result = importlib.import_module(f"{package}.call_result")

    class Station(base):
        transaction = None
        token = None
        plugged = False

        def later(self, coroutine):
            async def run():
                await asyncio.sleep(0.05)
                await coroutine

            task = asyncio.get_running_loop().create_task(run())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        async def boot(self, reason="PowerUp"):
            about = {"model": "bench", "vendorName": "interop"}
            answer = await self.call(call.BootNotification(charging_station=about, reason=reason))
            if answer is not None and answer.status == "Accepted":
                await self.tell_status()

        async def tell_status(self):
            status = "Occupied" if self.plugged else "Available"
            await self.call(
                call.StatusNotification(timestamp=now(), connector_status=status, evse_id=1, connector_id=1)
            )

        async def event(self, kind, trigger, state, **more):
            self.transaction["seq"] += 1
            info = {"transactionId": self.transaction["id"], "chargingState": state, **more.pop("info", {})}
            await self.call(
                call.TransactionEvent(
                    event_type=kind, timestamp=now(), trigger_reason=trigger, seq_no=self.transaction["seq"],
                    transaction_info=info, **more,
                )
            )  # fmt: skip

        async def plug(self):
            self.plugged = True
            await self.tell_status()
            self.transaction = {"id": str(uuid.uuid4()), "seq": -1}
            await self.event("Started", "CablePluggedIn", "EVConnected", evse={"id": 1, "connectorId": 1})

        async def authorize(self, token, trigger="Authorized", info=None):
            if trigger == "Authorized":
                answer = await self.call(call.Authorize(id_token=token))
                if answer is None or answer.id_token_info["status"] != "Accepted":
                    return
            self.token = token
            if self.transaction is None:
                self.transaction = {"id": str(uuid.uuid4()), "seq": -1}
                await self.event("Started", trigger, "Idle", id_token=token, evse={"id": 1}, info=info or {})
            else:
                await self.event("Updated", trigger, "EVConnected", id_token=token, info=info or {})
            if self.plugged:
                await self.event("Updated", "ChargingStateChanged", "Charging")

        async def end(self, trigger, reason):
            if self.transaction is not None:
                await self.event(
                    "Ended", trigger, "Idle" if not self.plugged else "EVConnected", info={"stoppedReason": reason}
                )
            self.transaction = self.token = None

        async def unplug(self):
            self.plugged = False
            await self.end("EVCommunicationLost", "EVDisconnected")
            await self.tell_status()

        @on("GetVariables")
        def on_get_variables(self, get_variable_data, **_):
            answers = []
            for asked in get_variable_data:
                value = VARIABLES.get((asked["component"]["name"], asked["variable"]["name"]))
                found = (
                    {"attribute_status": "Accepted", "attribute_value": value}
                    if value
                    else {"attribute_status": "UnknownVariable"}
                )
                answers.append({**found, "component": asked["component"], "variable": asked["variable"]})
            return result.GetVariables(get_variable_result=answers)

        @on("SetVariables")
        def on_set_variables(self, set_variable_data, **_):
            answers = []
            for asked in set_variable_data:
                key = (asked["component"]["name"], asked["variable"]["name"])
                status = "Accepted" if key in VARIABLES else "UnknownVariable"
                if key in VARIABLES:
                    VARIABLES[key] = asked["attribute_value"]
                answers.append(
                    {"attribute_status": status, "component": asked["component"], "variable": asked["variable"]}
                )
            return result.SetVariables(set_variable_result=answers)

        @on("RequestStartTransaction")
        def on_remote_start(self, id_token, remote_start_id, **_):
            if self.token:
                return result.RequestStartTransaction(status="Rejected")
            token = {"idToken": id_token["id_token"], "type": id_token["type"]}
            self.later(self.authorize(token, "RemoteStart", {"remoteStartId": remote_start_id}))
            return result.RequestStartTransaction(status="Accepted")

        @on("RequestStopTransaction")
        def on_remote_stop(self, transaction_id, **_):
            if self.transaction is None or self.transaction["id"] != transaction_id:
                return result.RequestStopTransaction(status="Rejected")
            self.later(self.end("RemoteStop", "Remote"))
            return result.RequestStopTransaction(status="Accepted")

        @on("TriggerMessage")
        def on_trigger(self, requested_message, **_):
            wanted = {"StatusNotification": self.tell_status, "Heartbeat": lambda: self.call(call.Heartbeat())}
            if requested_message not in wanted:
                return result.TriggerMessage(status="NotImplemented")
            self.later(wanted[requested_message]())
            return result.TriggerMessage(status="Accepted")

        @on("Reset")
        def on_reset(self, **_):
            self.later(self._connection.close())
            return result.Reset(status="Accepted")

        @on("DataTransfer")
        def on_data_transfer(self, **_):
            return result.DataTransfer(status="UnknownVendorId")

    return Station


async def main():
    version, url, identity, control_port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    headers = {}
    if len(sys.argv) > 5:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{identity}:{sys.argv[5]}".encode()).decode()
    station = station_class(version)
    current = {}

    async def stimulus(path, body):
        one = current.get("station")
        if one is None:
            return 409
        deeds = {
            "/plug": one.plug, "/unplug": one.unplug, "/authorize": lambda: one.authorize(body["token"]),
            "/power-cycle": one._connection.close,
        }  # fmt: skip
        if path not in deeds:
            return 404
        one.later(deeds[path]())
        return 200

    await serve_control(control_port, stimulus)
    print("ready", flush=True)
    while True:
        try:
            async with websockets.connect(
                f"{url}/{identity}", subprotocols=[f"ocpp{version}"], additional_headers=headers, open_timeout=5
            ) as websocket:
                one = current["station"] = station(identity, Logged(websocket), response_timeout=10)
                one.later(one.boot())
                await one.start()
        except (OSError, websockets.WebSocketException, TimeoutError):
            pass
        current.pop("station", None)
        await asyncio.sleep(0.3)


asyncio.run(main())
