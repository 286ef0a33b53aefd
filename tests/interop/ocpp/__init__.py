"""Counterparts of OCPP that nobody here wrote: CSMS and station on PyPI ``ocpp`` (mobilityhouse) and on npm ``ocpp-rpc``."""
