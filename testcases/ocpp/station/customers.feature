@role:station
Feature: A station tells and forgets what it knows of customers

  @TC_N_32_CS @req:N10.FR.01,N10.FR.06
  Scenario: Data of a customer is cleared without a report, and that is told
    Given a booted station
    When the CSMS sends CustomerInformationRequest
      """
      requestId: 332
      report: false
      clear: true
      idToken: {idToken: $valid_token, type: $valid_token_type}
      """
    Then the station answers CustomerInformationResponse with status = Accepted
    And the station sends NotifyCustomerInformationRequest with requestId = 332 and seqNo = 0
    And the report 332 on a customer is whole
    And the station sends no NotifyCustomerInformationRequest for 10 s

  @req:N09.FR.02,N09.FR.06,N10.FR.01,N10.FR.04
  Scenario Outline: Of a customer whom it does not know it says so once (clear: <clear>)
    Given a booted station
    When the CSMS sends CustomerInformationRequest
      """
      requestId: <number>
      report: true
      clear: <clear>
      idToken: {idToken: $unknown_token, type: $unknown_token_type}
      """
    Then the station answers CustomerInformationResponse with status = Accepted
    And the station sends NotifyCustomerInformationRequest with requestId = <number> and seqNo = 0
    And the report <number> on a customer is whole
    And the station sends no NotifyCustomerInformationRequest for 10 s

    Examples:
      | id         | number | clear |
      | TC_N_28_CS | 328    | false |
      | TC_N_31_CS | 331    | true  |

  @TC_N_27_CS @pics:CustomerData @req:N09.FR.02,N09.FR.05
  Scenario: What is known of a customer is told
    Given a booted station
    And $valid_token is in the authorization cache as Accepted
    When the CSMS sends CustomerInformationRequest
      """
      {requestId: 326, report: true, clear: false, idToken: {idToken: $unknown_token, type: $unknown_token_type}}
      """
    Then the station answers CustomerInformationResponse with status = Accepted
    And the station sends NotifyCustomerInformationRequest with requestId = 326 and seqNo = 0
    And the report 326 on a customer is whole
    When the CSMS sends CustomerInformationRequest
      """
      {requestId: 327, report: true, clear: false, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers CustomerInformationResponse with status = Accepted
    And the station sends NotifyCustomerInformationRequest with requestId = 327 and seqNo = 0
    And the report 327 on a customer is whole
    And the report 327 on a customer is another one than 326

  @TC_N_30_CS @pics:CustomerData @req:N10.FR.01,N10.FR.03
  Scenario: What is known of a customer is told and forgotten
    Given a booted station
    And $valid_token is in the authorization cache as Accepted
    When the CSMS sends CustomerInformationRequest
      """
      {requestId: 330, report: true, clear: true, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers CustomerInformationResponse with status = Accepted
    And the station sends NotifyCustomerInformationRequest with requestId = 330 and seqNo = 0
    And the report 330 on a customer is whole
    When the CSMS sends CustomerInformationRequest
      """
      {requestId: 331, report: true, clear: false, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers CustomerInformationResponse with status = Accepted
    And the station sends NotifyCustomerInformationRequest with requestId = 331 and seqNo = 0
    And the report 331 on a customer is whole
    And the report 331 on a customer is another one than 330

  @TC_N_33_CS @req:N09.FR.09
  Scenario: A request that names no customer is invalid
    Given a booted station
    When the CSMS sends CustomerInformationRequest
      """
      {requestId: 333, report: true, clear: false}
      """
    Then the station answers CustomerInformationResponse with status = Invalid
