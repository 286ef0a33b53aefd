@role:evcc
Feature: Agreeing on ISO 15118-20

  @TC_EVCC20_CMN_SupportedAppProtocol_001 @req:V2G20-167 @req:X20-Offer
  Scenario: The offer names ISO 15118-20 with priorities and SchemaIDs of its own
    Given a charger that offers any
    When the vehicle is plugged in
    Then the vehicle offers ISO 15118-20 with sound priorities
    And the vehicle sends SessionSetupReq

  @TC_EVCC20_CMN_SupportedAppProtocol_002 @req:V2G20-436
  Scenario: No supportedAppProtocolRes: the EV waits 2 s and gives up
    Given a charger that stays silent instead of its supportedAppProtocolRes
    When the vehicle is plugged in
    Then the vehicle ends the session between 2 s and 2 s after the supportedAppProtocolReq

  @TC_EVCC20_CMN_SupportedAppProtocol_003 @req:V2G20-436
  Scenario: supportedAppProtocolRes 1.6 s late is still in time
    Given a charger that sends its supportedAppProtocolRes 1.6 s late
    When the vehicle is plugged in
    Then the vehicle goes on after the supportedAppProtocolRes

  @TC_EVCC20_CMN_Negotiation @req:X20-NegotiationFailed
  Scenario Outline: <what>: there is no session
    Given a charger whose supportedAppProtocolRes is bent by
      """
      <change>
      """
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the supportedAppProtocolRes

    Examples:
      | id                                     | what                             | change                                    |
      | TC_EVCC20_CMN_SupportedAppProtocol_004 | Failed_NoNegotiation             | set: {ResponseCode: Failed_NoNegotiation} |
      | TC_EVCC20_CMN_SupportedAppProtocol_005 | A SchemaID that was not offered  | set: {SchemaID: 99}                       |
      | TC_EVCC20_CMN_SupportedAppProtocol_006 | OK without SchemaID              | remove: [SchemaID]                        |
      | TC_EVCC20_CMN_SupportedAppProtocol_007 | An answer that cannot be decoded | payload: FFFFFFFF                         |

  @TC_EVCC20_CMN_SupportedAppProtocol_008 @req:X20-Offer
  Scenario: A minor deviation is still a choice
    Given a charger whose supportedAppProtocolRes is bent by
      """
      set: {ResponseCode: OK_SuccessfulNegotiationWithMinorDeviation}
      fair: true
      """
    When the vehicle is plugged in
    Then the vehicle goes on after the supportedAppProtocolRes
    And the vehicle sends SessionSetupReq

  @TC_EVCC20_CMN_SupportedAppProtocol_009 @req:X20-ConnectionLost
  Scenario: The charger closes the connection instead of supportedAppProtocolRes, and the EV closes it too
    Given a charger that closes the connection instead of its supportedAppProtocolRes
    When the vehicle is plugged in
    Then the vehicle ends the session within 5 s after the supportedAppProtocolReq
