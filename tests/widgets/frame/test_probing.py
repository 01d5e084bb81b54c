"""What somebody learns and causes who tries out baskets, settings and names at the public addresses."""

import json

import pytest
from sqlalchemy import event

from portal.widgets.public import limits
from tests.people import AMARA_ID
from tests.widgets.conftest import PORTAL, SITE, WIDGET

REAL = "90412ACQPBMCNQMGBSRHKHMTNGDHGPTCC"
GUESSES = [REAL, "90413ACQPBMCNQMGBSRHKHMTNGDHGPTCC", "1", "x" * 64, "not a basket", ""]
LATER = [f"2026-06-{day}T16:30:00Z" for day in range(13, 13 + len(GUESSES))]


@pytest.fixture
def statements(seeded):
    """The SQL sent so far, without its values."""
    from portal.extensions import db

    with seeded.app_context():
        engine = db.engine
    sent = []
    note = lambda *arguments: sent.append(arguments[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


class TestGuessedBaskets:
    """X26."""

    def test_no_answer_tells_one_basket_from_another(self, diner):
        forms = [
            diner.form(basket_id=basket, starts_at=start, email=f"{number}@example.org")
            for number, (basket, start) in enumerate(zip(GUESSES, LATER, strict=True))
        ]
        answers = [diner.book_json(form) for form in forms]
        assert [answer.status_code for answer in answers] == [201] * len(GUESSES)
        assert len({frozenset(answer.json) for answer in answers}) == 1
        assert len({frozenset(answer.headers.keys()) for answer in answers}) == 1

    def test_a_known_and_an_unknown_basket_cost_the_same_work(self, diner, statements):
        """Nothing about the basket is looked up before the answer has left, so no time can tell."""
        # The first booking of all reads the house, which then stays in memory.
        assert diner.book_json(diner.form(email="first@example.org")).status_code == 201
        costs = []
        for basket, start in zip(GUESSES[:2], LATER, strict=False):
            form = diner.form(basket_id=basket, starts_at=start, email=f"{basket[:6]}@example.org")
            statements.clear()
            assert diner.book_json(form).status_code == 201
            costs.append(list(statements))
        assert costs[0] == costs[1]

    def test_the_page_itself_never_asks_spektrix(self, diner, monkeypatch):
        def refuse(*_arguments, **_named):
            raise AssertionError("a public page called somebody")

        monkeypatch.setattr("socket.socket.connect", refuse)
        assert diner.book_json(diner.form(basket_id=REAL)).status_code == 201

    @pytest.mark.settings(rate_limits=True)
    class TestWithLimits:
        def test_one_address_has_a_bounded_number_of_baskets_asked_about(
            self, diner, use_up, recording_queue
        ):
            """As many as diners sit in one theatre, and no more; each costs a table."""
            use_up("public.book", limits.MADE, left=1)
            starts = ("2026-06-13T16:30:00Z", "2026-06-14T16:30:00Z")
            codes = [diner.book_json(diner.form(basket_id=REAL, starts_at=start)) for start in starts]
            assert [answer.status_code for answer in codes] == [201, 429]
            assert len(recording_queue.calls) == 1

        def test_one_form_has_one_basket_asked_about(self, diner, recording_queue):
            form = diner.form(starts_at="2026-06-13T16:30:00Z")
            codes = [
                diner.book_json({**form, "basket_id": f"{number}ACQ", "email": f"{number}@example.org"})
                for number in range(40)
            ]
            assert [answer.status_code for answer in codes] == [201] + [409] * 39
            assert len(recording_queue.calls) == 1


def test_a_customer_id_from_the_page_changes_nothing(diner, bookings, stored):
    """X27."""
    answer = diner.book_json(
        {**diner.form(basket_id=REAL), "customer_id": AMARA_ID, "customer": {"id": "I-1"}}
    )
    assert answer.status_code == 201
    assert AMARA_ID not in json.dumps(bookings(), default=str)

    def links(db):
        from portal.guests.models import CustomerLink

        return [row.spektrix_customer_id for row in db.session.scalars(db.select(CustomerLink))]

    assert not any(stored(links))


class TestConfig:
    """X34."""

    SECRETS = ("api_key", "api_user", "greenroom", "ciphertext", "venue_id", '"id"', "email", "Other widget")

    def test_it_holds_what_the_page_needs_and_nothing_else(self, diner, stored):
        def add(db):
            from portal.venues.models import Venue
            from portal.widgets.setup import settings

            settings.create(db.session.scalar(db.select(Venue)), "Other widget")

        stored(add)
        answer = diner.client.get(f"/w/{WIDGET}/config")
        assert {"spektrix", "basket_url", "reason"} <= set(answer.json)
        assert not [word for word in self.SECRETS if word in answer.text]

    @pytest.mark.parametrize(
        ("origin", "allowed"),
        [
            (f"http://{SITE}", True),
            (f"https://{SITE}", False),
            ("https://evil.example", False),
            ("null", False),
        ],
    )
    def test_scripts_of_listed_websites_alone_may_read_it_and_without_cookies(self, diner, origin, allowed):
        answer = diner.client.get(f"/w/{WIDGET}/config", headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: x=1", "a\nLocation: https://evil.example", "a\0b"])
@pytest.mark.parametrize("field", ["name", "email", "note", "show", "starts_at", "basket_id", "website"])
def test_line_breaks_in_a_form_split_no_header(diner, field, text):
    """X20."""
    answer = diner.book({**diner.form(), field: text})
    assert answer.status_code < 500
    assert "Set-Cookie" not in answer.headers
    assert not answer.headers.get("Location", PORTAL).startswith("https://evil.example")


@pytest.mark.parametrize(
    "host", ["http://localhost:8702\r\nX-Split: 1", "http://localhost:8702%0d%0aX: 1", "\0"]
)
def test_line_breaks_in_the_frames_address_split_no_header(diner, host):
    """X20."""
    answer = diner.client.get(f"/w/{WIDGET}", query_string={"framed": "1", "host": host})
    assert answer.status_code == 200
    assert "X-Split" not in answer.headers
    assert "rezzy-host" not in answer.text
