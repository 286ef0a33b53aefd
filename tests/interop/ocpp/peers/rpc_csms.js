// A CSMS on npm ocpp-rpc as a user of that library would write it.
//
//   node rpc_csms.js VERSION PORT CONTROL_PORT [PASSWORD]
//
// VERSION is 2.0.1 (validated strictly) or 2.1 (the library cannot validate it). POST /request on CONTROL_PORT with
// {"identity", "action", "payload"} makes it call a station.
'use strict';
const { RPCServer, createRPCError } = require('ocpp-rpc');
const { logged, serveControl } = require('./control.js');

const [version, port, controlPort, password] = process.argv.slice(2);
const protocol = `ocpp${version}`;
const tokens = { AABBCCDD: 'Accepted', AABBCCDE: 'Invalid', AABBCCDF: 'Blocked', AABBCC10: 'Expired' };
const info = (token) => ({ idTokenInfo: { status: tokens[token.idToken] || 'Unknown' } });
const stations = new Map();

const answers = {
  BootNotification: () => ({ currentTime: new Date().toISOString(), interval: 300, status: 'Accepted' }),
  Heartbeat: () => ({ currentTime: new Date().toISOString() }),
  Authorize: (payload) => info(payload.idToken),
  TransactionEvent: (payload) => (payload.idToken ? info(payload.idToken) : {}),
  DataTransfer: () => ({ status: 'UnknownVendorId' }),
};
for (const action of ['StatusNotification', 'NotifyReport', 'NotifyEvent', 'NotifyMonitoringReport', 'MeterValues',
  'SecurityEventNotification', 'LogStatusNotification', 'FirmwareStatusNotification', 'ReportChargingProfiles',
  'NotifyChargingLimit', 'ClearedChargingLimit', 'NotifyCustomerInformation', 'NotifyDisplayMessages',
  'ReservationStatusUpdate']) answers[action] = () => ({});

(async () => {
  const server = new RPCServer({ protocols: [protocol], strictMode: version === '2.0.1' ? [protocol] : false });
  server.auth((accept, reject, handshake) => {
    const given = handshake.password && handshake.password.toString('utf8');
    if (password !== undefined && given !== password) return reject(401, 'unauthorized');
    return accept({});
  });
  server.on('client', (client) => {
    stations.set(client.identity, client);
    logged(client);
    client.on('close', () => { if (stations.get(client.identity) === client) stations.delete(client.identity); });
    client.handle(({ method, params }) => {
      if (!answers[method]) throw createRPCError('NotImplemented');
      return answers[method](params || {});
    });
  });
  await server.listen(Number(port), '127.0.0.1');
  serveControl(Number(controlPort), (path, body) => {
    const station = stations.get(body.identity);
    if (path !== '/request' || !station) return 404;
    station.call(body.action, body.payload).catch(() => {});
    return 200;
  });
  console.log('ready');
})();
