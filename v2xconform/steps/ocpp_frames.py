"""The sentences of OCPP frames and handshakes: raw text, wrong subprotocols, floods."""
