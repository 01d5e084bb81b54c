"""The forms of "Behave badly": the words on them, and what a person typed as the control API's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.sandbox.world.field_checks import NotAccepted
from portal.sandbox.world.options import Options

KINDS = {
    "status": "An HTTP status",
    "html": "HTML in place of JSON",
    "redirect": "A redirect",
    "delay": "A slow answer",
    "drip": "A body that drips, byte by byte",
    "cut": "A body cut in the middle",
    "drop_connection": "No answer: the connection drops",
    "huge": "6 MB of JSON",
    "wrong_shape": "JSON of the wrong shape",
    "drop_attribute": "An attribute dropped in silence",
    "misspell_attribute": "An attribute misspelt",
    "late_update": "An update stored later",
    "other_owner": "A basket that is somebody else's",
    "anonymous_basket": "A basket that is nobody's",
    "expired_basket": "A basket that has expired",
}
SHAPES = {
    "list": "An empty list",
    "null": "null",
    "string": "A text",
    "missing_id": "An object without its id",
    "wrong_types": "Every field of another type",
}
WHOLE_NUMBERS = ("times", "status", "retry_after")
TEXTS = ("call", "kind", "client", "to", "shape", "attribute", "customer_id")


@dataclass(frozen=True)
class OptionField:
    """One option on the form. `choices` maps the typed text to words; empty means free text."""

    name: str
    label: str
    hint: str = ""
    choices: Mapping[str, str] | None = None


ON_OFF = {"true": "On", "false": "Off"}
OPTIONS = (
    OptionField(
        "clock_offset_seconds", "Clock is ahead by (seconds)", "Over 300 off, signed calls answer 401"
    ),
    OptionField("basket_minutes", "Baskets expire after (minutes)"),
    OptionField(
        "basket_customer", "Customer inside a basket", choices={"id": "Id only", "full": "Whole object"}
    ),
    OptionField(
        "owner_reads_web_basket",
        "API user reads a visitor's basket",
        choices={"200": "200: sees it", "403": "403: refused", "404": "404: not found"},
    ),
    OptionField("capitalise_inner_words", "Small words in attribute keys get a capital", choices=ON_OFF),
    OptionField(
        "attributes_read_as",
        "A customer shows attributes as",
        choices={"joined": "attribute_LastDinedAt", "spaced": "Attribute_Last Dined At", "list": "A list"},
    ),
    OptionField(
        "attributes_written_as",
        "An update names attributes as",
        choices={"as_read": "They are shown"}
        | {"joined": "attribute_LastDinedAt", "spaced": "Attribute_Last Dined At", "list": "A list"},
    ),
    OptionField("attributes_shown", "Unset attributes", choices={"always": "Null", "when_set": "Left out"}),
    OptionField(
        "patch_reply",
        "An update answers",
        choices={"customer": "200 with the customer", "empty": "200, empty", "no_content": "204"},
    ),
    OptionField(
        "empty_web_basket",
        "No basket answers",
        choices={"200": "200, an empty basket", "404": "404: not found"},
    ),
    OptionField(
        "starts_shown",
        "An instance shows its start as",
        choices={"both": "Local time and UTC", "local": "Local time alone", "utc": "UTC alone"},
    ),
    OptionField("edge_blocks_default_agents", "Edge network blocks plain User-Agents", choices=ON_OFF),
    OptionField("theatre_component", "Theatre pages carry the basket component", choices=ON_OFF),
    OptionField(
        "theatre_component_delay", "Its script comes after (seconds)", "As with a lazy loader; 0 for at once"
    ),
    OptionField("theatre_component_host", "It names another custom domain", "Empty for the right one"),
    OptionField("theatre_component_client", "It names another client", "Empty for the right one"),
    OptionField("theatre_allows_widget", "Theatre's security policy allows the widget", choices=ON_OFF),
    OptionField(
        "theatre_allows_basket", "Theatre's security policy allows calls to Spektrix", choices=ON_OFF
    ),
    OptionField("client_names", "Client names that exist", "Parted by spaces; case counts"),
)
LISTS = ("client_names", "allowed_origins")
DECIMALS = ("clock_offset_seconds", "basket_minutes", "theatre_component_delay")
STATUSES = ("owner_reads_web_basket", "empty_web_basket")


def fault_from(form: Mapping[str, str]) -> dict[str, object]:
    """Return the fault's fields that were filled in; raise NotAccepted for a number that is none."""
    filled: dict[str, object] = {name: form[name] for name in TEXTS if form.get(name)}
    filled |= {name: _whole(form, name) for name in WHOLE_NUMBERS if form.get(name)}
    if form.get("seconds"):
        filled["seconds"] = _decimal(form, "seconds")
    if form.get("apply"):
        filled["apply"] = form["apply"] == "true"
    return filled


def options_from(form: Mapping[str, str]) -> dict[str, object]:
    """Return the options that the form holds; raise NotAccepted for a number that is none."""
    return {field.name: _option(form, field) for field in OPTIONS if field.name in form}


def attribute_from_form(form: Mapping[str, str]) -> dict[str, object]:
    """Return a definition; the entries of a Dropdown are parted by commas."""
    entries = [entry.strip() for entry in form.get("options", "").split(",")]
    return {
        "name": form.get("name", "").strip(),
        "type": form.get("type", "Text"),
        "options": [entry for entry in entries if entry],
    }


def as_typed(options: Options, field: OptionField) -> str:
    """Return an option's present value as the form's text."""
    value = getattr(options, field.name)
    if field.name in LISTS:
        return " ".join(value)
    return f"{value:g}" if field.name in DECIMALS else str(value).lower()


def _option(form: Mapping[str, str], field: OptionField) -> object:
    text = form[field.name]
    if field.name in DECIMALS:
        return _decimal(form, field.name)
    if field.name in STATUSES:
        return _whole(form, field.name)
    if field.name in LISTS:
        return text.split()
    return text == "true" if field.choices is ON_OFF else text


def _whole(form: Mapping[str, str], name: str) -> int:
    try:
        return int(form[name])
    except ValueError:
        raise NotAccepted(f"The field {name!r} must be a whole number.") from None


def _decimal(form: Mapping[str, str], name: str) -> float:
    try:
        return float(form[name])
    except ValueError:
        raise NotAccepted(f"The field {name!r} must be a number.") from None
