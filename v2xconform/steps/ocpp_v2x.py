"""The sentences of OCPP blocks Q and R of 2.1: bidirectional power transfer and DER control."""
