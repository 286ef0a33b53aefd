"""What a judge has to know besides the trace: who is under test, which limits hold, how exact the tester is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from v2xconform.judge.stalls import Stalls
from v2xconform.lab.pics import Answer
from v2xconform.lab.roles import PEER, Role

DELIBERATE = "deliberate"
"""Mark (in `Event.note`) of what the tester sends wrong on purpose; no monitor holds it against the tester."""


@dataclass(frozen=True, slots=True)
class Context:
    """The same for all test cases of a run, stored in campaign.yaml, so that a stored run can be judged again."""

    sut: Role
    tolerance_s: float = 0.25
    """Added to each upper time limit."""
    close_tolerance_s: float = 0.25
    jitter_s: float = 0.0
    """The tester's own timing error, measured at the start of the run; see `jitter`."""
    transport: str = "tls"
    pics: Mapping[str, Answer] = field(default_factory=dict)
    tls_profile: str = "iso15118-20"
    """What the tester offers in TLS; another one than the standard's makes notes of what follows from it."""
    anchors: tuple[str, ...] = ()
    """Trust anchors for the chain of the SUT, DER as base64."""
    mo_anchors: tuple[str, ...] = ()
    """Roots of mobility operators for contract certificates, DER as base64."""

    protocol: str = "iso15118-20"
    """That of the profile: iso15118-20, ocpp2.0.1 …"""
    security_profile: int = 0
    """OCPP security profile of the link to the SUT."""
    identity: str = ""
    """OCPP identity of the station on the link to the SUT."""
    pixit: Mapping[str, float | str | bool] = field(default_factory=dict)
    """Values that test cases need: those of the profile, as the SUT description has them."""

    cable_anchors: tuple[str, ...] = ()
    """Trust anchors for the other face of a charger, that towards the car, DER as base64."""

    stalls: Stalls = field(default_factory=Stalls, compare=False, repr=False)
    """Those of the trace that is judged."""

    def jitter(self, since: float, until: float) -> float:
        """Return the tester's own timing error (seconds) for an interval of the trace: a smaller margin proves nothing.

        It is what was measured at the start of the run, and what the tester is known not to have run in that interval.
        """
        return self.jitter_s + self.stalls.between(since, until)

    def earliness(self, since: float, until: float) -> float:
        """Return by how much an interval may look shorter than it was: `jitter`, and how late its beginning was seen."""
        return self.jitter(since, until) + self.stalls.before(since)

    @property
    def tester(self) -> Role:
        """The role that the tester plays."""
        return PEER[self.sut]
