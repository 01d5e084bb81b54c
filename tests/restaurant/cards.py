"""Filling in a card of the settings as its page shows it."""

from tests.support.reading import read


def form_of(office, card, page="/settings/details"):
    """What the form of a card holds, as its page shows it."""
    found = read(office.get(page)).one(id=card)
    typed = {each.attributes["name"]: each.attributes.get("value") or "" for each in found.all("input")}
    for select in found.all("select"):
        typed[select.attributes["name"]] = select.one("option", selected=None).attributes["value"]
    return typed | {
        each.attributes["name"]: found.typed(each.attributes["name"]) for each in found.all("textarea")
    }


def save(office, card, page="/settings/details", **changes):
    """Press Save on a card with some of it changed, as if the other cards were not on the page."""
    return office.post(page, data=form_of(office, card, page) | {"at": card} | changes)


def save_id(answer):
    """The number of the save that an answer leads to."""
    return answer.location.partition("saved=")[2].partition("#")[0]


def agreed(answer):
    """What the form of a page that asks first says of the list that the person saw."""
    found = {each.attributes["value"] for each in read(answer).all(name="agreed_to")}
    assert len(found) == 1, read(answer).words
    return {"agreed_to": found.pop()}
