"""The duties of block K that a station can neglect (K01 to K29)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SmartChargingPolicy:
    """Duties of block K."""

    neglects: tuple[str, ...] = ()
    """Requirements that it does not check when a profile comes: it accepts what they forbid."""
    refuses: bool = False
    """Rejects every profile."""
    minds_switch: bool = True
    """Knows no charging profiles where smart charging is absent or switched off ([K01.FR.29])."""
    blind: tuple[str, ...] = ()
    """Fields (validFrom, duration, stackLevel …) and purposes of profiles that it does not look at."""
    limits: bool = True
    """Lets profiles limit the power."""
    installs: bool = True
    """Keeps what it has accepted."""
    replaces: bool = True
    """A profile with a known id takes the place of the older one ([K01.FR.05])."""
    counts: bool = True
    """Entries[ChargingProfiles] is the number of profiles."""
    persists: bool = True
    """Profiles survive a reboot ([K01.FR.27])."""
    drops_tx_profiles: bool = True
    """A TxProfile goes with its transaction ([K02.FR.05])."""
    clears: bool = True
    clears_status: str = ""
    """Status of every ClearChargingProfileResponse, empty for the right one."""
    clears_others: bool = False
    """Takes all profiles away, whatever the criteria say."""
    reports: bool = True
    report_criteria: tuple[str, ...] = (
        "evseId",
        "chargingProfilePurpose",
        "stackLevel",
        "chargingProfileId",
        "chargingLimitSource",
    )
    """Criteria of GetChargingProfiles that it minds."""
    no_profiles_status: bool = True
    """Says NoProfiles where none matches."""
    request_id_shift: int = 0
    marks_more: bool = True
    """tbc in all reports but the last ([K09.FR.02])."""
    report_limit_factor: float = 1.0
    """Reports another limit than was set."""
    one_report: bool = False
    """Reports only the first profile."""
    composite_factor: float = 1.0
    composite_shift_s: int = 0
    """Composite schedules change so much later."""
    composite_for_any_evse: bool = False
    composite_unit: str = ""
    composite_sums: bool = True
    """EVSE 0: the sum of its EVSEs ([K08.FR.03])."""
    uses_start_profile: bool = True
    """The profile of RequestStartTransaction holds for its transaction ([F01.FR.10])."""
    tells_rate_changes: bool = True
    tells_mode_changes: bool = True
    """OperationModeChanged in 2.1 ([K01.FR.110])."""
    delays_anew: bool = True
    """Random delays are drawn anew for each transaction ([K01.FR.93])."""
    tells_limits: bool = True
    """NotifyChargingLimit ([K11.FR.02])."""
    tells_cleared: bool = True
    """ClearedChargingLimit ([K13.FR.02])."""
    limit_source: str = ""
    """Another source than the one that has set an external limit."""
    external_id: int | None = None
    """Id of profiles of external limits, None for one that is allowed ([K01.FR.82])."""
    marks_generation: bool = True
    """isLocalGeneration ([K27.FR.03])."""
    external_purpose: str = ""
    priority_status: str = ""
    applies_priority: bool = True
    tells_priority: bool = True
    sends_needs: bool = True
    sends_ev_schedule: bool = True
    waits_for_profile: bool = True
    """An ISO 15118 session waits for the answer about its needs before energy flows."""
    ev_excess: float = 1.0
    """The first schedule that a simulated EV announces is so much above the one that it chose."""
    settles: bool = True
    """Without a profile of the CSMS an EV gets what the others allow ([K15.FR.15])."""
    voids_always: bool = False
    """A profile that was invalid while offline stays so."""
    caps_always: bool = False
    """limitAtSoC counts at any state of charge."""
    delays_always: bool = False
    """Random delays are drawn anew for each question."""
    delays_first: bool = False
    """A random delay shifts the whole schedule."""
    priority_always: bool = False
    """PriorityCharging profiles count before anybody has asked for them."""
