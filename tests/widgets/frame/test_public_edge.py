"""Who may frame the widget, who may post to it, what its answers carry, and when a basket counts."""

import pytest

from portal import config
from portal.widgets.public import limits
from tests.people import AMARA_ID
from tests.support.reading import read_html
from tests.widgets.conftest import PORTAL, SITE, WIDGET

HOST_PAGE = f"http://{SITE}"
BASKET = "90412ACQPBMCNQMGBSRHKHMTNGDHGPTCC"
CONFIG = f"/w/{WIDGET}/config"


def set_widget(stored, **values):
    def change(db):
        from portal.widgets.models import Widget

        db.session.execute(db.update(Widget).values(**values))

    stored(change)


def pause(stored):
    def change(db):
        from portal.integration.connection.models import Integration

        db.session.execute(db.update(Integration).values(active=False))

    stored(change)


def policy(answer):
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return next(part for part in parts if part.startswith("frame-ancestors"))


@pytest.mark.parametrize(
    "path", ["", "/slots?date=2026-06-12&party=2", "/details?starts_at=2026-06-12T16:30:00Z&party=2"]
)
def test_only_the_listed_websites_may_frame_the_widget(diner, path):
    """X21."""
    answer = diner.client.get(f"/w/{WIDGET}{path}")
    assert policy(answer) == f"frame-ancestors {HOST_PAGE} https://www.harbourplayhouse.example"


def test_widget_without_websites_may_be_framed_by_nobody(diner, stored):
    set_widget(stored, sites=[])
    assert policy(diner.client.get(f"/w/{WIDGET}")) == "frame-ancestors 'none'"


def test_site_that_should_never_have_been_stored_opens_nothing(diner, stored):
    set_widget(stored, sites=["*", "evil.example; script-src *", "https://evil.example", ""])
    assert policy(diner.client.get(f"/w/{WIDGET}")) == "frame-ancestors 'none'"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"https://{SITE}", f"{HOST_PAGE}.evil.example", "", "é"]
)
def test_post_from_another_website_is_refused(diner, bookings, origin):
    """X21."""
    answer = diner.book_json(diner.form(), headers={"Origin": origin})
    assert answer.status_code == 403
    assert "may not use this booking page" in answer.json["error"]
    assert bookings() == []


@pytest.mark.parametrize(
    "origin", [PORTAL, "http://127.0.0.1:8700", HOST_PAGE, "https://www.harbourplayhouse.example"]
)
def test_post_from_the_portal_or_a_listed_website_is_taken(diner, origin):
    assert diner.book_json(diner.form(), headers={"Origin": origin}).status_code == 201


def test_browser_that_hides_the_origin_is_refused(diner):
    """X21."""
    crossing = {"Sec-Fetch-Site": "cross-site"}
    assert diner.book_json(diner.form(), headers=crossing).status_code == 403
    own = {"Sec-Fetch-Site": "same-origin"}
    assert diner.book_json(diner.form(), headers=own).status_code == 201


def test_config_tells_where_the_basket_is_and_nothing_else(diner, seeded):
    base = config.of(seeded).spektrix_url
    answer = diner.client.get(CONFIG, headers={"Origin": HOST_PAGE})
    assert answer.json == {
        "spektrix": True,
        "basket_url": f"{base}/harbourplayhouse/api/v3/basket?$expand=tickets/instance",
        "usual_host": base.partition("//")[2],
        "zone": "Europe/London",
        "reason": None,
    }
    assert answer.headers["Access-Control-Allow-Origin"] == HOST_PAGE
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    assert answer.cache_control.max_age <= 10


def test_config_prefers_the_custom_domain(diner, stored):
    def change(db):
        from portal.integration.connection.models import Integration

        db.session.execute(db.update(Integration).values(custom_domain="tickets.harbourplayhouse.example"))

    stored(change)
    assert (
        diner.client.get(CONFIG)
        .json["basket_url"]
        .startswith("https://tickets.harbourplayhouse.example/harbour")
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, f"{HOST_PAGE}/"])
def test_config_is_readable_by_listed_websites_alone(diner, origin):
    answer = diner.client.get(CONFIG, headers={"Origin": origin} if origin else {})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


def test_widget_on_none_and_paused_integration_have_no_basket_and_say_which(diner, stored):
    set_widget(stored, integration="none")
    nothing = {"spektrix": False, "basket_url": None, "usual_host": None, "zone": None}
    assert diner.client.get(CONFIG).json == {**nothing, "reason": "off"}
    set_widget(stored, integration="spektrix")
    pause(stored)
    assert diner.client.get(CONFIG).json == {**nothing, "reason": "paused"}


def test_basket_is_kept_for_the_job_that_asks_about_it(diner, bookings, recording_queue):
    diner.book_json(diner.form(basket_id=BASKET))
    assert bookings()[0]["basket"] == BASKET
    assert [job for job, _ in recording_queue.calls] == ["verify_link"]


@pytest.mark.both_databases
@pytest.mark.parametrize("basket", ["", "../customers/I-1", "x" * 65, "a b", "é", "\0", "<script>"])
def test_basket_of_an_impossible_shape_is_no_basket_and_no_error(diner, bookings, basket):
    assert diner.book_json(diner.form(basket_id=basket)).status_code == 201
    assert bookings()[0]["basket"] is None


def test_basket_is_ignored_while_paused_and_for_a_widget_on_none(diner, bookings, stored, recording_queue):
    pause(stored)
    assert diner.book_json(diner.form(basket_id=BASKET)).status_code == 201
    set_widget(stored, integration="none")
    assert diner.book_json(diner.form(basket_id=BASKET, email="b@example.org")).status_code == 201
    assert [each["basket"] for each in bookings()] == [None, None]
    assert recording_queue.calls == []


def test_customer_id_from_the_page_is_stored_nowhere(diner, stored):
    diner.book_json({**diner.form(basket_id=BASKET), "customer_id": AMARA_ID})

    def find(db):
        found = []
        for table in db.metadata.sorted_tables:
            found += [row for row in db.session.execute(table.select()) if AMARA_ID in str(tuple(row))]
        return found

    assert stored(find) == []


def test_answers_say_the_same_with_and_without_a_basket(diner):
    with_basket = diner.book_json(diner.form(basket_id=BASKET)).json
    without = diner.book_json(diner.form(email="b@example.org")).json
    assert with_basket.keys() == without.keys()
    assert with_basket["starts_at"] == without["starts_at"]


def test_basket_and_person_are_in_no_log_line(diner, caplog):
    with caplog.at_level("DEBUG"):
        diner.book_json(diner.form(basket_id=BASKET))
        diner.book_json(diner.form(basket_id=BASKET, email="nobody"))
    assert BASKET not in caplog.text
    assert "amara" not in caplog.text.casefold()


def test_no_public_answer_sets_a_cookie(diner):
    """P09."""
    confirmed = diner.book().location
    with diner.client.get("/embed.js") as script:
        assert "Set-Cookie" not in script.headers
    answers = [
        diner.client.get(path)
        for path in (
            f"/w/{WIDGET}",
            f"/w/{WIDGET}?framed=1&host={HOST_PAGE}",
            CONFIG,
            f"/w/{WIDGET}/slots?date=2026-06-12&party=2",
            f"/w/{WIDGET}/slots?date=nonsense",
            "/w/unknown",
            confirmed,
        )
    ]
    answers += [diner.details_page(), diner.book(), diner.book({"name": ""})]
    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[]] * len(answers)


def test_booking_page_neither_knows_nor_refreshes_somebody_who_is_signed_in(manager):
    for path in (f"/w/{WIDGET}", f"/w/{WIDGET}/slots?date=nonsense", "/w/unknown"):
        assert manager.get(path).headers.getlist("Set-Cookie") == []


def test_slots_are_the_same_with_and_without_show_and_integration(diner, stored):
    """R44."""
    plain = diner.slots().json
    assert diner.slots(show="2026-06-12T18:30:00Z").json == plain
    pause(stored)
    assert diner.slots().json == plain
    set_widget(stored, integration="none")
    assert diner.slots().json == plain
    assert plain["slots"][0] == {"time": "12:15pm", "starts_at": "2026-06-12T12:15:00+01:00"}


def test_labels_of_the_show_keep_every_slot_in_its_order(diner):
    buttons = diner.read(show="2026-06-12T18:30:00Z").all("button", name="starts_at")
    shown = [button.attributes["value"] for button in buttons]
    offered = [slot["starts_at"] for slot in diner.slots().json["slots"]]
    assert shown == [_utc(text) for text in offered]


def _utc(text):
    from datetime import UTC, datetime

    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_slots_come_as_page_fragment_and_data(diner):
    path = f"/w/{WIDGET}/slots?date=2026-06-12&party=2"
    assert diner.client.get(path).text.lstrip().startswith("<!doctype html>")
    fragment = diner.client.get(path, headers={"HX-Request": "true"}).text
    assert read_html(fragment).elements[0].attributes["id"] == "_slots"
    assert 'hx-swap-oob="innerHTML"' in fragment


def test_framed_widget_waits_for_the_basket_only_when_there_can_be_one(diner, stored):
    framed = f"/w/{WIDGET}?framed=1&host={HOST_PAGE}"
    waiting = diner.client.get(framed).text
    assert "Finding times" in waiting
    assert f'<meta name="rezzy-host" content="{HOST_PAGE}">' in waiting
    assert "Finding times" not in diner.client.get(f"{framed}&show=2026-06-12T18:30:00Z").text
    pause(stored)
    assert "Finding times" not in diner.client.get(framed).text


@pytest.mark.parametrize("host", ["https://evil.example", "*", "", "null"])
def test_frame_is_told_of_no_host_that_is_not_on_the_list(diner, host):
    page = diner.client.get(f"/w/{WIDGET}", query_string={"framed": "1", "host": host}).text
    assert "rezzy-host" not in page


@pytest.mark.settings(rate_limits=True)
class TestRateLimits:
    """The limits count in this process, since no Redis is there: the fall-back is as strict."""

    def test_many_tries_from_one_address_are_slowed_down(self, diner):
        form = {**diner.form(), "name": ""}
        statuses = [diner.book_json(form).status_code for _ in range(22)]
        assert statuses[:20] == [422] * 20
        assert statuses[20:] == [429, 429]
        refusal = diner.book_json(form)
        assert "Wait ten minutes" in refusal.json["error"]
        assert refusal.headers["Retry-After"]

    def test_bookings_of_one_email_are_limited(self, diner):
        starts = [f"2026-06-{day}T16:30:00Z" for day in range(13, 20)]
        answers = [diner.book_json(diner.form(starts_at=start)).status_code for start in starts]
        assert answers == [201] * 6 + [429]

    def test_a_flood_from_fifty_addresses_does_not_stop_the_next_one(self, diner):
        form = {**diner.form(), "name": ""}
        flood = [
            diner.book_json({**form, "email": f"{number}@example.org"}, environ_base=_from(number % 50))
            for number in range(150)
        ]
        assert {answer.status_code for answer in flood} == {422}
        assert diner.book_json(diner.form(), environ_base=_from(51)).status_code == 201

    def test_one_address_that_is_refused_does_not_stop_the_next_one(self, diner):
        form = {**diner.form(), "name": ""}
        flood = [diner.book_json(form, environ_base=_from(1)).status_code for _ in range(130)]
        assert flood == [422] * 20 + [429] * 110
        assert diner.book_json(diner.form(), environ_base=_from(2)).status_code == 201

    @pytest.mark.timeout(240)
    def test_two_hundred_diners_behind_one_address_all_book(self, diner, stored):
        """Three in ten mistype first, and nothing of it is held against the others."""
        seat(stored, 1000)
        statuses = []
        for number in range(200):
            form = diner.form(email=f"{number}@example.org", phone=f"07700 9{number:05}")
            if number % 10 < 3:
                assert diner.book_json({**form, "name": ""}).status_code == 422
            statuses.append(diner.book_json(form).status_code)
        assert statuses == [201] * 200

    def test_who_comes_too_late_for_the_last_table_is_no_attacker(self, diner, stored):
        form = diner.form()
        seat(stored, 0)
        assert [diner.book_json(form).status_code for _ in range(25)] == [409] * 25
        seat(stored, 1000)
        assert diner.book_json(form).status_code == 201

    def test_what_one_address_can_do_in_all_is_bounded(self, diner, use_up):
        use_up("public.book", limits.TRIES, left=1)
        assert diner.book_json(diner.form()).status_code == 201
        assert diner.book_json(diner.form(starts_at="2026-06-13T16:30:00Z")).status_code == 429

    def test_a_form_that_is_sent_again_is_one_booking_made(self, diner, friday_noon):
        form, statuses = diner.form(), []
        for _ in range(8):
            statuses.append(diner.book_json(form).status_code)
            friday_noon.shift(1)
        assert statuses == [201] + [200] * 7


def seat(stored, covers):
    def change(db):
        from portal.availability.models import ServicePeriod

        db.session.execute(db.update(ServicePeriod).values(covers=covers))

    stored(change)


def _from(number):
    return {"REMOTE_ADDR": f"198.51.100.{number}"}
