"""The sentences of OCPP block K: charging profiles, composite schedules, charging needs."""
