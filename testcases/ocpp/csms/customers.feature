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

  @TC_N_63_CSMS @req:N10.FR.08 @req:N10.FR.09
  Scenario: A customer is named by the hash data of a certificate
    Given the certificate "contract" of the lab
    And a station whose answer about customers is data
    And a booted station
    When $customer is the SHA256 of the certificate "contract"
    And the operator makes the CSMS send CustomerInformationRequest with requestId = 563 and report = true and clear = true and customerCertificate = $customer
    Then the CSMS sends CustomerInformationRequest with report = true and clear = true and customerCertificate.hashAlgorithm = SHA256 and customerIdentifier absent and idToken absent
    And the CSMS acknowledges NotifyCustomerInformationRequest

  @TC_N_46_CSMS @req:N10.FR.02 @req:N10.FR.08 @req:D01.FR.01 @req:D01.FR.06 @req:D01.FR.18 @pics:LocalAuthList
  Scenario: A customer who is forgotten is taken out of the local list
    Given a station whose answer about customers is data
    And a booted station
    When the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 5
      updateType: Full
      localAuthorizationList:
        - {idToken: {idToken: $valid_token, type: $valid_token_type}, idTokenInfo: {status: Accepted}}
        - {idToken: {idToken: $group_token, type: $group_token_type}, idTokenInfo: {status: Accepted}}
      """
    Then the station sends SendLocalListResponse with status = Accepted
    When $before is the versionNumber of the last SendLocalListRequest
    And the operator makes the CSMS send CustomerInformationRequest
      """
      {requestId: 546, report: true, clear: true, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the CSMS sends CustomerInformationRequest with report = true and clear = true and idToken.idToken = $valid_token
    And the CSMS acknowledges NotifyCustomerInformationRequest
    When the operator makes the CSMS send SendLocalListRequest
      """
      versionNumber: 6
      updateType: Differential
      localAuthorizationList: [{idToken: {idToken: $valid_token, type: $valid_token_type}}]
      """
    Then the CSMS sends SendLocalListRequest with updateType = Differential and versionNumber > $before and localAuthorizationList.*.idToken.idToken = $valid_token and localAuthorizationList.*.idTokenInfo absent
    And the station sends SendLocalListResponse with status = Accepted
