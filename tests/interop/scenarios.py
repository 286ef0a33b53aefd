"""The sessions that we run with josev: what its station is set to and how its vehicle is configured.

Energy transfer service x transport security, ISO 15118-20 with EIM. Every scenario is good for both directions, "our
EVCC against josev's SECC" (``secc_env``) and "josev's EVCC against our SECC" (``evcc_config`` with ``evcc_env``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

# service: (protocol, ServiceID of ISO 15118-20)
SERVICES = {
    "AC": ("ISO_15118_20_AC", 1),
    "DC": ("ISO_15118_20_DC", 2),
    "AC_BPT": ("ISO_15118_20_AC", 5),
    "DC_BPT": ("ISO_15118_20_DC", 6),
}
# josev offers and takes -20 over plain TCP [V2G20-2356]; TLS 1.3 is mutual and needs ENABLE_TLS_1_3 at both ends.
TRANSPORTS = ("tcp", "tls13")
CHARGE_LOOPS = 10


@dataclass(frozen=True)
class Scenario:
    """One session: an energy transfer service over a transport."""

    service: str
    transport: str

    @property
    def name(self) -> str:
        """Unique and usable in file names."""
        return f"{self.service.lower()}-{self.transport}"

    @property
    def protocol(self) -> str:
        """josev's name of the protocol."""
        return SERVICES[self.service][0]

    @property
    def service_id(self) -> int:
        """ServiceID on the wire."""
        return SERVICES[self.service][1]

    @property
    def tls(self) -> bool:
        """Whether the session runs over mutual TLS 1.3."""
        return self.transport == "tls13"

    @property
    def secc_env(self) -> dict[str, str]:
        """Variables for josev's station."""
        on = str(self.tls).lower()
        return {"PROTOCOLS": self.protocol, "AUTH_MODES": "EIM", "ENABLE_TLS_1_3": on, "SECC_ENFORCE_TLS": on}

    @property
    def evcc_env(self) -> dict[str, str]:
        """Variables for josev's vehicle."""
        return {"ENABLE_TLS_1_3": str(self.tls).lower()}

    @property
    def evcc_config(self) -> dict[str, object]:
        """The configuration of josev's vehicle."""
        return {
            "supportedProtocols": [self.protocol],
            "supportedEnergyServices": [self.service],
            "isCertInstallNeeded": False,
            "useTls": self.tls,
            "enforceTls": self.tls,
            "chargeLoopCycle": CHARGE_LOOPS,
        }


SCENARIOS = {scenario.name: scenario for scenario in (Scenario(*cell) for cell in product(SERVICES, TRANSPORTS))}
