"""How the sandbox behaves where docs/spektrix.md is not sure, and a few settings of the demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from portal.sandbox.world.attributes import FORMS
from portal.sandbox.world.field_checks import (
    NOT_NEGATIVE,
    NUMBER,
    POSITIVE,
    TEXT,
    TEXTS,
    YES_NO,
    Rule,
    checked,
    one_of,
    or_null,
)

CLIENT_NAME = "harbourplayhouse"


@dataclass(frozen=True)
class Options:
    """Every switch with its usual position; the package's docstring explains each."""

    clock_offset_seconds: float = 0
    basket_minutes: float = 20
    basket_customer: str = "id"
    capitalise_inner_words: bool = True
    attributes_read_as: str = "joined"
    attributes_written_as: str = "as_read"
    patch_reply: str = "customer"
    attributes_shown: str = "always"
    owner_reads_web_basket: int = 200
    empty_web_basket: int = 200
    starts_shown: str = "both"
    edge_blocks_default_agents: bool = False
    client_names: list[str] = field(default_factory=lambda: [CLIENT_NAME])
    allowed_origins: list[str] = field(default_factory=list)
    theatre_component: bool = True
    theatre_component_delay: float = 0
    theatre_component_host: str = ""
    theatre_component_client: str = ""
    theatre_allows_widget: bool = True
    theatre_allows_basket: bool = True
    widget_id: str | None = None
    portal_url: str | None = None

    @property
    def form_written(self) -> str:
        """The form in which an update has to name attributes."""
        same = self.attributes_written_as == "as_read"
        return self.attributes_read_as if same else self.attributes_written_as

    def changed(self, body: object) -> Options:
        """Return the options with the fields of `body` replaced; raise NotAccepted for anything unknown."""
        return replace(self, **checked(body, RULES))  # type: ignore[arg-type]

    def as_json(self) -> dict[str, object]:
        """Return all options by name."""
        return asdict(self)


RULES: Mapping[str, Rule] = {
    "clock_offset_seconds": NUMBER,
    "basket_minutes": POSITIVE,
    "basket_customer": one_of("id", "full"),
    "capitalise_inner_words": YES_NO,
    "attributes_read_as": one_of(*FORMS),
    "attributes_written_as": one_of("as_read", *FORMS),
    "patch_reply": one_of("customer", "empty", "no_content"),
    "attributes_shown": one_of("always", "when_set"),
    "owner_reads_web_basket": one_of(200, 403, 404),
    "empty_web_basket": one_of(200, 404),
    "starts_shown": one_of("both", "local", "utc"),
    "edge_blocks_default_agents": YES_NO,
    "client_names": TEXTS,
    "allowed_origins": TEXTS,
    "theatre_component": YES_NO,
    "theatre_component_delay": NOT_NEGATIVE,
    "theatre_component_host": TEXT,
    "theatre_component_client": TEXT,
    "theatre_allows_widget": YES_NO,
    "theatre_allows_basket": YES_NO,
    "widget_id": or_null(TEXT),
    "portal_url": or_null(TEXT),
}
