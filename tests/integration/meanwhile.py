"""What happens between two steps of a send."""

from portal.integration.visits import write_back as write_backs
from portal.integration.visits.exchange import Exchange


def before_the_update(monkeypatch, act):
    """Do something between the first read of the customer and the update, once."""
    original, done = write_backs.key_to_write, []

    def key_to_write(name, customer, known):
        if not done:
            done.append(act())
        return original(name, customer, known)

    monkeypatch.setattr(write_backs, "key_to_write", key_to_write)


def before_an_update_is_read_back(monkeypatch, act):
    """Do something once an update has left, before the customer is read back, once."""
    original, done = Exchange.update, []

    def send(exchange, client, customer_id, values):
        original(exchange, client, customer_id, values)
        if not done:
            done.append(act())

    monkeypatch.setattr(Exchange, "update", send)
