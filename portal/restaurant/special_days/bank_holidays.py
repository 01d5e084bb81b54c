"""The bank holidays of a venue's country."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

# A country of more parts than this is offered what all of them keep.
_MOST_REGIONS = 20
_NAMED_REGIONS = 3


@dataclass(frozen=True)
class BankHoliday:
    """One day; `regions` says where it is kept, "" for everywhere."""

    on: date
    name: str
    regions: str


@lru_cache(maxsize=64)
def of_year(country: str, year: int) -> tuple[BankHoliday, ...]:
    """Return the bank holidays of a country, by its two letters; none for one that is not known."""
    # Here, since it takes a fifth of a second that no other page has to wait for.
    import holidays  # noqa: PLC0415

    if country not in holidays.list_supported_countries():
        return ()
    whole = holidays.country_holidays(country)
    language = next((each for each in ("en_GB", "en_US") if each in whole.supported_languages), None)
    regions = whole.subdivisions if len(whole.subdivisions) <= _MOST_REGIONS else ()
    names = {code: name for name, code in whole.subdivisions_aliases.items()}
    found: dict[tuple[date, str], list[str]] = {}
    for region in regions or (None,):
        kept = holidays.country_holidays(country, subdiv=region, years=year, language=language)
        for on, name in kept.items():
            found.setdefault((on, name), []).append(names.get(region or "", region or ""))
    everywhere = max(len(regions), 1)
    return tuple(
        BankHoliday(on, name, "" if len(where) == everywhere else _where(where))
        for (on, name), where in sorted(found.items())
    )


def _where(regions: list[str]) -> str:
    return ", ".join(regions) if len(regions) <= _NAMED_REGIONS else "some regions"
