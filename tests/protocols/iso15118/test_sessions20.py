import pytest

from .ladder20 import Ladder, ev

BEGINNING = [
    "SessionSetupReq",
    "AuthorizationSetupReq",
    "AuthorizationReq",
    "ServiceDiscoveryReq",
    "ServiceDetailReq",
    "ServiceSelectionReq",
]
AC = [*BEGINNING, "AC_ChargeParameterDiscoveryReq", "ScheduleExchangeReq", "PowerDeliveryReq", "AC_ChargeLoopReq"]
DC = [
    *BEGINNING,
    "DC_ChargeParameterDiscoveryReq",
    "ScheduleExchangeReq",
    "DC_CableCheckReq",
    "DC_PreChargeReq",
    "PowerDeliveryReq",
    "DC_ChargeLoopReq",
]
AC_END = ["PowerDeliveryReq", "SessionStopReq"]
DC_END = ["PowerDeliveryReq", "DC_WeldingDetectionReq", "SessionStopReq"]


@pytest.mark.parametrize("control", ["Scheduled", "Dynamic"])
@pytest.mark.parametrize("service", ["AC", "DC", "AC_BPT", "DC_BPT"])
def test_a_whole_session(service: str, control: str) -> None:
    ladder = Ladder(service[:2], ev(services=[service], control_modes=[control])).run()
    assert ladder.rungs == ([*AC, *AC_END] if service.startswith("AC") else [*DC, *DC_END])
    assert ladder.evcc.ended is not None
    assert (ladder.evcc.ended.reason, ladder.evcc.ended.orderly) == ("SessionStop Terminate", True)
    assert (ladder.evcc.service, ladder.evcc.control_mode) == (service, control)
    assert (ladder.secc.service, ladder.secc.control_mode) == (service, control)
    assert ladder.secc.ended and ladder.secc.stopped_by_ev
    assert ladder.power() == 0
    bpt = "BPT_" if service.endswith("BPT") else ""
    assert f"{bpt}{control}_{service[:2]}_CLReqControlMode" in ladder.last(f"{service[:2]}_ChargeLoopReq")
    assert f"{bpt}{control}_{service[:2]}_CLResControlMode" in ladder.last(f"{service[:2]}_ChargeLoopRes")
