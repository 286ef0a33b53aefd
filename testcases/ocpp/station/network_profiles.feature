@role:station
Feature: A station moves from one address of its CSMS to another

  @TC_B_43_CS @req:B09.FR.02 @req:B09.FR.05
  Scenario: A station refuses a slot that it does not have
    Given a booted station
    And the slots of the station
    And a second address of the CSMS
    When the CSMS sets a network profile for its second address with configurationSlot = 999
    Then the station answers SetNetworkProfileResponse with status = Rejected

  @TC_B_45_CS @req:B09.FR.01 @req:B10.FR.01 @req:B10.FR.04 @req:B10.FR.06 @req:B10.FR.10 @slow
  Scenario: A station moves to another address after a reset
    Given a booted station
    And the slots of the station
    And a second address of the CSMS
    When the CSMS sets a network profile for its second address
    Then the station answers SetNetworkProfileResponse with status = Accepted
    When the CSMS puts the new slot in front of the old one
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted or RebootRequired
    When the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Accepted
    And the station connects at the second address within 180 s
    And the station sends BootNotificationRequest on that connection within 60 s
    When 2 s pass
    And the CSMS puts the old slot in front again
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted or RebootRequired

  @TC_B_46_CS @req:B10.FR.03 @req:B10.FR.04 @slow
  Scenario: A station falls back to its old address
    Given a booted station
    And the slots of the station
    And a second address of the CSMS
    And OCPPCommCtrlr.NetworkProfileConnectionAttempts is set to 2
    When the CSMS sets a network profile for its second address
    Then the station answers SetNetworkProfileResponse with status = Accepted
    When the CSMS puts the new slot in front of the old one
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted or RebootRequired
    When nobody answers at the second address
    And the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Accepted
    And the station connects at the first address within 600 s
    And it has tried the second address 2 times before
    And the station sends BootNotificationRequest within 660 s

  @TC_B_50_CS @req:M05.FR.13 @pics:Tls @slow
  Scenario: A station moves to another CSMS whose root it has been given
    Given security profile 2 or 3
    And a booted station
    And the slots of the station
    And the certificate "csms-root-other" is installed as CSMSRootCertificate
    And a second address of the CSMS with the certificate "csms-other"
    When the CSMS sets a network profile for its second address
    Then the station answers SetNetworkProfileResponse with status = Accepted
    When the CSMS puts the new slot in front of the old one
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted or RebootRequired
    When the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Accepted
    And the station connects at the second address within 180 s
    And the station sends BootNotificationRequest on that connection within 60 s

  @TC_B_57_CS @req:OCPP-Reconnect @slow
  Scenario: A station comes back after a loss, and waits longer after each failure
    Given a booted station
    And OCPPCommCtrlr.RetryBackOffRepeatTimes is set to 2
    And OCPPCommCtrlr.RetryBackOffRandomRange is set to 0
    And OCPPCommCtrlr.RetryBackOffWaitMinimum is set to 4
    When the connection is closed in good order
    Then the station waits at least 4 s before attempt 1
    And the station connects within 60 s
    When 5 s pass
    And the CSMS breaks off the next 1 connections
    And the connection is closed in good order
    Then the station waits at least 4 s before attempt 1
    And the station waits at least 8 s before attempt 2
    And the station connects within 90 s

  @req:A05.FR.04 @req:A05.FR.05 @req:A05.FR.06 @slow
  Scenario Outline: A station moves from security profile <from> to <to>, and does not go back
    Given security profile <from>
    And a booted station
    And the slots of the station
    And the certificate "csms-root" is installed as CSMSRootCertificate
    And a second address of the CSMS in security profile <to>
    When the CSMS sets a network profile for its second address
    Then the station answers SetNetworkProfileResponse with status = Accepted
    When the CSMS puts the new slot in front of the old one
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted or RebootRequired
    When the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Accepted
    And the station connects at the second address within 180 s
    And the station sends BootNotificationRequest on that connection within 60 s
    When 2 s pass
    And the CSMS sends GetVariablesRequest
      """
      {getVariableData: [{component: {name: SecurityCtrlr}, variable: {name: SecurityProfile}}]}
      """
    Then the station answers GetVariablesResponse with getVariableResult.0.attributeValue = "<to>"
    When the CSMS sends GetVariablesRequest
      """
      {getVariableData: [{component: {name: OCPPCommCtrlr}, variable: {name: NetworkConfigurationPriority}}]}
      """
    Then the order of the slots does not hold the old one

    Examples:
      | id           | from | to | pics              |
      | TC_A_19_CS   | 1    | 2  | Tls               |
      | TC_A_19_CS_b | 2    | 3  | ClientCertificate |

  @TC_A_20_CS @req:A05.FR.02 @pics:Tls
  Scenario: A station does not go to TLS without a root to trust
    Given security profile 1
    And a booted station
    And the slots of the station
    And no CSMSRootCertificate is installed
    And a second address of the CSMS in security profile 2
    When the CSMS sets a network profile for its second address
    Then the station answers SetNetworkProfileResponse with status = Accepted
    When the CSMS puts the new slot in front of the old one
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Rejected

  @TC_A_22_CS @req:B09.FR.04 @pics:Tls
  Scenario: A station refuses a lower security profile
    Given security profile 2 or 3
    And a booted station
    And the slots of the station
    And a second address of the CSMS in security profile 1
    When the CSMS sets a network profile for its second address
    Then the station answers SetNetworkProfileResponse with status = Rejected

  @TC_OCPP_EmptySlot_CS @req:B10.FR.02
  Scenario: A station refuses an order with a slot that holds nothing
    Given a booted station
    And the slots of the station
    When the CSMS puts the new slot in front of the old one
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Rejected

  @TC_OCPP_BackOff_CS @req:OCPP-Reconnect @slow
  Scenario: A station waits longer only so many times
    Given a booted station
    And OCPPCommCtrlr.RetryBackOffRepeatTimes is set to 1
    And OCPPCommCtrlr.RetryBackOffRandomRange is set to 0
    And OCPPCommCtrlr.RetryBackOffWaitMinimum is set to 4
    And OCPPCommCtrlr.NetworkProfileConnectionAttempts is 20 where the station has it
    When the CSMS breaks off the next 4 connections
    And the connection is closed in good order
    Then the station waits at least 4 s before attempt 1
    And the station waits at least 8 s before attempt 2
    And the station waits at least 8 s and at most 24 s before attempt 5
    And the station connects within 180 s

  @TC_OCPP_B_Soap_CS @req:B09.FR.02
  Scenario: A station refuses a network profile of a transport that OCPP does not have any more
    Given a booted station
    And the slots of the station
    And a second address of the CSMS
    When the CSMS sets a network profile for its second address with connectionData.ocppTransport = SOAP
    Then the station answers SetNetworkProfileResponse with status = Rejected or Failed
