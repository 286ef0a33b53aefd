@role:station
Feature: A station of 2.1 moves from one address of its CSMS to another

  @TC_B_100_CS @req:B09.FR.01 @req:B09.FR.28 @pics:BasicAuth @slow
  Scenario: A network profile brings an identity and a password of its own
    Given security profile 1 or 2
    And a booted station
    And the slots of the station
    And a second identity of the station
    And a second address of the CSMS
    When the CSMS sets a network profile for its second address with connectionData.identity = $second_identity and connectionData.basicAuthPassword = $new_password
    Then the station answers SetNetworkProfileResponse with status = Accepted
    When the CSMS puts the new slot in front of the old one
    Then the station answers SetVariablesResponse with setVariableResult.0.attributeStatus = Accepted or RebootRequired
    When the CSMS sends ResetRequest with type = OnIdle
    Then the station answers ResetResponse with status = Accepted
    And the station authenticates itself with the password $new_password within 120 s
    And the station calls itself $second_identity there
    And the station connects at the second address within 120 s

  @TC_B_110_CS @req:B09.FR.32 @pics:Tls
  Scenario: No station goes down to security profile 1
    Given security profile 2 or 3
    And a booted station
    And the slots of the station
    And SecurityCtrlr.AllowSecurityProfileDowngrade is set to true
    And a second address of the CSMS in security profile 1
    When the CSMS sets a network profile for its second address
    Then the station answers SetNetworkProfileResponse with status = Rejected

  @TC_B_112_CS @req:B09.FR.04 @pics:ClientCertificate
  Scenario: No station goes down to security profile 2 while that is not allowed
    Given security profile 3
    And a booted station
    And the slots of the station
    And SecurityCtrlr.AllowSecurityProfileDowngrade is set to false
    And a second address of the CSMS in security profile 2
    When the CSMS sets a network profile for its second address
    Then the station answers SetNetworkProfileResponse with status = Rejected
