@role:secc @matrix
Feature: Every request in every state where it has no place
  The rest of the matrix of which sequence.feature holds the likely mistakes; `v2xconform check` holds both against the
  sequence table. In the states before a service is selected, the order is that of DC.

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: <wrong> has no place in <state>
    Given a <mode> session has reached <state>
    When the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                        | mode | state                          | wrong                          | response                       | pics |
      | TC_SECC20_DC_Authorization_001            | DC   | SessionSetupReq                | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDetail_001            | DC   | SessionSetupReq                | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_003         | DC   | SessionSetupReq                | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_ScheduleExchange_902         | DC   | SessionSetupReq                | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_PowerDelivery_902            | DC   | SessionSetupReq                | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_MeteringConfirmation_005     | DC   | SessionSetupReq                | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_001           | DC   | SessionSetupReq                | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_001          | DC   | SessionSetupReq                | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_SessionStop_011              | DC   | SessionSetupReq                | SessionStopReq                 | SessionStopRes                 | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_902 | DC   | SessionSetupReq                | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_010               | DC   | SessionSetupReq                | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_011                | DC   | SessionSetupReq                | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_ChargeLoop_902               | DC   | SessionSetupReq                | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_007         | DC   | SessionSetupReq                | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_ServiceDiscovery_001         | DC   | AuthorizationSetupReq          | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_002            | DC   | AuthorizationSetupReq          | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ScheduleExchange_903         | DC   | AuthorizationSetupReq          | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_PowerDelivery_903            | DC   | AuthorizationSetupReq          | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_MeteringConfirmation_006     | DC   | AuthorizationSetupReq          | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_002           | DC   | AuthorizationSetupReq          | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_002          | DC   | AuthorizationSetupReq          | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_903 | DC   | AuthorizationSetupReq          | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_011               | DC   | AuthorizationSetupReq          | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_012                | DC   | AuthorizationSetupReq          | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_ChargeLoop_903               | DC   | AuthorizationSetupReq          | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_008         | DC   | AuthorizationSetupReq          | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_ServiceDetail_003            | DC   | AuthorizationReq               | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_004         | DC   | AuthorizationReq               | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_ScheduleExchange_904         | DC   | AuthorizationReq               | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_PowerDelivery_904            | DC   | AuthorizationReq               | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_MeteringConfirmation_007     | DC   | AuthorizationReq               | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_003           | DC   | AuthorizationReq               | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_003          | DC   | AuthorizationReq               | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_904 | DC   | AuthorizationReq               | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_012               | DC   | AuthorizationReq               | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_013                | DC   | AuthorizationReq               | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_ChargeLoop_904               | DC   | AuthorizationReq               | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_009         | DC   | AuthorizationReq               | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_SessionSetup_002             | DC   | ServiceDiscoveryReq            | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_001       | DC   | ServiceDiscoveryReq            | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_ScheduleExchange_905         | DC   | ServiceDiscoveryReq            | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_PowerDelivery_905            | DC   | ServiceDiscoveryReq            | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_MeteringConfirmation_008     | DC   | ServiceDiscoveryReq            | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_004           | DC   | ServiceDiscoveryReq            | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_004          | DC   | ServiceDiscoveryReq            | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_905 | DC   | ServiceDiscoveryReq            | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_013               | DC   | ServiceDiscoveryReq            | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_014                | DC   | ServiceDiscoveryReq            | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_ChargeLoop_905               | DC   | ServiceDiscoveryReq            | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_010         | DC   | ServiceDiscoveryReq            | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_SessionSetup_003             | DC   | ServiceDetailReq               | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_002       | DC   | ServiceDetailReq               | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_002            | DC   | ServiceDetailReq               | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ScheduleExchange_906         | DC   | ServiceDetailReq               | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_PowerDelivery_906            | DC   | ServiceDetailReq               | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_MeteringConfirmation_009     | DC   | ServiceDetailReq               | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_005           | DC   | ServiceDetailReq               | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_005          | DC   | ServiceDetailReq               | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_906 | DC   | ServiceDetailReq               | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_014               | DC   | ServiceDetailReq               | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_015                | DC   | ServiceDetailReq               | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_ChargeLoop_906               | DC   | ServiceDetailReq               | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_011         | DC   | ServiceDetailReq               | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_AuthorizationSetup_003       | DC   | ServiceSelectionReq            | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_003            | DC   | ServiceSelectionReq            | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ScheduleExchange_907         | DC   | ServiceSelectionReq            | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_PowerDelivery_907            | DC   | ServiceSelectionReq            | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_MeteringConfirmation_010     | DC   | ServiceSelectionReq            | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_006           | DC   | ServiceSelectionReq            | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_006          | DC   | ServiceSelectionReq            | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_907 | DC   | ServiceSelectionReq            | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_015               | DC   | ServiceSelectionReq            | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_016                | DC   | ServiceSelectionReq            | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_ChargeLoop_907               | DC   | ServiceSelectionReq            | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_012         | DC   | ServiceSelectionReq            | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_SessionSetup_004             | DC   | DC_ChargeParameterDiscoveryReq | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_004       | DC   | DC_ChargeParameterDiscoveryReq | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_004            | DC   | DC_ChargeParameterDiscoveryReq | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_002         | DC   | DC_ChargeParameterDiscoveryReq | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_004            | DC   | DC_ChargeParameterDiscoveryReq | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_PowerDelivery_908            | DC   | DC_ChargeParameterDiscoveryReq | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_MeteringConfirmation_011     | DC   | DC_ChargeParameterDiscoveryReq | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_007           | DC   | DC_ChargeParameterDiscoveryReq | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_007          | DC   | DC_ChargeParameterDiscoveryReq | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_CableCheck_016               | DC   | DC_ChargeParameterDiscoveryReq | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_017                | DC   | DC_ChargeParameterDiscoveryReq | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_ChargeLoop_908               | DC   | DC_ChargeParameterDiscoveryReq | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_013         | DC   | DC_ChargeParameterDiscoveryReq | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_SessionSetup_005             | DC   | ScheduleExchangeReq            | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_005       | DC   | ScheduleExchangeReq            | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_005            | DC   | ScheduleExchangeReq            | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_003         | DC   | ScheduleExchangeReq            | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_005            | DC   | ScheduleExchangeReq            | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_005         | DC   | ScheduleExchangeReq            | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_PowerDelivery_909            | DC   | ScheduleExchangeReq            | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_MeteringConfirmation_012     | DC   | ScheduleExchangeReq            | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_008           | DC   | ScheduleExchangeReq            | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_008          | DC   | ScheduleExchangeReq            | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_PreCharge_018                | DC   | ScheduleExchangeReq            | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_ChargeLoop_909               | DC   | ScheduleExchangeReq            | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_014         | DC   | ScheduleExchangeReq            | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_SessionSetup_006             | DC   | DC_CableCheckReq               | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_006       | DC   | DC_CableCheckReq               | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_006            | DC   | DC_CableCheckReq               | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_004         | DC   | DC_CableCheckReq               | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_006            | DC   | DC_CableCheckReq               | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_006         | DC   | DC_CableCheckReq               | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_PowerDelivery_910            | DC   | DC_CableCheckReq               | PowerDeliveryReq               | PowerDeliveryRes               | DC   |
      | TC_SECC20_DC_MeteringConfirmation_013     | DC   | DC_CableCheckReq               | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_009           | DC   | DC_CableCheckReq               | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_009          | DC   | DC_CableCheckReq               | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_908 | DC   | DC_CableCheckReq               | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_ChargeLoop_910               | DC   | DC_CableCheckReq               | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_015         | DC   | DC_CableCheckReq               | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_SessionSetup_007             | DC   | DC_PreChargeReq                | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_007       | DC   | DC_PreChargeReq                | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_007            | DC   | DC_PreChargeReq                | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_005         | DC   | DC_PreChargeReq                | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_007            | DC   | DC_PreChargeReq                | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_007         | DC   | DC_PreChargeReq                | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_ScheduleExchange_908         | DC   | DC_PreChargeReq                | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_MeteringConfirmation_014     | DC   | DC_PreChargeReq                | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_010           | DC   | DC_PreChargeReq                | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_010          | DC   | DC_PreChargeReq                | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_909 | DC   | DC_PreChargeReq                | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_ChargeLoop_911               | DC   | DC_PreChargeReq                | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_016         | DC   | DC_PreChargeReq                | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_SessionSetup_009             | DC   | PowerDeliveryReq               | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_009       | DC   | PowerDeliveryReq               | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_009            | DC   | PowerDeliveryReq               | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_007         | DC   | PowerDeliveryReq               | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_009            | DC   | PowerDeliveryReq               | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_009         | DC   | PowerDeliveryReq               | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_ScheduleExchange_909         | DC   | PowerDeliveryReq               | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_MeteringConfirmation_016     | DC   | PowerDeliveryReq               | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_012           | DC   | PowerDeliveryReq               | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_012          | DC   | PowerDeliveryReq               | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_911 | DC   | PowerDeliveryReq               | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_WeldingDetection_018         | DC   | PowerDeliveryReq               | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_DC_AuthorizationSetup_010       | DC   | DC_ChargeLoopReq               | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_010            | DC   | DC_ChargeLoopReq               | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_008         | DC   | DC_ChargeLoopReq               | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_010            | DC   | DC_ChargeLoopReq               | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_010         | DC   | DC_ChargeLoopReq               | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_VehicleCheckIn_013           | DC   | DC_ChargeLoopReq               | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_013          | DC   | DC_ChargeLoopReq               | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_SessionStop_012              | DC   | DC_ChargeLoopReq               | SessionStopReq                 | SessionStopRes                 | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_912 | DC   | DC_ChargeLoopReq               | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_017               | DC   | DC_ChargeLoopReq               | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_019         | DC   | DC_ChargeLoopReq               | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_AC_SessionSetup_003             | AC   | AC_ChargeParameterDiscoveryReq | SessionSetupReq                | SessionSetupRes                | AC   |
      | TC_SECC20_AC_AuthorizationSetup_001       | AC   | AC_ChargeParameterDiscoveryReq | AuthorizationSetupReq          | AuthorizationSetupRes          | AC   |
      | TC_SECC20_AC_Authorization_001            | AC   | AC_ChargeParameterDiscoveryReq | AuthorizationReq               | AuthorizationRes               | AC   |
      | TC_SECC20_AC_ServiceDiscovery_001         | AC   | AC_ChargeParameterDiscoveryReq | ServiceDiscoveryReq            | ServiceDiscoveryRes            | AC   |
      | TC_SECC20_AC_ServiceDetail_001            | AC   | AC_ChargeParameterDiscoveryReq | ServiceDetailReq               | ServiceDetailRes               | AC   |
      | TC_SECC20_AC_PowerDelivery_902            | AC   | AC_ChargeParameterDiscoveryReq | PowerDeliveryReq               | PowerDeliveryRes               | AC   |
      | TC_SECC20_AC_MeteringConfirmation_003     | AC   | AC_ChargeParameterDiscoveryReq | MeteringConfirmationReq        | MeteringConfirmationRes        | AC   |
      | TC_SECC20_AC_VehicleCheckIn_001           | AC   | AC_ChargeParameterDiscoveryReq | VehicleCheckInReq              | VehicleCheckInRes              | AC   |
      | TC_SECC20_AC_VehicleCheckOut_001          | AC   | AC_ChargeParameterDiscoveryReq | VehicleCheckOutReq             | VehicleCheckOutRes             | AC   |
      | TC_SECC20_AC_ChargeLoop_016               | AC   | AC_ChargeParameterDiscoveryReq | AC_ChargeLoopReq               | AC_ChargeLoopRes               | AC   |
      | TC_SECC20_AC_SessionSetup_004             | AC   | ScheduleExchangeReq            | SessionSetupReq                | SessionSetupRes                | AC   |
      | TC_SECC20_AC_AuthorizationSetup_002       | AC   | ScheduleExchangeReq            | AuthorizationSetupReq          | AuthorizationSetupRes          | AC   |
      | TC_SECC20_AC_Authorization_002            | AC   | ScheduleExchangeReq            | AuthorizationReq               | AuthorizationRes               | AC   |
      | TC_SECC20_AC_ServiceDiscovery_002         | AC   | ScheduleExchangeReq            | ServiceDiscoveryReq            | ServiceDiscoveryRes            | AC   |
      | TC_SECC20_AC_ServiceDetail_002            | AC   | ScheduleExchangeReq            | ServiceDetailReq               | ServiceDetailRes               | AC   |
      | TC_SECC20_AC_ServiceSelection_003         | AC   | ScheduleExchangeReq            | ServiceSelectionReq            | ServiceSelectionRes            | AC   |
      | TC_SECC20_AC_MeteringConfirmation_004     | AC   | ScheduleExchangeReq            | MeteringConfirmationReq        | MeteringConfirmationRes        | AC   |
      | TC_SECC20_AC_VehicleCheckIn_002           | AC   | ScheduleExchangeReq            | VehicleCheckInReq              | VehicleCheckInRes              | AC   |
      | TC_SECC20_AC_VehicleCheckOut_002          | AC   | ScheduleExchangeReq            | VehicleCheckOutReq             | VehicleCheckOutRes             | AC   |
      | TC_SECC20_AC_ChargeLoop_017               | AC   | ScheduleExchangeReq            | AC_ChargeLoopReq               | AC_ChargeLoopRes               | AC   |
      | TC_SECC20_AC_SessionSetup_005             | AC   | PowerDeliveryReq               | SessionSetupReq                | SessionSetupRes                | AC   |
      | TC_SECC20_AC_AuthorizationSetup_003       | AC   | PowerDeliveryReq               | AuthorizationSetupReq          | AuthorizationSetupRes          | AC   |
      | TC_SECC20_AC_Authorization_003            | AC   | PowerDeliveryReq               | AuthorizationReq               | AuthorizationRes               | AC   |
      | TC_SECC20_AC_ServiceDiscovery_003         | AC   | PowerDeliveryReq               | ServiceDiscoveryReq            | ServiceDiscoveryRes            | AC   |
      | TC_SECC20_AC_ServiceDetail_003            | AC   | PowerDeliveryReq               | ServiceDetailReq               | ServiceDetailRes               | AC   |
      | TC_SECC20_AC_ServiceSelection_004         | AC   | PowerDeliveryReq               | ServiceSelectionReq            | ServiceSelectionRes            | AC   |
      | TC_SECC20_AC_MeteringConfirmation_005     | AC   | PowerDeliveryReq               | MeteringConfirmationReq        | MeteringConfirmationRes        | AC   |
      | TC_SECC20_AC_VehicleCheckIn_003           | AC   | PowerDeliveryReq               | VehicleCheckInReq              | VehicleCheckInRes              | AC   |
      | TC_SECC20_AC_VehicleCheckOut_003          | AC   | PowerDeliveryReq               | VehicleCheckOutReq             | VehicleCheckOutRes             | AC   |
      | TC_SECC20_AC_ChargeParameterDiscovery_010 | AC   | PowerDeliveryReq               | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC   |
      | TC_SECC20_AC_AuthorizationSetup_004       | AC   | AC_ChargeLoopReq               | AuthorizationSetupReq          | AuthorizationSetupRes          | AC   |
      | TC_SECC20_AC_Authorization_004            | AC   | AC_ChargeLoopReq               | AuthorizationReq               | AuthorizationRes               | AC   |
      | TC_SECC20_AC_ServiceDiscovery_004         | AC   | AC_ChargeLoopReq               | ServiceDiscoveryReq            | ServiceDiscoveryRes            | AC   |
      | TC_SECC20_AC_ServiceDetail_004            | AC   | AC_ChargeLoopReq               | ServiceDetailReq               | ServiceDetailRes               | AC   |
      | TC_SECC20_AC_ServiceSelection_005         | AC   | AC_ChargeLoopReq               | ServiceSelectionReq            | ServiceSelectionRes            | AC   |
      | TC_SECC20_AC_VehicleCheckIn_004           | AC   | AC_ChargeLoopReq               | VehicleCheckInReq              | VehicleCheckInRes              | AC   |
      | TC_SECC20_AC_VehicleCheckOut_004          | AC   | AC_ChargeLoopReq               | VehicleCheckOutReq             | VehicleCheckOutRes             | AC   |
      | TC_SECC20_AC_SessionStop_007              | AC   | AC_ChargeLoopReq               | SessionStopReq                 | SessionStopRes                 | AC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: A car with a contract: <wrong> has no place in <state>
    Given an EV with the contract "contract"
    And a <mode> session has reached <state>
    When the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                       | mode | state                          | wrong                      | response                   | pics |
      | TC_SECC20_DC_CertificateInstallation_001 | DC   | SessionSetupReq                | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_002 | DC   | AuthorizationSetupReq          | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_003 | DC   | ServiceDiscoveryReq            | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_004 | DC   | ServiceDetailReq               | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_005 | DC   | ServiceSelectionReq            | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_006 | DC   | DC_ChargeParameterDiscoveryReq | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_007 | DC   | ScheduleExchangeReq            | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_008 | DC   | DC_CableCheckReq               | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_009 | DC   | DC_PreChargeReq                | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_011 | DC   | PowerDeliveryReq               | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_012 | DC   | DC_ChargeLoopReq               | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_AC_CertificateInstallation_001 | AC   | AC_ChargeParameterDiscoveryReq | CertificateInstallationReq | CertificateInstallationRes | AC   |
      | TC_SECC20_AC_CertificateInstallation_002 | AC   | ScheduleExchangeReq            | CertificateInstallationReq | CertificateInstallationRes | AC   |
      | TC_SECC20_AC_CertificateInstallation_003 | AC   | PowerDeliveryReq               | CertificateInstallationReq | CertificateInstallationRes | AC   |
      | TC_SECC20_AC_CertificateInstallation_004 | AC   | AC_ChargeLoopReq               | CertificateInstallationReq | CertificateInstallationRes | AC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: <wrong> has no place after charging (<mode>, <state>)
    Given a <mode> session has reached <loop> for the 3rd time
    When the driver ends the session
    And the session goes on to <state>
    And the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                        | mode | loop             | state                  | wrong                          | response                       | pics |
      | TC_SECC20_DC_SessionSetup_012             | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_013       | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_013            | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_011         | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_013            | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_013         | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_ScheduleExchange_911         | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_MeteringConfirmation_019     | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_016           | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_016          | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_915 | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_020               | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_021                | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_SessionSetup_013             | DC   | DC_ChargeLoopReq | SessionStopReq         | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_014       | DC   | DC_ChargeLoopReq | SessionStopReq         | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_014            | DC   | DC_ChargeLoopReq | SessionStopReq         | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_012         | DC   | DC_ChargeLoopReq | SessionStopReq         | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_014            | DC   | DC_ChargeLoopReq | SessionStopReq         | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_014         | DC   | DC_ChargeLoopReq | SessionStopReq         | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_ScheduleExchange_912         | DC   | DC_ChargeLoopReq | SessionStopReq         | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_MeteringConfirmation_020     | DC   | DC_ChargeLoopReq | SessionStopReq         | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_017           | DC   | DC_ChargeLoopReq | SessionStopReq         | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_017          | DC   | DC_ChargeLoopReq | SessionStopReq         | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_916 | DC   | DC_ChargeLoopReq | SessionStopReq         | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_021               | DC   | DC_ChargeLoopReq | SessionStopReq         | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_022                | DC   | DC_ChargeLoopReq | SessionStopReq         | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_AC_SessionSetup_008             | AC   | AC_ChargeLoopReq | SessionStopReq         | SessionSetupReq                | SessionSetupRes                | AC   |
      | TC_SECC20_AC_AuthorizationSetup_007       | AC   | AC_ChargeLoopReq | SessionStopReq         | AuthorizationSetupReq          | AuthorizationSetupRes          | AC   |
      | TC_SECC20_AC_Authorization_007            | AC   | AC_ChargeLoopReq | SessionStopReq         | AuthorizationReq               | AuthorizationRes               | AC   |
      | TC_SECC20_AC_ServiceDiscovery_007         | AC   | AC_ChargeLoopReq | SessionStopReq         | ServiceDiscoveryReq            | ServiceDiscoveryRes            | AC   |
      | TC_SECC20_AC_ServiceDetail_007            | AC   | AC_ChargeLoopReq | SessionStopReq         | ServiceDetailReq               | ServiceDetailRes               | AC   |
      | TC_SECC20_AC_ServiceSelection_008         | AC   | AC_ChargeLoopReq | SessionStopReq         | ServiceSelectionReq            | ServiceSelectionRes            | AC   |
      | TC_SECC20_AC_ScheduleExchange_011         | AC   | AC_ChargeLoopReq | SessionStopReq         | ScheduleExchangeReq            | ScheduleExchangeRes            | AC   |
      | TC_SECC20_AC_MeteringConfirmation_008     | AC   | AC_ChargeLoopReq | SessionStopReq         | MeteringConfirmationReq        | MeteringConfirmationRes        | AC   |
      | TC_SECC20_AC_VehicleCheckIn_007           | AC   | AC_ChargeLoopReq | SessionStopReq         | VehicleCheckInReq              | VehicleCheckInRes              | AC   |
      | TC_SECC20_AC_VehicleCheckOut_007          | AC   | AC_ChargeLoopReq | SessionStopReq         | VehicleCheckOutReq             | VehicleCheckOutRes             | AC   |
      | TC_SECC20_AC_ChargeParameterDiscovery_013 | AC   | AC_ChargeLoopReq | SessionStopReq         | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: A car with a contract: <wrong> has no place after charging (<mode>, <state>)
    Given an EV with the contract "contract"
    And a <mode> session has reached <loop> for the 3rd time
    When the driver ends the session
    And the session goes on to <state>
    And the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                       | mode | loop             | state                  | wrong                      | response                   | pics |
      | TC_SECC20_DC_CertificateInstallation_015 | DC   | DC_ChargeLoopReq | DC_WeldingDetectionReq | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_DC_CertificateInstallation_016 | DC   | DC_ChargeLoopReq | SessionStopReq         | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_AC_CertificateInstallation_007 | AC   | AC_ChargeLoopReq | SessionStopReq         | CertificateInstallationReq | CertificateInstallationRes | AC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: <wrong> has no place while the EV still pre-charges (<state>)
    Given a <mode> session has reached DC_PreChargeReq for the 2nd time
    When the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                        | mode | state               | wrong                          | response                       | pics |
      | TC_SECC20_DC_SessionSetup_008             | DC   | DC_PreChargeOngoing | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_008       | DC   | DC_PreChargeOngoing | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_008            | DC   | DC_PreChargeOngoing | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_006         | DC   | DC_PreChargeOngoing | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_008            | DC   | DC_PreChargeOngoing | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_008         | DC   | DC_PreChargeOngoing | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_MeteringConfirmation_015     | DC   | DC_PreChargeOngoing | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_011           | DC   | DC_PreChargeOngoing | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_011          | DC   | DC_PreChargeOngoing | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_910 | DC   | DC_PreChargeOngoing | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_WeldingDetection_017         | DC   | DC_PreChargeOngoing | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: A car with a contract: <wrong> has no place while the EV still pre-charges (<state>)
    Given an EV with the contract "contract"
    And a <mode> session has reached DC_PreChargeReq for the 2nd time
    When the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                       | mode | state               | wrong                      | response                   | pics |
      | TC_SECC20_DC_CertificateInstallation_010 | DC   | DC_PreChargeOngoing | CertificateInstallationReq | CertificateInstallationRes | DC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: <wrong> has no place in standby (<mode>, <state>)
    Given a Scheduled <mode> session has reached <loop> for the 3rd time
    When the EV wants standby
    And the session goes on for 1 s
    And the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                        | mode | loop             | state   | wrong                          | response                       | pics |
      | TC_SECC20_DC_SessionSetup_010             | DC   | DC_ChargeLoopReq | Standby | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_011       | DC   | DC_ChargeLoopReq | Standby | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_011            | DC   | DC_ChargeLoopReq | Standby | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_009         | DC   | DC_ChargeLoopReq | Standby | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_011            | DC   | DC_ChargeLoopReq | Standby | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_011         | DC   | DC_ChargeLoopReq | Standby | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_ScheduleExchange_910         | DC   | DC_ChargeLoopReq | Standby | ScheduleExchangeReq            | ScheduleExchangeRes            | DC   |
      | TC_SECC20_DC_MeteringConfirmation_017     | DC   | DC_ChargeLoopReq | Standby | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_014           | DC   | DC_ChargeLoopReq | Standby | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_014          | DC   | DC_ChargeLoopReq | Standby | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_SessionStop_013              | DC   | DC_ChargeLoopReq | Standby | SessionStopReq                 | SessionStopRes                 | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_913 | DC   | DC_ChargeLoopReq | Standby | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_018               | DC   | DC_ChargeLoopReq | Standby | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_019                | DC   | DC_ChargeLoopReq | Standby | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_WeldingDetection_020         | DC   | DC_ChargeLoopReq | Standby | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_AC_SessionSetup_006             | AC   | AC_ChargeLoopReq | Standby | SessionSetupReq                | SessionSetupRes                | AC   |
      | TC_SECC20_AC_AuthorizationSetup_005       | AC   | AC_ChargeLoopReq | Standby | AuthorizationSetupReq          | AuthorizationSetupRes          | AC   |
      | TC_SECC20_AC_Authorization_005            | AC   | AC_ChargeLoopReq | Standby | AuthorizationReq               | AuthorizationRes               | AC   |
      | TC_SECC20_AC_ServiceDiscovery_005         | AC   | AC_ChargeLoopReq | Standby | ServiceDiscoveryReq            | ServiceDiscoveryRes            | AC   |
      | TC_SECC20_AC_ServiceDetail_005            | AC   | AC_ChargeLoopReq | Standby | ServiceDetailReq               | ServiceDetailRes               | AC   |
      | TC_SECC20_AC_ServiceSelection_006         | AC   | AC_ChargeLoopReq | Standby | ServiceSelectionReq            | ServiceSelectionRes            | AC   |
      | TC_SECC20_AC_ScheduleExchange_010         | AC   | AC_ChargeLoopReq | Standby | ScheduleExchangeReq            | ScheduleExchangeRes            | AC   |
      | TC_SECC20_AC_MeteringConfirmation_006     | AC   | AC_ChargeLoopReq | Standby | MeteringConfirmationReq        | MeteringConfirmationRes        | AC   |
      | TC_SECC20_AC_VehicleCheckIn_005           | AC   | AC_ChargeLoopReq | Standby | VehicleCheckInReq              | VehicleCheckInRes              | AC   |
      | TC_SECC20_AC_VehicleCheckOut_005          | AC   | AC_ChargeLoopReq | Standby | VehicleCheckOutReq             | VehicleCheckOutRes             | AC   |
      | TC_SECC20_AC_SessionStop_008              | AC   | AC_ChargeLoopReq | Standby | SessionStopReq                 | SessionStopRes                 | AC   |
      | TC_SECC20_AC_ChargeParameterDiscovery_011 | AC   | AC_ChargeLoopReq | Standby | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: A car with a contract: <wrong> has no place in standby (<mode>, <state>)
    Given an EV with the contract "contract"
    And a Scheduled <mode> session has reached <loop> for the 3rd time
    When the EV wants standby
    And the session goes on for 1 s
    And the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                       | mode | loop             | state   | wrong                      | response                   | pics |
      | TC_SECC20_DC_CertificateInstallation_013 | DC   | DC_ChargeLoopReq | Standby | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_AC_CertificateInstallation_005 | AC   | AC_ChargeLoopReq | Standby | CertificateInstallationReq | CertificateInstallationRes | AC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: <wrong> has no place while the schedule is renegotiated (<mode>, <state>)
    Given a Scheduled <mode> session has reached <loop> for the 3rd time
    When the EV wants a new schedule
    And the session goes on to PowerDeliveryReq
    And the EV sends PowerDeliveryReq
    And the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                        | mode | loop             | state                 | wrong                          | response                       | pics |
      | TC_SECC20_DC_SessionSetup_011             | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | SessionSetupReq                | SessionSetupRes                | DC   |
      | TC_SECC20_DC_AuthorizationSetup_012       | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | AuthorizationSetupReq          | AuthorizationSetupRes          | DC   |
      | TC_SECC20_DC_Authorization_012            | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | AuthorizationReq               | AuthorizationRes               | DC   |
      | TC_SECC20_DC_ServiceDiscovery_010         | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | ServiceDiscoveryReq            | ServiceDiscoveryRes            | DC   |
      | TC_SECC20_DC_ServiceDetail_012            | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | ServiceDetailReq               | ServiceDetailRes               | DC   |
      | TC_SECC20_DC_ServiceSelection_012         | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | ServiceSelectionReq            | ServiceSelectionRes            | DC   |
      | TC_SECC20_DC_MeteringConfirmation_018     | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | MeteringConfirmationReq        | MeteringConfirmationRes        | DC   |
      | TC_SECC20_DC_VehicleCheckIn_015           | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | VehicleCheckInReq              | VehicleCheckInRes              | DC   |
      | TC_SECC20_DC_VehicleCheckOut_015          | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | VehicleCheckOutReq             | VehicleCheckOutRes             | DC   |
      | TC_SECC20_DC_SessionStop_014              | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | SessionStopReq                 | SessionStopRes                 | DC   |
      | TC_SECC20_DC_ChargeParameterDiscovery_914 | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | DC_ChargeParameterDiscoveryReq | DC_ChargeParameterDiscoveryRes | DC   |
      | TC_SECC20_DC_CableCheck_019               | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | DC_CableCheckReq               | DC_CableCheckRes               | DC   |
      | TC_SECC20_DC_PreCharge_020                | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | DC_PreChargeReq                | DC_PreChargeRes                | DC   |
      | TC_SECC20_DC_ChargeLoop_912               | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | DC_ChargeLoopReq               | DC_ChargeLoopRes               | DC   |
      | TC_SECC20_DC_WeldingDetection_021         | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | DC_WeldingDetectionReq         | DC_WeldingDetectionRes         | DC   |
      | TC_SECC20_AC_SessionSetup_007             | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | SessionSetupReq                | SessionSetupRes                | AC   |
      | TC_SECC20_AC_AuthorizationSetup_006       | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | AuthorizationSetupReq          | AuthorizationSetupRes          | AC   |
      | TC_SECC20_AC_Authorization_006            | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | AuthorizationReq               | AuthorizationRes               | AC   |
      | TC_SECC20_AC_ServiceDiscovery_006         | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | ServiceDiscoveryReq            | ServiceDiscoveryRes            | AC   |
      | TC_SECC20_AC_ServiceDetail_006            | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | ServiceDetailReq               | ServiceDetailRes               | AC   |
      | TC_SECC20_AC_ServiceSelection_007         | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | ServiceSelectionReq            | ServiceSelectionRes            | AC   |
      | TC_SECC20_AC_MeteringConfirmation_007     | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | MeteringConfirmationReq        | MeteringConfirmationRes        | AC   |
      | TC_SECC20_AC_VehicleCheckIn_006           | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | VehicleCheckInReq              | VehicleCheckInRes              | AC   |
      | TC_SECC20_AC_VehicleCheckOut_006          | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | VehicleCheckOutReq             | VehicleCheckOutRes             | AC   |
      | TC_SECC20_AC_SessionStop_009              | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | SessionStopReq                 | SessionStopRes                 | AC   |
      | TC_SECC20_AC_ChargeParameterDiscovery_012 | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | AC_ChargeParameterDiscoveryReq | AC_ChargeParameterDiscoveryRes | AC   |
      | TC_SECC20_AC_ChargeLoop_018               | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | AC_ChargeLoopReq               | AC_ChargeLoopRes               | AC   |

  @req:X20-SequenceError @req:X20-CloseAfterFailure @family:wrong-message
  Scenario Outline: A car with a contract: <wrong> has no place while the schedule is renegotiated (<mode>, <state>)
    Given an EV with the contract "contract"
    And a Scheduled <mode> session has reached <loop> for the 3rd time
    When the EV wants a new schedule
    And the session goes on to PowerDeliveryReq
    And the EV sends PowerDeliveryReq
    And the EV sends <wrong>
    Then the charger answers <response> with FAILED_SequenceError within 4.5 s
    And the charger closes the connection within 5 s

    Examples:
      | id                                       | mode | loop             | state                 | wrong                      | response                   | pics |
      | TC_SECC20_DC_CertificateInstallation_014 | DC   | DC_ChargeLoopReq | ScheduleRenegotiation | CertificateInstallationReq | CertificateInstallationRes | DC   |
      | TC_SECC20_AC_CertificateInstallation_006 | AC   | AC_ChargeLoopReq | ScheduleRenegotiation | CertificateInstallationReq | CertificateInstallationRes | AC   |
