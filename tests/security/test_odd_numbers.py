"""Numbers that no row can have, in addresses, queries and forms; the lists come from the portal itself."""

import inspect
import re
from pathlib import Path

import pytest

from tests import factories

# Too large for a row of either database, and for a whole number of SQLite.
HUGE = [str(2**31), "9" * 30]
_READ_AS_NUMBER = re.compile(r'\.(?:args|values|form)\.get(?:list)?\(\s*"(\w+)"[^()]*\btype=int')


@pytest.fixture
def manager(app, venue):
    with app.app_context():
        return factories.make_manager(venue)


@pytest.fixture
def known(app, venue):
    """What arguments of addresses name that there is."""
    with app.app_context():
        booking, widget = factories.make_booking(venue), factories.make_widget(venue)
        return {"booking_id": booking.id, "guest_id": booking.guest_id, "public_id": widget.public_id}


def filled(address, known):
    """Return a rule as an address of a row that there is, or of the first of its words."""
    address = re.sub(r"<any\(['\" ]*([\w-]+)[^>]*>", r"\1", address)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known.get(found[1], 1)), address)


def methods(rule):
    return sorted(rule.methods - {"HEAD", "OPTIONS"})


def numbered(app, known):
    """Return every method and address with a number, each of its numbers huge in turn."""
    return [
        (method, filled(rule.rule.replace(f"<int:{odd_one}>", huge), known))
        for rule in app.url_map.iter_rules()
        for odd_one in re.findall(r"<int:(\w+)>", rule.rule)
        for huge in HUGE
        for method in methods(rule)
    ]


def asked(app, known):
    """Return every method and address with each of the numbers that its file reads of what is sent."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint)
        if view is None:
            continue
        view = inspect.unwrap(view)
        view = getattr(view, "func", view)
        source = Path(inspect.getsourcefile(view)).read_text()
        found += [
            (method, filled(rule.rule, known), name, number)
            for name in sorted(set(_READ_AS_NUMBER.findall(source)))
            for number in (HUGE[1], f"-{HUGE[1]}")
            for method in methods(rule)
        ]
    return found


def test_a_huge_number_in_an_address_is_no_fault_of_ours(app, client, manager, known):
    factories.sign_in(client, manager)
    tried = numbered(app, known)
    assert len(tried) > 100
    assert [(method, at) for method, at in tried if client.open(at, method=method).status_code >= 500] == []


def test_a_huge_number_that_is_sent_is_no_fault_of_ours(app, client, manager, known):
    factories.sign_in(client, manager)
    tried = asked(app, known)
    assert len(tried) > 100
    odd = []
    for method, at, name, number in tried:
        sent = {"query_string": {name: number}} if method == "GET" else {"data": {name: number}}
        if client.open(at, method=method, **sent).status_code >= 500:
            odd.append((method, at, name, number))
    assert odd == []
