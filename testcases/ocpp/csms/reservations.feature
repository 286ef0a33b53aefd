@role:csms @pics:Reservation
Feature: A CSMS reserves connectors

  @req:OCPP-Order
  Scenario Outline: A reservation is made (<what>)
    Given a booted station
    When the operator makes the CSMS send ReserveNowRequest
      """
      {id: 801, expiryDateTime: $now+600, idToken: {idToken: $valid_token, type: $valid_token_type}<more>}
      """
    Then the CSMS sends ReserveNowRequest with idToken.idToken = $valid_token and idToken.type = $valid_token_type and expiryDateTime present and <wanted>
    And the station sends ReserveNowResponse with status = Accepted
    And every report of a connector is answered without an error

    Examples:
      | id           | what                      | more                                              | wanted                                                                  |
      | TC_H_01_CSMS | of one EVSE               | , evseId: $evse                                   | evseId = $evse and connectorType absent                                 |
      | TC_H_19_CSMS | for a group               | , evseId: $evse, groupIdToken: {idToken: $group_id, type: Central} | evseId = $evse and groupIdToken.idToken = $group_id and connectorType absent |

  @req:OCPP-Order
  Scenario Outline: A reservation of any EVSE is made (<what>)
    Given a booted station
    When the operator makes the CSMS send ReserveNowRequest
      """
      {id: 801, expiryDateTime: $now+600, idToken: {idToken: $valid_token, type: $valid_token_type}<more>}
      """
    Then the CSMS sends ReserveNowRequest with evseId absent and idToken.idToken = $valid_token and expiryDateTime present and <wanted>
    And the station sends ReserveNowResponse with status = Accepted

    Examples:
      | id           | what                | more                             | wanted                          |
      | TC_H_08_CSMS | plainly             |                                  | connectorType absent            |
      | TC_H_15_CSMS | a type of connector | , connectorType: $connector_type | connectorType = $connector_type |

  @TC_H_14_CSMS @req:OCPP-Order
  Scenario: All EVSEs are reserved one by one
    Given a booted station
    When the operator makes the CSMS send ReserveNowRequest
      """
      {id: 811, expiryDateTime: $now+600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the CSMS sends ReserveNowRequest with evseId absent and idToken.idToken = $valid_token
    When $first is the id of the last ReserveNowRequest
    And the operator makes the CSMS send ReserveNowRequest
      """
      {id: 812, expiryDateTime: $now+600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the CSMS sends ReserveNowRequest with evseId absent and id != $first
    And every report of a connector is answered without an error

  @TC_H_07_CSMS @req:H04.FR.01 @slow
  Scenario: A reservation ends unused
    Given a booted station
    When the operator makes the CSMS send ReserveNowRequest
      """
      {id: 802, expiryDateTime: $now+30, evseId: $evse, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the CSMS sends ReserveNowRequest with evseId = $evse
    When 60 s pass
    Then the CSMS has answered every ReservationStatusUpdateRequest of the test case

  @TC_H_17_CSMS @req:H02.FR.01
  Scenario: A reservation is cancelled
    Given a booted station
    When the operator makes the CSMS send ReserveNowRequest
      """
      {id: 803, expiryDateTime: $now+600, evseId: $evse, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station sends ReserveNowResponse with status = Accepted
    When $reservation is the id of the last ReserveNowRequest
    And the operator makes the CSMS send CancelReservationRequest with reservationId = 803
    Then the CSMS sends CancelReservationRequest with reservationId = $reservation
    And the station sends CancelReservationResponse with status = Accepted
    And every report of a connector is answered without an error

  @TC_H_20_CSMS @req:OCPP-Order
  Scenario: A reserved EVSE breaks
    Given a booted station
    When the operator makes the CSMS send ReserveNowRequest
      """
      {id: 804, expiryDateTime: $now+600, evseId: $evse, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station sends ReserveNowResponse with status = Accepted
    When a connector breaks
    Then every report of a connector is answered without an error
    And the CSMS replies to ReservationStatusUpdateRequest with reservationUpdateStatus = Removed by ReservationStatusUpdateResponse

  @TC_H_22_CSMS @req:OCPP-Order
  Scenario: A station refuses a reservation
    Given the station will answer ReserveNowResponse with status = Rejected
    And a booted station
    When the operator makes the CSMS send ReserveNowRequest
      """
      {id: 805, expiryDateTime: $now+600, evseId: $evse, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the CSMS sends ReserveNowRequest with evseId = $evse and idToken.idToken = $valid_token
    And the station sends ReserveNowResponse with status = Rejected
    When the station sends HeartbeatRequest
    Then the CSMS answers HeartbeatResponse with currentTime present within 30 s
