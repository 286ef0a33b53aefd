"""The sentences of OCPP blocks L, N, O and P: firmware, logs, monitoring, display, data transfer."""
