@role:station
Feature: A station keeps reservations

  Background:
    Given a booted station
    And ReservationCtrlr.Enabled is true where the station has it

  @TC_H_01_CS @req:H01.FR.15,H01.FR.23,H03.FR.01,H03.FR.09,H03.FR.10 @pics:Reservation&LocalStart
  Scenario: The driver with the reservation comes
    Given a reservation 101 of EVSE 1 for $valid_token
    When the driver presents $valid_token
    And the driver plugs in
    Then the station charges
    And the transaction has told reservationId = 101
    And the station reports Occupied for EVSE 1

  @TC_H_02_CS @req:H03.FR.01,F01.FR.21,F02.FR.23 @pics:Reservation&LocalStart
  Scenario: Somebody else comes
    Given a reservation 102 of EVSE 1 for $valid_token
    When the driver plugs in
    And the driver presents $group_token
    Then nobody charges for 20 s
    When the CSMS starts a transaction for $group_token
    Then the station answers RequestStartTransactionResponse with status = Rejected

  @TC_H_03_CS @req:H01.FR.11 @pics:Reservation
  Scenario: The EVSE is reserved already
    Given a reservation 103 of EVSE 1 for $valid_token
    When the CSMS sends ReserveNowRequest
      """
      {id: 203, evseId: 1, expiryDateTime: $now+3600, idToken: {idToken: $group_token, type: $group_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Occupied

  @TC_H_04_CS @req:H01.FR.11 @pics:Reservation
  Scenario: Somebody charges there
    Given a transaction in which energy flows
    When the CSMS sends ReserveNowRequest
      """
      {id: 104, evseId: $evse, expiryDateTime: $now+3600, idToken: {idToken: $group_token, type: $group_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Occupied

  @TC_H_06_CS @req:H01.FR.14 @pics:Reservation
  Scenario: The EVSE is out of service
    Given the EVSE 1 has been made inoperative
    When the CSMS sends ReserveNowRequest
      """
      {id: 106, evseId: 1, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Unavailable

  @TC_H_07_CS @slow @req:H04.FR.01,H04.FR.02,H04.FR.03 @pics:Reservation&LocalStart
  Scenario: Nobody comes in time
    Given a reservation 107 of EVSE 1 for $valid_token that ends after 90 s
    When 1 s pass
    Then the station sends no ReservationStatusUpdateRequest for 50 s
    And the station sends ReservationStatusUpdateRequest with reservationId = 107 and reservationUpdateStatus = Expired within 105 s
    And the station reports Available for EVSE 1 within 105 s
    When the driver plugs in
    And the driver presents $group_token
    Then the station charges

  @TC_H_08_CS @req:H01.FR.04,H01.FR.07,H01.FR.15,H03.FR.03 @pics:Reservation&ReservationNonEvseSpecific&LocalStart
  Scenario: Any EVSE is reserved
    When the CSMS sends ReserveNowRequest
      """
      {id: 108, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Accepted
    When the driver presents $valid_token
    And the driver plugs in
    Then the station charges
    And the transaction has told reservationId = 108

  @TC_H_09_CS @req:H01.FR.11 @pics:Reservation&ReservationNonEvseSpecific&SeveralEvses
  Scenario: Any EVSE is to be reserved, and all are already
    Given a reservation 1 of EVSE 1 for $group_token
    And a reservation 2 of EVSE 2 for $same_group_token
    When the CSMS sends ReserveNowRequest
      """
      {id: 109, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Occupied

  @TC_H_10_CS @req:H01.FR.11 @pics:Reservation&ReservationNonEvseSpecific&SeveralEvses
  Scenario: Any EVSE is to be reserved, and at all of them somebody charges
    Given a transaction of $group_token in which energy flows at EVSE 1
    And a transaction of $same_group_token in which energy flows at EVSE 2
    When the CSMS sends ReserveNowRequest
      """
      {id: 110, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Occupied

  @TC_H_12_CS @req:H01.FR.14 @pics:Reservation&ReservationNonEvseSpecific
  Scenario: Any EVSE is to be reserved, and all are out of service
    Given the whole station has been made inoperative
    When the CSMS sends ReserveNowRequest
      """
      {id: 112, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Unavailable

  @TC_H_13_CS @req:H01.FR.19 @pics:Reservation
  Scenario: Any EVSE cannot be reserved where it is not configured so
    Given ReservationCtrlr.NonEvseSpecific is false, or the station does not have it
    When the CSMS sends ReserveNowRequest
      """
      {id: 113, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Rejected

  @TC_H_14_CS @req:H01.FR.04,H01.FR.20 @pics:Reservation&ReservationNonEvseSpecific&SeveralEvses
  Scenario: As many reservations as there are EVSEs
    When the CSMS sends ReserveNowRequest
      """
      {id: 114, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Accepted
    When the CSMS sends ReserveNowRequest
      """
      {id: 115, expiryDateTime: $now+3600, idToken: {idToken: $group_token, type: $group_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Accepted
    And the station reports Reserved for EVSE 1
    And the station reports Reserved for EVSE 2

  @TC_H_24_CS @req:H03.FR.06 @pics:Reservation&ReservationNonEvseSpecific&LocalStart
  Scenario: Any EVSE is reserved for a group, and somebody of the group comes
    When the CSMS sends ReserveNowRequest
      """
      id: 124
      expiryDateTime: $now+3600
      idToken: {idToken: $group_token, type: $group_token_type}
      groupIdToken: {idToken: $group_id, type: Central}
      """
    Then the station answers ReserveNowResponse with status = Accepted
    When the driver presents $same_group_token
    And the driver plugs in
    Then the station charges
    And the transaction has told reservationId = 124

  @TC_H_15_CS @req:H01.FR.06,H01.FR.09,H01.FR.15,H03.FR.02 @pics:Reservation&ReservationNonEvseSpecific&LocalStart
  Scenario: A kind of connector is reserved
    When the CSMS sends ReserveNowRequest
      """
      {id: 115, connectorType: $connector_type, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Accepted
    When the driver presents $valid_token
    And the driver plugs in
    Then the station charges
    And the transaction has told reservationId = 115

  @TC_H_16_CS @req:H01.FR.11 @pics:Reservation&ReservationNonEvseSpecific&SeveralEvses
  Scenario: A kind of connector is to be reserved, and all of them are already
    Given a reservation 1 of EVSE 1 for $group_token
    And a reservation 2 of EVSE 2 for $same_group_token
    When the CSMS sends ReserveNowRequest
      """
      {id: 116, connectorType: $connector_type, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Occupied

  @TC_H_17_CS @req:H02.FR.02 @pics:Reservation&LocalStart
  Scenario: A reservation is cancelled
    Given a reservation 117 of EVSE 1 for $valid_token
    When the CSMS sends CancelReservationRequest with reservationId = 117
    Then the station answers CancelReservationResponse with status = Accepted
    And the station reports Available for EVSE 1
    When the driver plugs in
    And the driver presents $group_token
    Then the station charges

  @TC_H_18_CS @req:H02.FR.01 @pics:Reservation
  Scenario: A reservation that it does not have is not cancelled
    When the CSMS sends CancelReservationRequest with reservationId = 118
    Then the station answers CancelReservationResponse with status = Rejected

  @TC_H_19_CS @req:H01.FR.23,H03.FR.04,H03.FR.07,H03.FR.08 @pics:Reservation&LocalStart
  Scenario: An EVSE is reserved for a group, and somebody of the group comes
    When the CSMS sends ReserveNowRequest
      """
      id: 119
      evseId: $evse
      expiryDateTime: $now+3600
      idToken: {idToken: $group_token, type: $group_token_type}
      groupIdToken: {idToken: $group_id, type: Central}
      """
    Then the station answers ReserveNowResponse with status = Accepted
    And the station reports Reserved for EVSE 1
    When the driver presents $same_group_token
    And the driver plugs in
    Then the station charges
    And the transaction has told reservationId = 119

  @TC_H_21_CS @req:H01.FR.17 @pics:Reservation&LocalStart
  Scenario: The EVSE is taken out of service
    Given a reservation 121 of EVSE 1 for $valid_token
    When the CSMS sends ChangeAvailabilityRequest
      """
      {operationalStatus: Inoperative, evse: {id: 1}}
      """
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And the station reports Unavailable for EVSE 1
    And the station sends ReservationStatusUpdateRequest with reservationId = 121 and reservationUpdateStatus = Removed
    When the CSMS sends ChangeAvailabilityRequest
      """
      {operationalStatus: Operative, evse: {id: 1}}
      """
    Then the station answers ChangeAvailabilityResponse with status = Accepted
    And the station reports Available for EVSE 1
    When the driver plugs in
    And the driver presents $group_token
    Then the station charges

  @TC_H_22_CS @req:H01.FR.01 @pics:Reservation
  Scenario: A station that is configured not to accept reservations
    Given ReservationCtrlr.Enabled is set to false
    When the CSMS sends ReserveNowRequest
      """
      {id: 122, evseId: 1, expiryDateTime: $now+3600, idToken: {idToken: $valid_token, type: $valid_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Rejected

  @TC_H_23_CS @req:H01.FR.02 @pics:Reservation&LocalStart
  Scenario: A reservation is replaced
    Given a reservation 123 of EVSE 1 for $valid_token
    When the CSMS sends ReserveNowRequest
      """
      {id: 123, evseId: 1, expiryDateTime: $now+3600, idToken: {idToken: $group_token, type: $group_token_type}}
      """
    Then the station answers ReserveNowResponse with status = Accepted
    When the driver plugs in
    And the driver presents $group_token
    Then the station charges
    And the transaction has told reservationId = 123
