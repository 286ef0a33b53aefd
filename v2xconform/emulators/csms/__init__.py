"""A CSMS of OCPP 2.0.1 and 2.1 without I/O: `Csms`, made of one module for each functional block."""

from v2xconform.emulators.csms.csms import Csms
from v2xconform.emulators.csms.policy import CsmsPolicy
from v2xconform.emulators.csms.session import StationSession

__all__ = ["Csms", "CsmsPolicy", "StationSession"]
