@role:secc
Feature: Meter values, and their confirmation by the EV

  @pics:MeteringConfirmation @req:V2G20-1083 @req:X20-SideStream
  Scenario Outline: the operator wants a metering confirmation (<control> <mode>)
    Given a <control> <mode> session has reached <loop> for the 3rd time
    When the operator wants a metering confirmation
    And the session goes on to MeteringConfirmationReq
    Then the charger asks for MeteringConfirmation within 3 s
    And the answer has MeterInfo
    When the EV sends MeteringConfirmationReq
    Then the charger answers MeteringConfirmationRes with OK within 1.5 s
    And the answer came in the stream of the request
    When the session goes on for 1 s
    Then the charger asks for nothing more
    And the charger keeps the connection open for 0.2 s

    Examples:
      | id                                     | control   | mode   | loop             | pics             |
      | TC_SECC20_DC_MeteringConfirmation_002  | Scheduled | DC     | DC_ChargeLoopReq | DC&Scheduled     |
      | TC_SECC20_DC_MeteringConfirmation_003  | Dynamic   | DC     | DC_ChargeLoopReq | DC&Dynamic       |
      | TC_SECC20_AC_MeteringConfirmation_001  | Scheduled | AC     | AC_ChargeLoopReq | AC&Scheduled     |
      | TC_SECC20_BPT_MeteringConfirmation_001 | Dynamic   | DC_BPT | DC_ChargeLoopReq | DC_BPT&Dynamic   |

  @TC_SECC20_DC_MeteringConfirmation_004 @pics:DC&MeteringConfirmation @req:V2G20-1083
  Scenario: one request for a confirmation is confirmed once
    Given a Scheduled DC session has reached DC_ChargeLoopReq for the 3rd time
    When the operator wants a metering confirmation
    And the session goes on to MeteringConfirmationReq
    And the EV sends MeteringConfirmationReq
    Then the charger answers MeteringConfirmationRes with OK within 1.5 s
    When the EV sends MeteringConfirmationReq
    Then the charger answers MeteringConfirmationRes with FAILED* within 1.5 s

  @TC_SECC20_AC_MeteringConfirmation_002 @pics:AC @req:V2G20-1083
  Scenario: an AC charger that did not ask for a confirmation takes none
    Given a Scheduled AC session has reached AC_ChargeLoopReq for the 3rd time
    When the EV sends MeteringConfirmationReq
    Then the charger answers MeteringConfirmationRes with FAILED* within 1.5 s

  @req:V2G20-1082
  Scenario Outline: an EV that asks for its meter values gets them, at any time (<mode>)
    Given a <mode> session has reached <loop> for the 5th time
    When the EV asks with <loop> for MeterInfoRequested = true
    Then the charger answers <answer> with OK within 0.25 s
    And the answer has MeterInfo.MeterID
    And the answer has MeterInfo.ChargedEnergyReadingWh

    Examples:
      | id                         | mode | loop             | answer           | pics |
      | TC_SECC20_DC_MeterInfo_001 | DC   | DC_ChargeLoopReq | DC_ChargeLoopRes | DC   |
      | TC_SECC20_AC_MeterInfo_001 | AC   | AC_ChargeLoopReq | AC_ChargeLoopRes | AC   |
