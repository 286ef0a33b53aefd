"""The duties of block E: transactions, their events, and the queue that survives being offline."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TransactionsPolicy:
    """Duties of block E."""

    queues_offline: bool = True
    """Keeps the events of offline times ([E11.FR.01])."""
    marks_offline: bool = True
    """Says offline = true in them."""
    queue_capacity: int = 1000
    """So many events fit into its memory while it is offline."""
    drops_updates_only: bool = True
    """Makes room by dropping intermediate updates ([E12.FR.05]), else by dropping the oldest event."""
    newest_first: bool = False
    """Sends the newest event first (legal: seqNo says the order)."""
    repeats_events: bool = True
    """Sends an event again that was not answered ([E13])."""
    attempts_too_many: int = 0
    """Sends it so many times more than MessageAttempts."""
    waits_longer: bool = True
    """Waits longer after each failure ([E13.FR.03])."""
    wait_factor: float = 1.0
    """Share of the wait that is due."""
    seq_no_step: int = 1
    """seqNo grows by so much with each event."""
    first_seq_no: int = 0
    new_ids: bool = True
    """Each transaction has an id of its own."""
    reports_charging_state: bool = True
    follows_charging_state: bool = True
    """Tells changes of the charging state ([E01.FR.18])."""
    reports_remote_start_id: bool = True
    names_evse: bool = True
    """The first event after plug-in carries EVSE and connector ([E01.FR.16])."""
    knows_evse: bool = True
    """A token is presented at an EVSE; else at a reader for all, and the EVSE shows when the EV is connected."""
    names_token: bool = True
    """The first event after an authorization carries the token."""
    names_stop_token: bool = True
    """The event of a local stop carries the token ([E07.FR.02], a recommendation)."""
    names_reservation: bool = True
    says_stopped_reason: bool = True
    starts: bool = True
    """Starts transactions at the start points."""
    ends: bool = True
    """Ends them at the stop points."""
    first_event: str = "Started"
    one_at_a_time: bool = False
    """Lets nobody charge at an EVSE while another one charges."""
    stops_all: bool = False
    """Ends the transactions of all EVSEs where the CSMS stops one."""
    obeys_disconnect: bool = True
    """StopTxOnEVSideDisconnect ends the authorization ([E09.FR.01])."""
    fixed_cable: bool = True
    """Its cables cannot be taken off: an EV that has been disconnected has to come back in time ([E10.FR.02])."""
    waits_for_reconnection: bool = False
    """Waits for it for ever."""
    ends_authorization_on_timeout: bool = True
    """EVConnectionTimeOut ([E03.FR.05])."""
    stops_on_refusal: bool = True
    """Obeys a TransactionEventResponse that refuses the token (C15, E05)."""
    remote_trigger: str = "RemoteStart"
    remote_stop_trigger: str = "RemoteStop"
    remote_stop_reason: str = "Remote"
    tells_status_truly: bool = True
    """Says in GetTransactionStatusResponse what is so (E14)."""
    status_of_all: bool = False
    """messagesInQueue counts the events of all transactions ([E14.FR.05])."""
    keeps_remote_id: bool = False
    """The next transaction names a remote start for which nobody came."""
    keeps_queue: bool = True
    """Events that were not acknowledged survive a reboot ([B12.FR.05])."""
    drops_the_rest: bool = False
    """Gives up all events of a transaction with one that nobody has taken ([E13.FR.04])."""
    always_says_ongoing: bool = False
    """Gives ongoingIndicator even where it was not asked about a transaction ([E14.FR.06])."""
