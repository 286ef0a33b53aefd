@role:csms
Feature: A CSMS of 2.0.1 issues certificates that are for CSMS and cable alike

  @TC_A_13_CSMS @req:A02.FR.11 @req:F06.FR.01 @pics:V2GCertificate
  Scenario: A CSMS makes a station ask for one certificate for both
    Given the station will answer TriggerMessageResponse with status = Accepted
    And a booted station
    When the operator makes the CSMS send TriggerMessageRequest with requestedMessage = SignCombinedCertificate
    Then the CSMS sends TriggerMessageRequest with requestedMessage = SignCombinedCertificate within 60 s
    When the station asks for a certificate for CSMS and cable alike
    Then the CSMS answers SignCertificateResponse with status = Accepted within 60 s
    And the CSMS sends a certificate for that CSR within 120 s
