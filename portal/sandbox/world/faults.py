"""Which fault is on for which call. What a fault does is in `transport` and `disguise`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from portal.sandbox.world.field_checks import (
    POSITIVE,
    TEXT,
    WHOLE,
    YES_NO,
    NotAccepted,
    Rule,
    checked,
    one_of,
    or_null,
)

NOT_BUILT = "not_built"
CALLS = (
    "update_customer",
    "customer_by_id",
    "customer_by_email",
    "create_customer",
    "customer_tags",
    "customer_statements",
    "basket_by_id",
    "new_basket",
    "change_basket",
    "events",
    "instance",
    "instance_status",
    "catalogue",
    "web_basket",
    "web_customer",
    NOT_BUILT,
)
CUSTOMER_CALLS = ("update_customer", "customer_by_id", "customer_by_email")
BASKET_CALLS = ("basket_by_id", "change_basket", "web_basket")
TRANSPORT = ("status", "html", "redirect", "delay", "drip", "cut", "drop_connection", "huge", "wrong_shape")
ATTRIBUTE_DISGUISES = ("drop_attribute", "misspell_attribute")
BASKET_DISGUISES = ("other_owner", "anonymous_basket", "expired_basket")
LATE_UPDATE = "late_update"
KINDS = (*TRANSPORT, *ATTRIBUTE_DISGUISES, LATE_UPDATE, *BASKET_DISGUISES)
SHAPES = ("list", "null", "string", "missing_id", "wrong_types")
WORKS_FIRST = ("delay", "drip", "cut", "huge", "wrong_shape")
USUAL_SECONDS = {"delay": 3.0, "drip": 1.0, LATE_UPDATE: 30.0}
USUAL_STATUS = {"status": 500}


@dataclass
class Fault:
    """One fault that is on. `seconds` is the wait, `times` how often it still strikes (None: for ever)."""

    id: int
    call: str
    kind: str
    status: int = 200
    seconds: float = 0
    apply: bool = False
    times: int | None = None
    client: str | None = None
    retry_after: int | None = None
    to: str = "login"
    shape: str = "list"
    attribute: str | None = None
    customer_id: str | None = None

    def concerns(self, call: str, client: str) -> bool:
        """Tell whether this fault strikes that call of that client name."""
        if self.client not in (None, client) or self.call not in ("*", call):
            return False
        if self.kind in ATTRIBUTE_DISGUISES:
            return call in CUSTOMER_CALLS
        if self.kind == LATE_UPDATE:
            return call == "update_customer"
        return self.kind not in BASKET_DISGUISES or call in BASKET_CALLS

    def as_json(self) -> dict[str, object]:
        """Return the fault as the control API shows it."""
        return asdict(self)


RULES: Mapping[str, Rule] = {
    "call": one_of("*", *CALLS),
    "kind": one_of(*KINDS),
    "status": Rule("an HTTP status from 200 to 599", lambda v: type(v) is int and 200 <= v <= 599),
    "seconds": POSITIVE,
    "apply": YES_NO,
    "times": or_null(WHOLE),
    "client": or_null(TEXT),
    "retry_after": or_null(WHOLE),
    "to": one_of("login", "self"),
    "shape": one_of(*SHAPES),
    "attribute": or_null(TEXT),
    "customer_id": or_null(TEXT),
}


@dataclass(frozen=True)
class Struck:
    """The faults that strike one call: at most one of transport, any number of disguises."""

    transport: Fault | None = None
    disguises: list[Fault] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        """The kinds, for the request log."""
        return [fault.kind for fault in ([self.transport] if self.transport else []) + self.disguises]

    @property
    def late_seconds(self) -> float:
        """How long after its acceptance an update is stored."""
        return max((fault.seconds for fault in self.disguises if fault.kind == LATE_UPDATE), default=0.0)


class FaultBoard:
    """The faults that are on, newest first. The caller holds the state's lock."""

    def __init__(self) -> None:
        """Start with nothing on."""
        self._faults: list[Fault] = []
        self._last_id = 0

    def all(self) -> list[Fault]:
        """Return the faults that are on, newest first."""
        return list(self._faults)

    def add(self, body: object) -> Fault:
        """Switch on the fault that `body` describes; raise NotAccepted where it describes none."""
        fields = checked(body, RULES, required=("call", "kind"))
        kind, call = str(fields["kind"]), str(fields["call"])
        probe = Fault(id=0, call=call, kind=kind)
        if not any(probe.concerns(each, "") for each in CALLS):
            raise NotAccepted(f"The fault {kind!r} has no meaning for the call {call!r}.")
        usual: dict[str, object] = {
            "status": USUAL_STATUS.get(kind, 200),
            "seconds": USUAL_SECONDS.get(kind, 0.0),
            "apply": kind in WORKS_FIRST,
        }
        self._last_id += 1
        fault = Fault(id=self._last_id, **(usual | fields))  # type: ignore[arg-type]
        self._faults.insert(0, fault)
        return fault

    def remove(self, fault_id: int) -> bool:
        """Switch one fault off; False where there is none with that id."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault.id != fault_id]
        return len(self._faults) < before

    def clear(self) -> None:
        """Switch every fault off."""
        self._faults.clear()

    def strike(self, call: str, client: str) -> Struck:
        """Return the faults for one call and count them as used."""
        concerned = [fault for fault in self._faults if fault.concerns(call, client)]
        transports = [fault for fault in concerned if fault.kind in TRANSPORT][:1]
        disguises = [fault for fault in concerned if fault.kind not in TRANSPORT]
        for fault in transports + disguises:
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
        return Struck(transports[0] if transports else None, disguises)
