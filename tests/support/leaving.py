"""Mail as it leaves."""

from portal import mail
from portal.extensions import db


def letters_that_leave(monkeypatch):
    """Return the letters that leave from now on, in their order; they leave through the real sender."""
    letters, send = [], mail.send

    def note(letter, settings):
        assert not db.session().in_transaction(), "a transaction is open while mail is being sent"
        send(letter, settings)
        letters.append(letter)

    monkeypatch.setattr(mail, "send", note)
    return letters
