@role:csms
Feature: A CSMS of 2.1 gives a station an identity with its network profile

  @TC_B_100_CSMS @req:B09.FR.14
  Scenario: A network profile brings an identity and a password of its own
    Given a booted station
    When the operator makes the CSMS set a network profile for slot 2 with connectionData.identity = "V2XCONFORM-B" and connectionData.basicAuthPassword = $new_password
    Then the CSMS sends SetNetworkProfileRequest with configurationSlot = 2 and connectionData.identity = V2XCONFORM-B and connectionData.basicAuthPassword = $new_password within 60 s
