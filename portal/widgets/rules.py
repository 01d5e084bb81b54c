"""What may be asked of a widget: websites, days, parties and instants are read here, and written as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

from portal.availability.hours import Slot, on_calendar
from portal.clock import which_pass
from portal.integration.connection import cleaning

MOST_SITES = 50
USUAL_PARTY = 2
LAST_CHIP = 7
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})
_USUAL_PORTS = {"https": 443, "http": 80}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SITE = re.compile(rf"(?:localhost|{_LABEL}(?:\.{_LABEL})+)(?::[1-9][0-9]{{0,4}})?")
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SLUG = re.compile(r"[A-Za-z0-9-]{1,60}")
_BASKET_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTY = re.compile(r"[0-9]{1,4}")
_LONGEST_INSTANT = 40


class NotUsable(ValueError):
    """A value that cannot be used. `field` is its name on the wire; the text is the sentence for a person."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


@dataclass(frozen=True)
class Bounds:
    """What a widget offers today: days from `today` to `last_day`, parties up to `largest_party`."""

    today: date
    last_day: date
    largest_party: int

    def contains(self, day: date) -> bool:
        """Tell whether a day can be booked: not past, and not too far ahead."""
        return self.today <= day <= self.last_day


@dataclass(frozen=True)
class OwnTable:
    """What a guest has already and wants to change; `seating_id` is None where it lost its place."""

    seating_id: int | None
    slot: Slot
    party_size: int


@dataclass(frozen=True)
class Choice:
    """The day and the party a guest asks for, and when their show starts if that is known.

    `own` is the table that they have already, which is free for them.
    """

    day: date
    party_size: int
    show_at: datetime | None = None
    own: OwnTable | None = None

    @property
    def is_own(self) -> bool:
        """Tell whether the day and the party are those of the guest's own table."""
        own = self.own
        return own is not None and (self.day, self.party_size) == (own.slot.service_on, own.party_size)

    @property
    def guests(self) -> str:
        return guests_text(self.party_size)


def clean_site(typed: str) -> str:
    """Return a pasted web address as host[:port]: in lower case, without scheme, path and usual port.

    Raises NotUsable.
    """
    text = typed.strip()
    scheme, parted, rest = text.partition("://")
    scheme = scheme.lower() if parted else "https"
    authority = re.split(r"[/?#]", rest if parted else text, maxsplit=1)[0]
    host, colon, port = cleaning.in_ascii(authority.lower()).partition(":")
    if port == str(_USUAL_PORTS.get(scheme)) and host not in _LOCAL_HOSTS:
        colon = port = ""
    site = f"{host.rstrip('.')}{colon}{port}"
    if scheme not in _USUAL_PORTS or not is_site(site):
        raise NotUsable("sites", f"{typed.strip()[:80]} is not a website address, like www.example.org")
    return site


def is_site(site: str) -> bool:
    """Tell whether a text is a website as widgets list them: host[:port], in small letters."""
    if not _SITE.fullmatch(site) or len(site) > 253:
        return False
    port = site.partition(":")[2]
    return not port or int(port) < 65536


def clean_sites(typed: str) -> list[str]:
    """Return the websites of a text with one on each line, each once. Raises NotUsable."""
    sites = list(dict.fromkeys(clean_site(line) for line in typed.splitlines() if line.strip()))
    if len(sites) > MOST_SITES:
        raise NotUsable("sites", f"Websites must be {MOST_SITES} or fewer")
    return sites


def origins(site: str) -> list[str]:
    """Return the origins of a stored site: https, but http for this machine; none for a broken site."""
    if not is_site(site):
        return []
    scheme = "http" if site.partition(":")[0] in _LOCAL_HOSTS else "https"
    return [f"{scheme}://{site}"]


def origins_of(sites: Iterable[str]) -> list[str]:
    """Return the origins of all sites, in their order."""
    return [origin for site in sites for origin in origins(site)]


def frame_ancestors(sites: Iterable[str]) -> str:
    """Return who may frame the widget, as a Content-Security-Policy source list; no sites means nobody."""
    return " ".join(origins_of(sites)) or "'none'"


def basket_url(base: str, client_name: str) -> str:
    """Return the address of the visitor's own basket, its shows written out (docs/spektrix.md section 5)."""
    return f"{base}/{quote(client_name, safe='')}/api/v3/basket?$expand=tickets/instance"


def is_public_id(text: str) -> bool:
    """Tell whether a text could be a widget's public id."""
    return _PUBLIC_ID.fullmatch(text) is not None


def is_slug(text: str) -> bool:
    """Tell whether a text could be a venue's slug, in capital or small letters."""
    return _SLUG.fullmatch(text) is not None


def usable_basket_id(text: str | None) -> str | None:
    """Return a basket id from a page, or None for anything that could not be one."""
    return text if text and _BASKET_ID.fullmatch(text) else None


def bounds(today: date, days_ahead: int, largest_party: int) -> Bounds:
    """Return what a widget with these settings offers on `today`, a day in the venue's zone."""
    return Bounds(today, today + timedelta(days=days_ahead), largest_party)


def read_day(text: str, within: Bounds) -> date:
    """Return a day written 2026-06-12. Raises NotUsable for another form and for days out of bounds."""
    day = day_of(text)
    if day is None:
        raise NotUsable("date", "Date must be a real date, like 2026-06-12")
    require_open(day, within)
    return day


def day_of(text: str) -> date | None:
    """Return a day written 2026-06-12, whether it can be booked or not; None for anything else."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def require_open(day: date, within: Bounds) -> None:
    """Raise NotUsable for a day that is past or too far ahead."""
    if day < within.today:
        raise NotUsable("date", "Date must be today or later")
    if day > within.last_day:
        raise NotUsable("date", f"Date must be {day_text(within.last_day)} or earlier")


def read_party_size(text: str, within: Bounds) -> int:
    """Return a party size, written in the digits 0 to 9, that can be booked here. Raises NotUsable."""
    size = read_any_party(text, within)
    if size > within.largest_party:
        raise NotUsable("party_size", f"Guests must be {within.largest_party} or fewer to book here")
    return size


def read_any_party(text: str, within: Bounds) -> int:
    """Return a party size; one that is too large to book here comes back as one more than the largest.

    Raises NotUsable.
    """
    size = int(text) if _PARTY.fullmatch(text) else 0
    if not size:
        raise NotUsable("party_size", "Guests must be a whole number, like 2")
    return min(size, within.largest_party + 1)


def read_instant(text: str, field: str, label: str) -> datetime:
    """Return an instant in UTC, written as ISO 8601 with an offset or Z. Raises NotUsable.

    A plus sign that was not percent-encoded arrives as a space, so a space is read as plus.
    """
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+")) if len(text) <= _LONGEST_INSTANT else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not on_calendar(instant):
        raise NotUsable(
            field, f"{label} must be a date and time with its offset, like 2026-06-12T17:30:00+01:00"
        )
    return instant.astimezone(UTC)


def asked_party(asked: Mapping[str, str]) -> str:
    """Return the party as typed. The last chip stands for larger parties too, so a select asks which."""
    typed = asked.get("party", "")
    return asked.get("exact_party") or typed if typed == str(LAST_CHIP) else typed


def read_choice(
    asked: Mapping[str, str], within: Bounds, read_party: Callable[[str, Bounds], int] = read_party_size
) -> Choice:
    """Return day, party and show as a request for times names them. Raises NotUsable."""
    show = asked.get("show", "")
    return Choice(
        read_day(asked.get("date", ""), within),
        read_party(asked_party(asked), within),
        read_instant(show, "show", "Show") if show else None,
    )


def instant_text(instant: datetime) -> str:
    """Return an instant as forms and addresses carry it, without a plus sign that would need encoding."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_text(local: datetime) -> str:
    """Return a wall time as 5:30pm, or 1:30am BST on the night on which there is another 1:30am."""
    text = f"{local.hour % 12 or 12}:{local.minute:02d}{'am' if local.hour < 12 else 'pm'}"
    return f"{text} {which_pass(local)}".rstrip()


def day_text(day: date) -> str:
    """Return a day as Fri 12 June."""
    return f"{day:%a} {day.day} {day:%B}"


def short_day_text(day: date) -> str:
    """Return a day as Fri 12 June or Sat 21 Nov, short enough for a select on a phone."""
    month = f"{day:%B}" if day.month in {5, 6, 7} else f"{day:%b}"
    return f"{day:%a} {day.day} {month}"


def long_day_text(day: date) -> str:
    """Return a day as Friday 12 June."""
    return f"{day:%A} {day.day} {day:%B}"


def guests_text(party_size: int) -> str:
    """Return a party as 1 guest or 2 guests."""
    return f"{party_size} guest{'' if party_size == 1 else 's'}"
