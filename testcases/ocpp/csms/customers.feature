@role:csms
Feature: A CSMS asks what stations know of customers

  @req:N09.FR.01,N09.FR.04,N10.FR.08
  Scenario Outline: Customer information is asked for (report: <report>, clear: <clear>, the station has <outcome>)
    Given a station whose answer about customers is <outcome>
    And a booted station
    When the operator makes the CSMS send CustomerInformationRequest
      """
      requestId: 527
      report: <report>
      clear: <clear>
      idToken: {idToken: $valid_token, type: $valid_token_type}
      """
    Then the CSMS sends CustomerInformationRequest with report = <report> and clear = <clear> and idToken.idToken = $valid_token and idToken.type = $valid_token_type
    And the CSMS acknowledges NotifyCustomerInformationRequest

    Examples:
      | id           | report | clear | outcome |
      | TC_N_27_CSMS | true   | false | data    |
      | TC_N_28_CSMS | true   | false | no data |
      | TC_N_30_CSMS | true   | true  | data    |
      | TC_N_31_CSMS | true   | true  | no data |
      | TC_N_32_CSMS | false  | true  | data    |

  @TC_N_29_CSMS @req:N09.FR.01,N09.FR.04
  Scenario: A station refuses to tell
    Given a station whose answer about customers is Rejected
    And a booted station
    When the operator makes the CSMS send CustomerInformationRequest
      """
      requestId: 529
      report: true
      clear: false
      idToken: {idToken: $valid_token, type: $valid_token_type}
      """
    Then the CSMS sends CustomerInformationRequest with report = true and idToken.idToken = $valid_token and idToken.type = $valid_token_type
    And the station sends CustomerInformationResponse with status = Rejected
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s

  @TC_N_62_CSMS @req:N10.FR.08
  Scenario: A customer is named by an identifier
    Given a station whose answer about customers is data
    And a booted station
    When the operator makes the CSMS send CustomerInformationRequest
      """
      {requestId: 562, report: true, clear: true, customerIdentifier: lab customer}
      """
    Then the CSMS sends CustomerInformationRequest with report = true and clear = true and customerIdentifier = lab customer
    And the CSMS acknowledges NotifyCustomerInformationRequest
