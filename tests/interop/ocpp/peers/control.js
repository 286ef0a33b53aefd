// What the peers share: a tiny HTTP control port (each POST is one stimulus), and a log of every text that passes.
'use strict';
const http = require('http');

exports.logged = (client) => {
  client.on('message', ({ message, outbound }) => console.log(`${outbound ? '>' : '<'} ${message}`));
};

exports.serveControl = (port, handle) => {
  http.createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => { text += chunk; });
    request.on('end', () => {
      let status = 500;
      try { status = handle(request.url, text ? JSON.parse(text) : {}); } catch (error) { console.log(`control: ${error.message}`); }
      response.writeHead(status, { 'Content-Length': 0, Connection: 'close' });
      response.end();
    });
  }).listen(port, '127.0.0.1');
};
