"""Addresses of the portal, with ids that exist."""

import re

from tests.factories import connect_spektrix, make_booking, make_widget

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# The frame on a theatre's page has no cookie; a signed token in its forms takes the place of this one.
# A link from an email is its reader's key, signed in or not.
WITHOUT_COOKIES = {"public", "letters", "letter_stops"}
# Most arguments name what is looked up only after form and token.
ANYTHING = 1


def unsafe_addresses(app, venue, manager):
    """Return method and address of everything at the desk that changes something."""
    with app.app_context():
        booking = make_booking(venue)
        widget = make_widget(venue)
        connect_spektrix(venue, staff=manager)
    values = {"booking_id": booking.id, "guest_id": booking.guest_id, "public_id": widget.public_id}
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] not in WITHOUT_COOKIES]
    found = [
        (method, address)
        for rule in rules
        for method in sorted(UNSAFE & rule.methods)
        for address in addresses(rule.rule, values)
    ]
    assert len(found) > 30
    return found


def addresses(rule, values):
    """Return a rule's addresses, one for each of the words that may stand in it."""
    choice = re.search(r"<any\(([^)]*)\):\w+>", rule)
    if choice:
        words = [word.strip(" '\"") for word in choice[1].split(",")]
        return [one for word in words for one in addresses(rule.replace(choice[0], word), values)]
    return [re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values.get(match[1], ANYTHING)), rule)]
