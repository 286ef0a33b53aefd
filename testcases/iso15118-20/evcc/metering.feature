@role:evcc @slow
Feature: The EV confirms meter values when it is asked to, and never else

  @pics:MeteringConfirmation @req:V2G20-1083 @req:V2G20-1919 @req:X20-SideStream
  Scenario Outline: the charger asks for a confirmation (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for MeteringConfirmation from its 5th charge loop response on
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle answers the <loop>Res with EVSEStatus.EVSENotification = MeteringConfirmation with MeteringConfirmationReq
    And the vehicle has confirmed the last MeterInfo
    And the vehicle answers the MeteringConfirmationRes with <loop>Req within 0.25 s
    And the vehicle has sent MeteringConfirmationReq in the side stream 0x8102

    Examples:
      | id                                     | mode           | loop          | pics           |
      | TC_EVCC20_DC_MeteringConfirmation_001  | Scheduled DC   | DC_ChargeLoop | DC&Scheduled   |
      | TC_EVCC20_DC_MeteringConfirmation_002  | Dynamic DC     | DC_ChargeLoop | DC&Dynamic     |
      | TC_EVCC20_AC_MeteringConfirmation_001  | Scheduled AC   | AC_ChargeLoop | AC&Scheduled   |
      | TC_EVCC20_BPT_MeteringConfirmation_001 | Dynamic AC_BPT | AC_ChargeLoop | AC_BPT&Dynamic |

  @pics:MeteringConfirmation @req:X20-FailedIsFatal
  Scenario Outline: the charger does not take the confirmation (<mode>)
    Given a charger that offers <mode>
    And a charger that asks for MeteringConfirmation from its 5th charge loop response on
    And a charger that answers MeteringConfirmationReq with FAILED_MeteringSignatureNotValid
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the MeteringConfirmationRes

    Examples:
      | id                                    | mode | pics |
      | TC_EVCC20_DC_MeteringConfirmation_003 | DC   | DC   |
      | TC_EVCC20_AC_MeteringConfirmation_002 | AC   | AC   |

  @req:V2G20-1083
  Scenario Outline: nobody has asked for a confirmation (<mode>)
    Given a charger that offers <mode>
    When the vehicle is plugged in
    And the vehicle has finished the session
    Then the vehicle has sent <loop>Req
    And the vehicle has not sent MeteringConfirmationReq

    Examples:
      | id                                    | mode | loop          | pics |
      | TC_EVCC20_DC_MeteringConfirmation_004 | DC   | DC_ChargeLoop | DC   |
      | TC_EVCC20_AC_MeteringConfirmation_003 | AC   | AC_ChargeLoop | AC   |
