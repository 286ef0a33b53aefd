"""The sentences of OCPP blocks B and G: boot, variables, reports, resets, availability."""
