"""Block C: who may charge. Tokens are presented by drivers; what is known here decides, or the CSMS is asked (C01 to C16)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2xconform.emulators.station.authorization_cache import AuthorizationCache, Token, key_of
from v2xconform.emulators.station.block import Handler, Payload
from v2xconform.emulators.station.evse import Evse
from v2xconform.protocols.ocpp.rpc import Failure

if TYPE_CHECKING:
    from v2xconform.emulators.station.station import Station

__all__ = ["Authorization", "AuthorizationPolicy", "Token"]


@dataclass(frozen=True, slots=True)
class AuthorizationPolicy:
    """Duties of block C."""

    asks: bool = True
    """Asks the CSMS before it lets somebody charge."""
    accepts_failures: tuple[str, ...] = ()
    """Failures of Authorize (error, timeout) after which it lets charge."""
    believes_refusals: bool = True
    """Lets nobody charge whom the CSMS refuses."""
    asks_to_stop: bool = False
    """Asks the CSMS about the token that began the transaction, which it shall not ([C01.FR.03])."""
    anybody_stops: bool = False
    """Any accepted token stops a transaction."""
    group_stops: bool = True
    """A token of the same group stops a transaction ([C09.FR.03])."""
    group_needs_acceptance: bool = True
    """A token of the group that is not accepted does not ([C09.FR.11])."""
    uses_cache: bool = True
    """Starts by what the cache says ([C12.FR.02])."""
    believes_old_refusals: bool = False
    """Refuses by the cache or list without asking again ([C10.FR.03], [C14.FR.03])."""
    updates_cache: bool = True
    cache_expires: bool = True
    clears_cache: bool = True
    """ClearCache empties the cache; else it only says so."""
    clears_list: bool = False
    """ClearCache empties the local list too."""
    clear_status: str = ""
    """Answers ClearCache with this status instead of the right one."""
    heeds_local_pre_authorize: bool = True
    """AuthCtrlr.LocalPreAuthorize; else it never asks about tokens that it knows."""
    uses_list: bool = True
    """Starts by what the local list says ([C14.FR.02])."""
    list_first: bool = True
    """The local list counts more than the cache ([C13.FR.01])."""
    offline_checks: bool = True
    """Offline it lets those charge whom it may let; else everybody."""
    master_pass_starts: bool = False
    """Lets a master pass start a transaction ([C16.FR.03] forbids it)."""
    master_pass_stops: bool = True
    user_interface: bool = False
    """A master pass shows a menu; else it stops all transactions ([C16.FR.01], [C16.FR.02])."""
    heeds_evse_list: bool = True
    """Lets a token charge only at the EVSEs that the CSMS names ([C01.FR.21])."""
    heeds_reservations: bool = True
    asks_central: bool = False
    """Sends Authorize for tokens of the type Central too ([C03.FR.01])."""
    button: bool = False
    """Has a start button in place of a token reader (C02)."""


@dataclass(slots=True)
class Authorization:
    """Block C of one station."""

    station: "Station"
    handlers: dict[str, Handler] = field(default_factory=dict)
    cache: AuthorizationCache = field(init=False)
    master: Token | None = None
    """The master pass that was presented last, for the menu."""

    def __post_init__(self) -> None:
        self.cache = AuthorizationCache(self.station)
        self.handlers = {"ClearCache": self.clear_cache}

    # ---- what drivers do

    def present(self, token: Token, evse: Evse, now: float) -> None:
        """A driver presents a token at an EVSE: to start, or to stop what it has started."""
        policy, holder = self.station.policy.authorization, self.station.transactions.holder(evse)
        token = self.station.v2x.with_evccid(token, evse)
        if policy.button:
            self.press_button(evse, now)
            return
        if holder is not None and self.same_driver(holder, token) and not policy.asks_to_stop:
            self.station.transactions.stop_authorized(evse, now, token)  # [C01.FR.03], [E07.FR.01]
            return
        info = self.known(token)
        if info is not None and self._decide_locally(token, evse, info, now):
            return
        if not self.station.online:
            self.decide_offline(token, evse, now)
        elif not policy.asks:
            self.station.transactions.authorize(evse, token, now)
        elif not self.station.variables.flag("AuthCtrlr.DisableRemoteAuthorization"):
            self.ask(token, evse, now)

    def press_button(self, evse: Evse, now: float) -> None:
        """A driver presses the start button: no token, and nobody is asked (C02)."""
        transactions = self.station.transactions
        token = {"idToken": "", "type": "NoAuthorization"}
        if transactions.holder(evse) is None:
            transactions.authorize(evse, token, now)
        else:
            transactions.stop_authorized(evse, now)

    def known(self, token: Token) -> Payload | None:
        """Return the IdTokenInfo of a token that local list or cache hold; the list counts more ([C13.FR.01])."""
        policy = self.station.policy.authorization
        listed = self.station.local_list.find(token) if policy.uses_list else None
        cached = self.cache.find(token) if policy.uses_cache else None
        first, second = (listed, cached) if policy.list_first else (cached, listed)
        return first if first is not None else second

    def _decide_locally(self, token: Token, evse: Evse, info: Payload, now: float) -> bool:
        """Act on what is known of a token, and tell whether that was enough: else the CSMS is asked."""
        variables, policy = self.station.variables, self.station.policy.authorization
        if not self.station.online:
            return False
        if info["status"] != "Accepted":
            silent = "LocalAuthListCtrlr" if self.station.local_list.find(token) is not None else "AuthCacheCtrlr"
            return variables.flag(f"{silent}.DisablePostAuthorize") or policy.believes_old_refusals
        stops = self.station.transactions.holder(evse) is not None
        if stops and not self._same_group(evse, info):
            return False
        if not stops and policy.heeds_local_pre_authorize and not variables.flag("AuthCtrlr.LocalPreAuthorize"):
            return False
        self.cache.use(token)
        self.granted(token, evse, info, now)
        return True

    def ask(self, token: Token, evse: Evse, now: float, remote_start_id: int | None = None) -> None:
        """Ask the CSMS about a token (C01)."""
        self.station.call(
            "Authorize", {"idToken": token}, now,
            lambda answer, at: self._answered(token, evse, answer, at, remote_start_id),
            lambda failure, at: self._unanswered(token, evse, failure, at),
        )  # fmt: skip

    def _answered(self, token: Token, evse: Evse, answer: Payload, now: float, remote_start_id: int | None) -> None:
        info, policy = answer["idTokenInfo"], self.station.policy.authorization
        self.learn(token, info, now)
        self.station.local_cost.learn(token, answer)
        self.station.tariff.greet(evse, answer, now)
        self.station.v2x.permitted(evse, answer)
        if info["status"] == "Accepted" or not policy.believes_refusals:
            self.granted(token, evse, info, now, remote_start_id)
        elif not policy.group_needs_acceptance and self._same_group(evse, info):
            self.station.transactions.stop_authorized(evse, now, token)

    def _unanswered(self, token: Token, evse: Evse, failure: Failure, now: float) -> None:
        if failure.kind in self.station.policy.authorization.accepts_failures:
            self.station.transactions.authorize(evse, token, now)
        elif failure.kind in ("lost", "timeout"):
            self.decide_offline(token, evse, now)

    def learn(self, token: Token, info: Payload, now: float) -> None:
        """Take over what the CSMS says about a token, in whatever message ([C10.FR.04], [C10.FR.05])."""
        if self.station.policy.authorization.updates_cache:
            self.cache.learn(token, info)

    # ---- decisions

    def granted(
        self, token: Token, evse: Evse, info: Payload, now: float, remote_start_id: int | None = None
    ) -> None:  # fmt: skip
        """Let an accepted token start or stop, where it may."""
        policy, transactions = self.station.policy.authorization, self.station.transactions
        group = info.get("groupIdToken")
        if self._is_master_pass(group) and not policy.master_pass_starts:
            self._master_pass(token, now)
            return
        holder = transactions.holder(evse)
        if holder is not None:
            same = self.same_driver(holder, token) or policy.anybody_stops
            if same or (self._same_group(evse, info) and policy.group_stops):
                transactions.stop_authorized(evse, now, token)
            return
        if policy.heeds_evse_list and info.get("evseId") and evse.id not in info["evseId"]:
            return
        if policy.heeds_reservations and not self.station.reservation.allows(evse, token, group):
            return
        transactions.authorize(evse, token, now, group=group, remote_start_id=remote_start_id)

    def decide_offline(self, token: Token, evse: Evse, now: float) -> None:
        """Decide without the CSMS (C13, C15): by what is known, else by OfflineTxForUnknownIdEnabled."""
        variables, info = self.station.variables, self.known(token)
        if not self.station.policy.authorization.offline_checks:
            self.station.transactions.authorize(evse, token, now)
        elif info is not None and variables.flag("AuthCtrlr.LocalAuthorizeOffline", True):
            if info["status"] == "Accepted":
                self.granted(token, evse, info, now)
        elif info is None and variables.flag("AuthCtrlr.OfflineTxForUnknownIdEnabled"):
            self.granted(token, evse, {"status": "Accepted"}, now)  # [C15.FR.08]

    def same_driver(self, one: Token, other: Token) -> bool:
        """Tell whether two tokens are the same."""
        return key_of(one) == key_of(other)

    def _same_group(self, evse: Evse, info: Payload) -> bool:
        group, own = info.get("groupIdToken"), self.station.transactions.group(evse)
        return bool(group and own) and key_of(group) == key_of(own)  # type: ignore[arg-type]

    # ---- master pass

    def _is_master_pass(self, group: Token | None) -> bool:
        wanted = self.station.variables.text("AuthCtrlr.MasterPassGroupId")
        return bool(group and wanted) and str(group["idToken"]).lower() == wanted.lower()  # type: ignore[index]

    def _master_pass(self, token: Token, now: float) -> None:
        """Stop everything, or show the menu ([C16.FR.01], [C16.FR.02])."""
        policy = self.station.policy.authorization
        self.master = token
        if not policy.user_interface and policy.master_pass_stops:
            self.stop_by_master(self.station.evses, now)

    def stop_by_master(self, evses: list[Evse], now: float) -> None:
        """Stop the transactions of some EVSEs with the master pass that was presented last."""
        for evse in evses:
            if self.station.transactions.at(evse) is not None and self.master is not None:
                self.station.transactions.stop_authorized(evse, now, self.master, "MasterPass")

    # ---- what the CSMS asks

    def clear_cache(self, payload: Payload, now: float) -> Payload:
        """Answer ClearCache (C11)."""
        policy = self.station.policy.authorization
        if not self.cache.enabled:
            return {"status": policy.clear_status or "Rejected"}  # [C11.FR.04]
        if policy.clears_cache:
            self.cache.clear()
        if policy.clears_list:
            self.station.local_list.entries.clear()
        return {"status": policy.clear_status or "Accepted"}
