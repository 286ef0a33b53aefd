// A charging station on npm ocpp-rpc as a user of that library would write it.
//
//   node rpc_station.js VERSION URL IDENTITY CONTROL_PORT [PASSWORD]
//
// VERSION is 2.0.1 (validated strictly) or 2.1. POST /plug, /authorize ({"token"}), /unplug and /power-cycle on CONTROL_PORT
// are what drivers do. The library connects again whenever the connection has been lost.
'use strict';
const crypto = require('crypto');
const { RPCClient, createRPCError } = require('ocpp-rpc');
const { logged, serveControl } = require('./control.js');

const [version, url, identity, controlPort, password] = process.argv.slice(2);
const protocol = `ocpp${version}`;
const now = () => new Date().toISOString();
const variables = { 'OCPPCommCtrlr.HeartbeatInterval': '300' };
let transaction = null;
let token = null;
let plugged = false;
let fresh = true;
let reason = 'PowerUp';

const client = new RPCClient({
  endpoint: url, identity, password, protocols: [protocol], strictMode: version === '2.0.1' ? [protocol] : false,
  callTimeoutMs: 10000, backoff: { initialDelay: 300, maxDelay: 1000, factor: 1.01, randomisationFactor: 0 },
});
logged(client);
const call = (action, payload) => client.call(action, payload).catch(() => null);
const tellStatus = () => call('StatusNotification', {
  timestamp: now(), connectorStatus: plugged ? 'Occupied' : 'Available', evseId: 1, connectorId: 1,
});
const event = (eventType, triggerReason, chargingState, more = {}, facts = {}) => call('TransactionEvent', {
  eventType, timestamp: now(), triggerReason, seqNo: (transaction.seq += 1),
  transactionInfo: { transactionId: transaction.id, chargingState, ...facts }, ...more,
});
const begin = () => { transaction = { id: crypto.randomUUID(), seq: -1 }; };

async function boot() {
  const answer = await call('BootNotification', { reason, chargingStation: { model: 'bench', vendorName: 'interop' } });
  if (answer && answer.status === 'Accepted') await tellStatus();
}
async function plug() {
  plugged = true;
  await tellStatus();
  begin();
  await event('Started', 'CablePluggedIn', 'EVConnected', { evse: { id: 1, connectorId: 1 } });
}
async function authorize(idToken, trigger = 'Authorized', facts = {}) {
  if (trigger === 'Authorized') {
    const answer = await call('Authorize', { idToken });
    if (!answer || answer.idTokenInfo.status !== 'Accepted') return;
  }
  token = idToken;
  if (!transaction) {
    begin();
    await event('Started', trigger, 'Idle', { idToken, evse: { id: 1 } }, facts);
  } else await event('Updated', trigger, 'EVConnected', { idToken }, facts);
  if (plugged) await event('Updated', 'ChargingStateChanged', 'Charging');
}
async function end(trigger, stoppedReason) {
  if (transaction) await event('Ended', trigger, plugged ? 'EVConnected' : 'Idle', {}, { stoppedReason });
  transaction = null;
  token = null;
}
async function unplug() {
  plugged = false;
  await end('EVCommunicationLost', 'EVDisconnected');
  await tellStatus();
}
const later = (deed) => setTimeout(deed, 50);
const key = (asked) => `${asked.component.name}.${asked.variable.name}`;
const named = (asked) => ({ component: asked.component, variable: asked.variable });

const handlers = {
  GetVariables: (p) => ({ getVariableResult: p.getVariableData.map((asked) => (key(asked) in variables
    ? { attributeStatus: 'Accepted', attributeValue: variables[key(asked)], ...named(asked) }
    : { attributeStatus: 'UnknownVariable', ...named(asked) })) }),
  SetVariables: (p) => ({ setVariableResult: p.setVariableData.map((asked) => {
    const known = key(asked) in variables;
    if (known) variables[key(asked)] = asked.attributeValue;
    return { attributeStatus: known ? 'Accepted' : 'UnknownVariable', ...named(asked) };
  }) }),
  RequestStartTransaction: (p) => {
    if (token) return { status: 'Rejected' };
    later(() => authorize(p.idToken, 'RemoteStart', { remoteStartId: p.remoteStartId }));
    return { status: 'Accepted' };
  },
  RequestStopTransaction: (p) => {
    if (!transaction || transaction.id !== p.transactionId) return { status: 'Rejected' };
    later(() => end('RemoteStop', 'Remote'));
    return { status: 'Accepted' };
  },
  TriggerMessage: (p) => {
    const wanted = { StatusNotification: tellStatus, Heartbeat: () => call('Heartbeat', {}) }[p.requestedMessage];
    if (!wanted) return { status: 'NotImplemented' };
    later(wanted);
    return { status: 'Accepted' };
  },
  Reset: () => { fresh = true; reason = 'RemoteReset'; later(() => client.close({ code: 1000 }).then(connect)); return { status: 'Accepted' }; },
  DataTransfer: () => ({ status: 'UnknownVendorId' }),
};
for (const [action, handler] of Object.entries(handlers)) client.handle(action, ({ params }) => handler(params || {}));
client.handle(() => { throw createRPCError('NotImplemented'); });

serveControl(Number(controlPort), (path, body) => {
  const deed = {
    '/plug': plug, '/unplug': unplug, '/authorize': () => authorize(body.token),
    '/power-cycle': () => client.close({ code: 1000 }).then(connect),
  }[path];
  if (!deed) return 404;
  later(deed);
  return 200;
});
client.on('open', () => { if (fresh) boot(); fresh = false; }); // a plain reconnect is no boot
console.log('ready');
const connect = () => client.connect().catch(() => setTimeout(connect, 300));
connect();
