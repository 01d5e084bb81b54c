"""The signal of an opened widget: what is taken, what is counted, what is kept, and what is told of it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.tables import each_row
from tests.widgets.conftest import NOON, SITE, WIDGET

pytestmark = pytest.mark.both_databases

HOST = f"http://{SITE}"
PAGE = f"{HOST}/eat"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def send(seeded):
    """Send one signal as a browser on the theatre's website does."""

    def send(reason="filled", page=PAGE, snippet="1", *, public_id=WIDGET, **headers):
        sent = {"Origin": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
        sent = {name: value for name, value in sent.items() if value is not None}
        said = {"reason": reason, "page": page, "snippet": snippet}
        return seeded.test_client().post(f"/w/{public_id}/opened", data=said, headers=sent)

    return send


@pytest.fixture
def kept(stored):
    """The openings there are, without their times."""

    def read():
        from portal.widgets.models import WidgetOpenings

        rows = lambda db: [  # noqa: E731
            (row.page, str(row.reason), row.snippet_version, row.count)
            for row in db.session.scalars(db.select(WidgetOpenings).order_by(WidgetOpenings.id))
        ]
        return stored(rows)

    return read


@pytest.fixture
def ask(stored):
    """Ask a function of `openings` about the demo widget."""

    def ask(question, *arguments):
        from portal.widgets.models import Widget

        return stored(lambda db: question(db.session.scalar(db.select(Widget)), *arguments))

    return ask


def test_opening_is_counted_by_page_hour_reason_and_version(send, kept, friday_noon):
    assert send().status_code == 204
    send()
    send("no_basket")
    friday_noon.shift(timedelta(hours=1))
    send()
    assert kept() == [(PAGE, "filled", "1", 2), (PAGE, "no_basket", "1", 1), (PAGE, "filled", "1", 1)]


def test_answer_is_empty_sets_no_cookie_and_is_not_stored(send):
    answer = send()
    assert answer.data == b""
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_nothing_of_a_person_is_kept(send, stored):
    """P09: no address, no cookie, no browser, no query, no fragment, no session in the path."""
    page = f"{PAGE};jsessionid=SECRET?email=amara@example.org#SECRET"
    send(page=page, Cookie="theatre=SECRET", User_Agent="SECRET", X_Forwarded_For="203.0.113.9")

    def values(db):
        return [
            str(value)
            for row in db.session.execute(db.text("SELECT * FROM widget_openings"))
            for value in row
        ]

    row = stored(values)
    assert PAGE in row
    assert not [
        value for value in row if any(part in value for part in ("SECRET", "amara", "203.0", "127.0"))
    ]


@each_row(
    "said, status, words",
    [
        ({"reason": "bored"}, 422, "Reason must be one of"),
        ({"reason": ""}, 422, "Reason must be one of"),
        ({"page": ""}, 422, "web address"),
        ({"page": "javascript:alert(1)"}, 422, "web address"),
        ({"page": "ftp://www.example.org/"}, 422, "web address"),
        ({"page": "about:srcdoc"}, 422, "web address"),
        ({"page": f"http://amara:secret@{SITE}/"}, 422, "name no user"),
        ({"page": f"http://{SITE}\\@evil.example/"}, 422, "name no user"),
        ({"page": f"{PAGE}\x00"}, 422, "web address"),
        ({"page": f"{PAGE}\r\nX: 1"}, 422, "web address"),
        ({"page": f"{PAGE}/\u202egnp"}, 422, "web address"),
        ({"page": "https://[::1"}, 422, "name no user"),
        ({"page": "https://exa mple.org/"}, 422, "web address"),
        ({"page": PAGE + "x" * 2000}, 413, "2 KB"),
    ],
)
def test_what_is_not_well_formed_is_refused_in_a_sentence(send, kept, said, status, words):
    answer = send(**said)
    assert answer.status_code == status
    assert words in answer.text
    assert kept() == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", FORM, 422),
        (b"\xff=\xff", FORM, 400),
        (b"&".join(b"a%d=1" % number for number in range(20)), FORM, 400),
        (b"x" * 3000, "text/plain", 413),
        (b'{"reason": "filled"}', "application/json", 415),
        (b"reason=filled", "", 415),
    ],
)
def test_odd_bodies_are_refused(seeded, kept, body, kind, status):
    answer = seeded.test_client().post(f"/w/{WIDGET}/opened", data=body, content_type=kind)
    assert answer.status_code == status
    assert kept() == []


def test_plain_text_body_is_read_too(seeded, kept):
    body = f"reason=paused&page={PAGE}&snippet=1"
    answer = seeded.test_client().post(
        f"/w/{WIDGET}/opened", data=body, content_type="text/plain;charset=UTF-8", headers={"Origin": HOST}
    )
    assert answer.status_code == 204
    assert kept() == [(PAGE, "paused", "1", 1)]


@pytest.mark.parametrize("public_id", ["w_nobody", "x" * 50])
def test_unknown_widget_is_not_here(send, public_id):
    answer = send(public_id=public_id)
    assert answer.status_code == 404
    assert "no booking page at this address" in answer.text


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post_is_taken(seeded, method):
    assert getattr(seeded.test_client(), method)(f"/w/{WIDGET}/opened").status_code == 405


@pytest.mark.parametrize("version", ["9998", "0", "-1", "1.0", "<b>", "99999", "\u0661", ""])
def test_version_that_was_never_published_is_kept_as_none(send, kept, version):
    send(snippet=version)
    assert kept() == [(PAGE, "filled", "", 1)]


def test_long_path_is_cut(send, kept):
    send(page=f"{HOST}/{'a' * 1000}")
    (row,) = kept()
    assert len(row[0]) == 300


class TestWhoseWordCounts:
    """The browser names the page's origin; the page itself may claim anything."""

    def test_site_off_the_list_is_noted_whatever_the_page_claims(self, send, kept):
        there = "https://staging.harbour.example"
        send("filled", f"{there}/eat", Origin=there)
        assert kept() == [(f"{there}/eat", "not_listed", "1", 1)]

    def test_page_of_another_site_than_the_sender_is_dropped(self, send, kept):
        assert send(Origin="https://evil.example").status_code == 204
        assert kept() == []

    def test_listed_site_that_could_not_read_its_settings_is_not_called_unlisted(self, send, kept):
        assert send("not_listed").status_code == 204
        assert kept() == []

    @pytest.mark.parametrize("origin", [None, "null"])
    def test_referrer_stands_in_for_a_hidden_origin(self, send, kept, origin):
        send(Origin=origin, Referer=f"{HOST}/")
        send(Origin=origin, Referer="https://evil.example/")
        assert kept() == [(PAGE, "filled", "1", 1)]

    @pytest.mark.parametrize("referrer", [None, "http://[", "x"])
    def test_policy_that_hides_both_leaves_listed_sites_alone(self, send, kept, referrer):
        send(Origin=None, Referer=referrer)
        send(page="https://evil.example/", Origin=None, Referer=referrer)
        assert kept() == [(PAGE, "filled", "1", 1)]

    def test_our_own_frame_speaks_for_listed_sites_alone(self, send, kept):
        send("blocked", Origin="http://localhost")
        send("blocked", "https://evil.example/", Origin="http://localhost")
        assert kept() == [(PAGE, "blocked", "1", 1)]


class TestGrowth:
    def test_pages_beyond_the_days_limit_are_counted_together(self, send, kept, monkeypatch, friday_noon):
        monkeypatch.setattr("portal.widgets.openings.counting.MOST_PAGES", 3)
        for number in [*range(5), 0]:
            send(page=f"{HOST}/{number}")
        assert [(page, count) for page, _, _, count in kept()] == [
            (f"{HOST}/0", 2),
            (f"{HOST}/1", 1),
            (f"{HOST}/2", 1),
            ("", 2),
        ]
        friday_noon.shift(timedelta(days=1))
        send(page=f"{HOST}/9")
        assert kept()[-1][0] == f"{HOST}/9"

    def test_invented_websites_do_not_crowd_out_the_widgets_own(self, send, kept, monkeypatch):
        monkeypatch.setattr("portal.widgets.openings.counting.MOST_STRANGE_PAGES", 2)
        for number in range(4):
            there = f"https://s{number}.example"
            send(page=f"{there}/", Origin=there)
        send()
        pages = [page for page, *_ in kept()]
        assert pages == ["https://s0.example/", "https://s1.example/", "", PAGE]

    def test_two_at_once_count_two(self, seeded, kept):
        """No count is lost, whether the row is there or not."""
        from portal.extensions import db
        from portal.widgets.models import Widget
        from portal.widgets.openings import counting, rules as opening_rules

        opening = opening_rules.read_opening({"page": PAGE, "reason": "filled", "snippet": "1"})
        gate = threading.Barrier(4)

        def note():
            gate.wait()
            for _ in range(5):
                with seeded.app_context():
                    counting.count_opening(db.session.scalar(db.select(Widget)), opening, opening.reason)

        threads = [threading.Thread(target=note) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert kept() == [(PAGE, "filled", "1", 20)]

    def test_openings_are_forgotten_after_ninety_days(self, send, kept, stored, friday_noon):
        from portal.widgets.openings import log as openings

        send()
        friday_noon.shift(timedelta(days=89))
        stored(lambda _db: openings.forget_old_openings())
        send("paused")
        assert len(kept()) == 2
        friday_noon.shift(timedelta(days=2))
        stored(lambda _db: openings.forget_old_openings())
        assert [reason for _, reason, _, _ in kept()] == ["paused"]


@pytest.mark.settings(rate_limits=True)
class TestRateLimits:
    def test_one_address_is_heard_so_many_times_a_minute(self, send, kept, use_up):
        use_up("public.opened", "240 per minute", left=40)
        statuses = [send().status_code for _ in range(41)]
        assert statuses == [204] * 40 + [429]
        assert "opened too often" in send().text
        assert kept() == [(PAGE, "filled", "1", 40)]


class TestStory:
    def test_latest_reason_of_each_page_with_its_count(self, send, ask, friday_noon):
        from portal.widgets.openings import log as openings
        from portal.widgets.openings.log import PageStory

        for reason in ("no_basket", "no_basket", "filled", "blocked"):
            friday_noon.shift(timedelta(minutes=1))
            send(reason)
        friday_noon.shift(timedelta(minutes=1))
        send("paused", page=f"{HOST}/bar")
        story = ask(openings.story_of, PAGE)
        when = NOON + timedelta(minutes=4)
        assert story == [PageStory(PAGE, "blocked", when, count=1, openings=4, filled=1, missed="no_basket")]
        assert [each.code for each in ask(openings.story_of)] == ["paused", "script_blocked"]
        assert (story[0].site, story[0].path) == (SITE, "/eat")

    def test_story_is_of_seven_days(self, send, ask, friday_noon):
        from portal.widgets.openings import log as openings

        send()
        friday_noon.shift(timedelta(days=7, hours=1))
        assert ask(openings.story_of) == []
        (listed, _) = ask(openings.sites_of)
        assert listed.latest.last_at == NOON
        assert (listed.openings, listed.silent) == (0, True)

    def test_every_reason_but_filled_has_a_finding(self):
        from portal.findings import FINDINGS
        from portal.widgets.models import OpeningReason
        from portal.widgets.openings.log import CODES

        assert set(CODES) == set(OpeningReason) - {OpeningReason.FILLED}
        assert set(CODES.values()) <= set(FINDINGS)

    def test_last_opened_with_a_basket(self, send, ask, friday_noon):
        from portal.widgets.openings import log as openings

        assert ask(openings.last_opened_with_basket) is None
        send()
        friday_noon.shift(timedelta(hours=5))
        send("no_basket")
        assert ask(openings.last_opened_with_basket) == datetime(2026, 6, 12, 11, tzinfo=UTC)

    def test_sites_in_order_with_those_off_the_list_last(self, send, ask):
        from portal.widgets.openings import log as openings

        send("no_basket")
        for there in ("https://one.example", "https://two.example"):
            send(page=f"{there}/", Origin=there)
        found = ask(openings.sites_of)
        assert [(each.site, each.is_listed, each.openings) for each in found][:2] == [
            (SITE, True, 1),
            ("www.harbourplayhouse.example", True, 0),
        ]
        assert {each.site for each in found[2:]} == {"one.example", "two.example"}

    def test_invented_websites_do_not_fill_the_card(self, send, ask, friday_noon):
        from portal.widgets.openings import log as openings

        for number in range(12):
            friday_noon.shift(timedelta(minutes=1))
            there = f"https://invented-{number}.example"
            send(page=f"{there}/", Origin=there)
        strangers = [each.site for each in ask(openings.sites_of) if not each.is_listed]
        assert strangers == [f"invented-{number}.example" for number in range(11, 1, -1)]

    def test_site_taken_off_the_list_is_no_stranger_for_what_it_did_before(self, send, ask, stored):
        from portal.widgets.models import Widget
        from portal.widgets.openings import log as openings

        send()
        stored(lambda db: db.session.execute(db.update(Widget).values(sites=[])))
        assert ask(openings.sites_of) == []


def test_list_of_widgets_asks_once_when_they_were_seen(send, stored, seeded, friday_noon):
    from sqlalchemy import event

    from portal.extensions import db
    from portal.venues.models import Venue
    from portal.widgets.setup import pages
    from tests.factories import make_widget

    send()
    send(page="https://one.example/", Origin="https://one.example")
    friday_noon.shift(timedelta(hours=5))
    with seeded.app_context():
        venue = db.session.scalar(db.select(Venue))
        for number in range(5):
            make_widget(venue, public_id=f"w_{number}", name=f"Page {number}", sites=["one.example"])
        statements = []
        keep = lambda *arguments: statements.append(arguments[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", keep)
        rows = pages.rows(venue)
        event.remove(db.engine, "before_cursor_execute", keep)
    assert [row.seen for row in rows] == ["Opened 5 hours ago"] + ["Not opened on a website yet"] * 5
    assert sum("FROM widget_openings" in text for text in statements) == 1


def test_script_and_portal_agree_on_the_version():
    from portal.config import ROOT
    from portal.widgets.openings.rules import SNIPPET_VERSION

    script = (ROOT / "static" / "embed-open.js").read_text(encoding="utf-8")
    assert f'const VERSION = "{SNIPPET_VERSION}";' in script
