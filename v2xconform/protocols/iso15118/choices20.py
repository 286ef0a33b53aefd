"""What a car chooses from what the station offers: the way of authorization, the energy service, the parameter set."""

from dataclasses import dataclass
from typing import Any, Literal

from v2xconform.protocols.iso15118.session20 import CONTROL_MODE_IDS, SERVICE_IDS, Memory, as_list


@dataclass(frozen=True, slots=True, kw_only=True)
class EvccWishes:
    """What a car is looking for."""

    security: Literal["tls", "none"] = "tls"
    """What it asks for with SDP."""
    services: tuple[str, ...] = ("DC",)
    """Energy services in the order of preference: AC, DC, AC_BPT, DC_BPT."""
    control_modes: tuple[str, ...] = ("Scheduled", "Dynamic")
    """Control modes in the order of preference."""
    authorization: tuple[str, ...] = ("EIM",)
    """Authorization services in the order of preference: PnC, EIM."""
    has_contract: bool = False
    installs: Literal["never", "missing", "always"] = "never"
    """When a contract is asked for with CertificateInstallationReq, where the station offers it."""
    asks_for_all_details: bool = False
    """True: ServiceDetailReq for every energy service that it could use, not only for the preferred one."""


class AuthorizationChoice:
    """PnC, EIM, or a contract first: what is left to a car after what it was refused."""

    def __init__(self, wishes: EvccWishes, *, insists: bool) -> None:
        """Begin a session. *insists*: what was refused is asked for again."""
        self._wishes, self._insists = wishes, insists
        self._refused: set[str] = set()
        self.refusals = 0
        self.has_contract = wishes.has_contract
        """Whether there is a contract to authorize with."""
        self.installation_over = False
        """Whether CertificateInstallationReq has been answered for good."""

    def service(self, memory: Memory) -> str:
        """Return the preferred service that is offered, possible and not refused yet; "" where there is none."""
        offered = _offered_authorization(memory)
        possible = [
            service
            for service in self._wishes.authorization
            if service in offered and (service == "EIM" or self.has_contract)
        ]
        fresh = [service for service in possible if service not in self._refused or self._insists]
        return next(iter(fresh or possible), "")

    def wants_installation(self, memory: Memory) -> bool:
        """Tell whether CertificateInstallationReq is to be sent: once, where the station offers it."""
        installs = self._wishes.installs
        wanted = installs == "always" or (installs == "missing" and not self.has_contract)
        setup = memory.responses.get("AuthorizationSetupRes", {})
        offered = setup.get("CertificateInstallationService", False) and "PnC" in _offered_authorization(memory)
        return bool(wanted and offered and not self.installation_over)

    def refuse(self, service: str) -> None:
        """Remember that the station has refused a service."""
        self.refusals += 1
        self._refused.add(service)


def _offered_authorization(memory: Memory) -> list[Any]:
    return as_list(memory.responses.get("AuthorizationSetupRes", {}).get("AuthorizationServices"))


def usable_services(wishes: EvccWishes, memory: Memory) -> list[int]:
    """Return the ServiceIDs that the station offers and the car can use, the preferred one first."""
    discovery = memory.responses.get("ServiceDiscoveryRes", {})
    offered = {one.get("ServiceID") for one in as_list(discovery.get("EnergyTransferServiceList", {}).get("Service"))}
    return [SERVICE_IDS[name] for name in wishes.services if SERVICE_IDS[name] in offered]


def wanted_details(wishes: EvccWishes, memory: Memory) -> list[int]:
    """Return the ServiceIDs whose parameter sets are still to be asked for."""
    unknown = [service for service in usable_services(wishes, memory) if service not in memory.parameter_sets]
    return unknown if wishes.asks_for_all_details or selection(wishes, memory) is None else []


def selection(wishes: EvccWishes, memory: Memory) -> tuple[int, int] | None:
    """Return the ServiceID and ParameterSetID to select: the preferred service in the preferred control mode."""
    for service in usable_services(wishes, memory):
        sets = memory.parameter_sets.get(service, {})
        for control in wishes.control_modes:
            for number, parameters in sets.items():
                if parameters.get("ControlMode", 1) == CONTROL_MODE_IDS[control]:
                    return service, number
    return None
