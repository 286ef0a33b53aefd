"""The sentences of OCPP blocks C to F, H and J: tokens, transactions, remote control, meter values."""
