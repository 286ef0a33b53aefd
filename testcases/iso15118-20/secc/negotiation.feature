@role:secc
Feature: The charger picks the protocol

  @TC_SECC20_CMN_SupportedAppProtocol_201 @pics:DC @req:V2G20-169
  Scenario: DC is preferred and taken
    Given an EV that offers the protocols
      | namespace | major | minor |
      | urn:iso:std:iso:15118:-20:DC | 1 | 0 |
      | urn:iso:std:iso:15118:-20:AC | 1 | 0 |
    And an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq
    Then the charger answers supportedAppProtocolRes with OK_SuccessfulNegotiation within 1.5 s
    And the charger has selected urn:iso:std:iso:15118:-20:DC

  @TC_SECC20_CMN_SupportedAppProtocol_202 @pics:AC @req:V2G20-169
  Scenario: AC is preferred and taken
    Given an EV that offers the protocols
      | namespace | major | minor |
      | urn:iso:std:iso:15118:-20:AC | 1 | 0 |
      | urn:iso:std:iso:15118:-20:DC | 1 | 0 |
    And an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq
    Then the charger answers supportedAppProtocolRes with OK_SuccessfulNegotiation within 1.5 s
    And the charger has selected urn:iso:std:iso:15118:-20:AC

  @TC_SECC20_CMN_SupportedAppProtocol_203 @pics:DC&AC @req:V2G20-169
  Scenario: the priority counts, not the order
    Given an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq bent by
      """
      set:
        AppProtocol:
        - {ProtocolNamespace: "urn:iso:std:iso:15118:-20:DC", VersionNumberMajor: 1, VersionNumberMinor: 0, SchemaID: 7, Priority: 5}
        - {ProtocolNamespace: "urn:iso:std:iso:15118:-20:AC", VersionNumberMajor: 1, VersionNumberMinor: 0, SchemaID: 200, Priority: 2}
      """
    Then the charger answers supportedAppProtocolRes with OK_SuccessfulNegotiation within 1.5 s
    And the charger has selected urn:iso:std:iso:15118:-20:AC
    And the answer has SchemaID = 200

  @TC_SECC20_CMN_SupportedAppProtocol_204 @pics:DC @req:V2G20-169
  Scenario: an unknown protocol before a known one is passed over
    Given an EV that offers the protocols
      | namespace | major | minor |
      | urn:tesla:din:2018:MsgDef | 1 | 0 |
      | urn:example:unknown:MsgDef | 1 | 0 |
      | urn:iso:std:iso:15118:-20:DC | 1 | 0 |
    And an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq
    Then the charger answers supportedAppProtocolRes with OK_SuccessfulNegotiation within 1.5 s
    And the charger has selected urn:iso:std:iso:15118:-20:DC
    And the answer has SchemaID = 3

  @TC_SECC20_CMN_SupportedAppProtocol_205 @pics:AC @req:V2G20-169
  Scenario: a known protocol among unknown ones is found for AC
    Given an EV that offers the protocols
      | namespace | major | minor |
      | urn:example:unknown:MsgDef | 1 | 0 |
      | urn:iso:std:iso:15118:-20:AC | 1 | 0 |
      | urn:example:other:MsgDef | 1 | 0 |
    And an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq
    Then the charger answers supportedAppProtocolRes with OK_SuccessfulNegotiation within 1.5 s
    And the charger has selected urn:iso:std:iso:15118:-20:AC

  @TC_SECC20_CMN_SupportedAppProtocol_206 @req:X20-NoNegotiation @req:X20-CloseAfterFailure
  Scenario: nothing but unknown protocols
    Given an EV that offers the protocols
      | namespace | major | minor |
      | urn:example:unknown:MsgDef | 1 | 0 |
    And an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq
    Then the charger answers supportedAppProtocolRes with Failed_NoNegotiation within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_CMN_SupportedAppProtocol_207 @pics:DC @req:X20-Negotiation
  Scenario: a higher minor version is a minor deviation
    Given an EV that offers the protocols
      | namespace | major | minor |
      | urn:iso:std:iso:15118:-20:DC | 1 | 7 |
    And an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq
    Then the charger answers supportedAppProtocolRes with OK_SuccessfulNegotiationWithMinorDeviation within 1.5 s
    And the charger has selected urn:iso:std:iso:15118:-20:DC

  @TC_SECC20_CMN_SupportedAppProtocol_208 @req:X20-NoNegotiation
  Scenario: another major version is not supported
    Given an EV that offers the protocols
      | namespace | major | minor |
      | urn:iso:std:iso:15118:-20:DC | 2 | 0 |
      | urn:iso:std:iso:15118:-20:AC | 9 | 0 |
    And an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq
    Then the charger answers supportedAppProtocolRes with Failed_NoNegotiation within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_CMN_SupportedAppProtocol_209 @req:X20-NoNegotiation
  Scenario: the namespace is compared as a whole
    Given an EV that offers the protocols
      | namespace | major | minor |
      | urn:iso:std:iso:15118:-20:DCX | 1 | 0 |
      | urn:iso:std:iso:15118:-20 | 1 | 0 |
      | urn:iso:std:iso:15118:-20:A | 1 | 0 |
    And an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq
    Then the charger answers supportedAppProtocolRes with Failed_NoNegotiation within 1.5 s
    And the charger closes the connection within 5 s

  @TC_SECC20_CMN_SupportedAppProtocol_210 @pics:DC @req:V2G20-169 @req:V2G20-167
  Scenario: twenty protocols, the known one last
    Given an EV that offers the protocols
      | namespace | major | minor |
      | urn:example:unknown1:MsgDef | 1 | 0 |
      | urn:example:unknown2:MsgDef | 1 | 0 |
      | urn:example:unknown3:MsgDef | 1 | 0 |
      | urn:example:unknown4:MsgDef | 1 | 0 |
      | urn:example:unknown5:MsgDef | 1 | 0 |
      | urn:example:unknown6:MsgDef | 1 | 0 |
      | urn:example:unknown7:MsgDef | 1 | 0 |
      | urn:example:unknown8:MsgDef | 1 | 0 |
      | urn:example:unknown9:MsgDef | 1 | 0 |
      | urn:example:unknown10:MsgDef | 1 | 0 |
      | urn:example:unknown11:MsgDef | 1 | 0 |
      | urn:example:unknown12:MsgDef | 1 | 0 |
      | urn:example:unknown13:MsgDef | 1 | 0 |
      | urn:example:unknown14:MsgDef | 1 | 0 |
      | urn:example:unknown15:MsgDef | 1 | 0 |
      | urn:example:unknown16:MsgDef | 1 | 0 |
      | urn:example:unknown17:MsgDef | 1 | 0 |
      | urn:example:unknown18:MsgDef | 1 | 0 |
      | urn:example:unknown19:MsgDef | 1 | 0 |
      | urn:iso:std:iso:15118:-20:DC | 1 | 0 |
    And an any session has reached supportedAppProtocolReq
    When the EV sends supportedAppProtocolReq
    Then the charger answers supportedAppProtocolRes with OK_SuccessfulNegotiation within 1.5 s
    And the charger has selected urn:iso:std:iso:15118:-20:DC
    And the answer has SchemaID = 20

  @TC_SECC20_CMN_SupportedAppProtocol_211 @pics:TLS @req:V2G20-2356 @req:V2G20-1805
  Scenario: ISO 15118-20 is not selected over plain TCP
    Given an EV that asks for no TLS
    When the EV tries to connect
    Then ISO 15118-20 is not selected

  @TC_SECC20_CMN_SupportedAppProtocol_212 @pics:TLS @req:V2G20-2356 @req:V2G20-1264
  Scenario: ISO 15118-20 is not selected over TLS 1.2
    Given an EV that speaks TLS 1.2 and nothing newer
    When the EV tries to connect
    Then ISO 15118-20 is not selected

  @TC_SECC20_CMN_SupportedAppProtocol_213 @pics:AC @req:X20-Negotiation
  Scenario: the charger serves the message set that it has selected (AC)
    Given a AC session has reached ServiceDiscoveryReq
    When the session is tried up to ServiceSelectionReq
    Then the charger has sent ServiceDiscoveryRes with EnergyTransferServiceList.Service.0.ServiceID = 1 or 5

  @TC_SECC20_CMN_SupportedAppProtocol_214 @pics:DC @req:X20-Negotiation
  Scenario: the charger serves the message set that it has selected (DC)
    Given a DC session has reached ServiceDiscoveryReq
    When the session is tried up to ServiceSelectionReq
    Then the charger has sent ServiceDiscoveryRes with EnergyTransferServiceList.Service.0.ServiceID = 2 or 6 or 8 or 9
