@role:station
Feature: A station keeps charging profiles and refuses those that it must not use

  Background:
    Given a booted station

  @TC_K_01_CS @req:K01.FR.07 @req:K01.FR.15 @pics:SmartCharging
  Scenario: A default profile of one EVSE
    When the CSMS sets charging profile 501 at the EVSE: TxDefaultProfile, limits 0: 6
      """
      {schedule: {duration: 300}}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 11, chargingProfile: {chargingProfileId: [501]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 501

  @TC_K_10_CS @req:K01.FR.07 @req:K01.FR.14 @pics:SmartCharging
  Scenario: A default profile of all EVSEs stays one of the station
    When the CSMS sets charging profile 502 at the station: TxDefaultProfile, limits 0: 6
      """
      {schedule: {duration: 300}}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 12, chargingProfile: {chargingProfileId: [502]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 502
    When the CSMS asks for the composite schedule of the EVSE over 200 s
    Then the composite schedule is 6

  @TC_K_03_CS @req:K01.FR.07 @req:K04.FR.03 @pics:SmartCharging
  Scenario: A limit of the whole station
    When the CSMS sets charging profile 503 at the station: ChargingStationMaxProfile, limits 0: 6
      """
      {schedule: {duration: 300}}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 13, chargingProfile: {chargingProfileId: [503]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 503

  @TC_K_04_CS @req:K01.FR.05 @pics:SmartCharging
  Scenario: A profile with a known id takes the place of the older one
    Given the station has charging profile 504 at the EVSE: TxDefaultProfile, limits 0: 6
    When the CSMS sets charging profile 504 at the EVSE: TxDefaultProfile, limits 0: 10
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 14, chargingProfile: {chargingProfileId: [504]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 504
    When the CSMS asks for the composite schedule of the EVSE over 200 s
    Then the composite schedule is 10

  @TC_K_13_CS @req:K01.FR.27 @slow @pics:SmartCharging
  Scenario: A default profile survives a reboot
    Given the station has charging profile 505 at the EVSE: TxDefaultProfile, limits 0: 6
      """
      {schedule: {duration: 86400}}
      """
    When the station is rebooted
    And the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 15, chargingProfile: {chargingProfileId: [505]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 505

  @TC_K_19_CS @req:K01.FR.40 @pics:SmartCharging
  Scenario Outline: A profile that recurs <recurrency>
    When the CSMS sets charging profile 506 at the EVSE: TxDefaultProfile, Recurring, limits 0: 6
      """
      {recurrencyKind: <recurrency>, schedule: {startSchedule: $now<start>, duration: 3600}}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS asks for the composite schedule of the EVSE over 300 s
    Then the composite schedule is 6

    Examples:
      | id           | recurrency | start   |
      | TC_K_19_CS   | Daily      | -86500  |
      | TC_K_19_CS_b | Weekly     | -604900 |

  # ---- what is refused

  @TC_K_02_CS @req:K01.FR.09 @pics:SmartCharging
  Scenario: A profile of a transaction where none runs
    When the CSMS sets charging profile 507 at the EVSE: TxProfile, Relative
      """
      {transactionId: UNKNOWN-TRANSACTION}
      """
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s

  @TC_K_11_CS @req:K01.FR.16 @pics:SmartCharging
  Scenario: A profile of a transaction for all EVSEs at once
    When the CSMS sets charging profile 508 at the station: TxProfile, Relative
      """
      {transactionId: UNKNOWN-TRANSACTION}
      """
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s

  @TC_K_14_CS @req:K01.FR.28 @pics:SmartCharging
  Scenario: A profile for an EVSE that is not there
    When the CSMS sets charging profile 509 at an EVSE that is not there: TxDefaultProfile
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s

  @TC_OCPP_K_Duplicate_CS @req:K01.FR.52 @req:K01.FR.53 @pics:SmartCharging
  Scenario Outline: Two default profiles of one stack level, one of the station and one of the EVSE
    Given the station has charging profile 521 at <first>: TxDefaultProfile, level 0, limits 0: 6
    When the CSMS sets charging profile 522 at <second>: TxDefaultProfile, level 0, limits 0: 8
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 21, chargingProfile: {chargingProfilePurpose: TxDefaultProfile}}
      """
    Then the station reports exactly the charging profile 521

    Examples:
      | id                        | first       | second      |
      | TC_OCPP_K_Duplicate_CS    | the EVSE    | the station |
      | TC_OCPP_K_Duplicate_CS_b  | the station | the EVSE    |

  @TC_K_12_CS @req:K01.FR.26 @pics:SmartCharging&OneRateUnit
  Scenario: A profile in a unit that the station does not know
    When the CSMS sets charging profile 510 at the EVSE: TxDefaultProfile
      """
      {schedule: {chargingRateUnit: $other_rate_unit}}
      """
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s

  # ---- transactions

  @TC_K_60_CS @req:K01.FR.04 @req:K01.FR.07 @pics:SmartCharging
  Scenario: A profile of a running transaction
    Given a transaction in which energy flows
    When the CSMS sets charging profile 511 at the EVSE: TxProfile, Relative, limits 0: 6
      """
      {transactionId: $transaction}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 16, chargingProfile: {chargingProfileId: [511]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 511
    When the CSMS asks for the composite schedule of the EVSE over 200 s
    Then the composite schedule is 6

  @TC_OCPP_K_Power_CS @req:K01.FR.04 @req:K01.FR.32 @req:K04.FR.05 @slow @pics:SmartCharging
  Scenario Outline: The power follows a profile that comes during a transaction: <purpose>
    Given SampledDataCtrlr.TxUpdatedMeasurands is set to Energy.Active.Import.Register,Power.Active.Import
    And SampledDataCtrlr.TxUpdatedInterval is set to 10
    And a transaction in which energy flows
    When the CSMS sets charging profile 512 at <place>: <purpose>, <kind>, limits 0: 6
      """
      {<more>}
      """
    Then the station answers SetChargingProfileResponse with status = Accepted within 30 s
    And the power is at most 6 within 60 s

    Examples:
      | id                    | place       | purpose                   | kind     | more                         |
      | TC_OCPP_K_Power_CS    | the EVSE    | TxProfile                 | Relative | transactionId: $transaction  |
      | TC_OCPP_K_Power_CS_b  | the EVSE    | TxDefaultProfile          | Absolute |                              |
      | TC_OCPP_K_Power_CS_c  | the station | ChargingStationMaxProfile | Absolute |                              |

  @TC_OCPP_K_End_CS @req:K02.FR.05 @pics:SmartCharging
  Scenario: A profile of a transaction goes with it
    Given TxCtrlr.TxStopPoint is set to Authorized
    And a transaction in which energy flows
    And the station has charging profile 513 at the EVSE: TxProfile, Relative, limits 0: 6
      """
      {transactionId: $transaction}
      """
    When the driver presents $valid_token
    Then the station sends TransactionEventRequest with eventType = Ended within 30 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 17, chargingProfile: {chargingProfileId: [513]}}
      """
    Then the station answers GetChargingProfilesResponse with status = NoProfiles within 30 s

  @TC_K_16_CS @req:K01.FR.33 @pics:SmartCharging
  Scenario: A profile of another transaction than the one that runs
    Given a transaction in which energy flows
    When the CSMS sets charging profile 514 at the EVSE: TxProfile, Relative
      """
      {transactionId: UNKNOWN-TRANSACTION}
      """
    Then the station answers SetChargingProfileResponse with status = Rejected within 30 s

  @TC_K_37_CS @req:K05.FR.03 @req:F01.FR.10 @req:E01.FR.02 @req:F01.FR.13 @pics:SmartCharging
  Scenario: A transaction that is started remotely with a profile of its own
    Given an EV that is plugged in
    When the CSMS starts a transaction remotely with a charging profile
    Then the station answers RequestStartTransactionResponse with status = Accepted within 30 s
    And the station sends TransactionEventRequest with triggerReason = RemoteStart and transactionInfo.remoteStartId = 77 within 30 s
    And the station sends TransactionEventRequest with transactionInfo.chargingState = Charging within 60 s
    When the CSMS sends GetChargingProfilesRequest
      """
      {requestId: 18, chargingProfile: {chargingProfileId: [501]}}
      """
    Then the station answers GetChargingProfilesResponse with status = Accepted within 30 s
    And the station reports exactly the charging profile 501
    When the CSMS asks for the composite schedule of the EVSE over 200 s
    Then the composite schedule is 6

  @TC_OCPP_K_RemoteStart_CS @req:K05.FR.05 @req:F01.FR.26 @pics:SmartCharging
  Scenario: A remote start with a profile that is none of a transaction
    Given an EV that is plugged in
    When the CSMS starts a transaction remotely with a charging profile of TxDefaultProfile
    Then the station answers RequestStartTransactionResponse with status = Rejected within 30 s

  @TC_K_15_CS @req:K01.FR.29 @pics:!SmartCharging
  Scenario: A station without smart charging knows no charging profiles
    When the CSMS sets charging profile 515 at the EVSE: TxDefaultProfile, limits 0: 6
    Then the station answers with the error NotSupported|NotImplemented

  @TC_K_38_CS @req:F01.FR.12 @req:F01.FR.13 @pics:!SmartCharging
  Scenario: A station without smart charging starts remotely and ignores the profile
    Given an EV that is plugged in
    When the CSMS starts a transaction remotely with a charging profile
    Then the station answers RequestStartTransactionResponse with status = Accepted within 30 s
    And the station sends TransactionEventRequest with triggerReason = RemoteStart and transactionInfo.remoteStartId = 77 within 30 s
