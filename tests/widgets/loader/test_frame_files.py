"""What the frame loads besides its page: little, once, and to keep."""

import gzip

from tests.look.paths import STATIC
from tests.support.reading import read, read_html
from tests.widgets.conftest import SHOW, SITE, WIDGET

MOST_BYTES = 45 * 1024


def packed(client, path):
    """Return an answer as a browser would get it, and its bytes on the wire."""
    answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 200, path
    return answer, len(answer.data if answer.content_encoding == "gzip" else gzip.compress(answer.data))


def files_of(page):
    parts = read_html(page)
    files = [sheet.attributes["href"] for sheet in parts.all("link", rel="stylesheet")]
    return files + [script.attributes["src"] for script in parts.all("script")]


def test_frame_has_one_script_and_one_style_sheet_to_keep_for_a_year(diner):
    files = files_of(diner.client.get(f"/w/{WIDGET}").text)
    assert [name.rsplit(".")[-1] for name in files] == ["css", "js"]
    for path in files:
        answer, _ = packed(diner.client, path)
        assert answer.cache_control.max_age == 365 * 24 * 60 * 60
        assert answer.cache_control.immutable
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert gzip.decompress(answer.data) == diner.client.get(path).data


def test_frame_and_all_it_loads_are_small(diner):
    waiting = f"/w/{WIDGET}?framed=1&host=http://{SITE}"
    pages = [waiting, f"/w/{WIDGET}?show={SHOW}"]
    sizes = [packed(diner.client, path)[1] for path in [*pages, *files_of(diner.client.get(waiting).text)]]
    icons = len(gzip.compress((STATIC / "icons.svg").read_bytes()))
    assert sum(sizes) + icons < MOST_BYTES, sizes


def test_colour_of_the_widget_is_in_its_style_sheet_and_changes_its_address(diner, stored):
    def paint(db):
        from portal.widgets.models import Widget

        db.session.execute(db.update(Widget).values(color="#0a7d5a", theme="dark"))

    before = files_of(diner.client.get(f"/w/{WIDGET}").text)[0]
    assert "--accent:#5b2a6e" in diner.client.get(before).text
    stored(paint)
    page = diner.client.get(f"/w/{WIDGET}").text
    assert read_html(page).one("html").attributes == {"lang": "en-GB", "data-theme": "dark"}
    after = files_of(page)[0]
    assert after != before
    assert "--fill:#0a7d5a" in diner.client.get(after).text


def test_address_of_an_older_release_gets_what_there_is_now_for_a_minute(diner):
    for path in ("/frame.0000000000000000.js", f"/w/{WIDGET}/style-0000000000000000.css"):
        answer = diner.client.get(path)
        assert answer.status_code == 200
        assert answer.cache_control.max_age == 60
        assert not answer.cache_control.immutable


def test_script_is_made_of_htmx_and_our_own_without_comments(diner):
    script = diner.client.get(files_of(diner.client.get(f"/w/{WIDGET}").text)[1]).text
    without_storage, htmx, ours = script.partition((STATIC / "vendor" / "htmx-2.0.11.min.js").read_text())
    assert "sessionStorage" in without_storage
    assert htmx
    assert "rezzy:basket" in ours
    assert "/* The frame's side" not in script
    assert (
        "@media (prefers-color-scheme"
        in diner.client.get(files_of(diner.client.get(f"/w/{WIDGET}").text)[0]).text
    )


def test_times_travel_packed_and_bookings_do_not(diner):
    from tests.widgets.conftest import HALF_PAST_FIVE

    packs = {"Accept-Encoding": "gzip"}
    times = {"date": "2026-06-12", "party": "2"}
    for path, asked in (("", {}), ("", {"show": SHOW}), ("/slots", times)):
        headers = {**packs, "HX-Request": "true"}
        answer = diner.client.get(f"/w/{WIDGET}{path}", query_string=asked, headers=headers)
        assert answer.content_encoding == "gzip"
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert b'name="starts_at"' in gzip.decompress(answer.data)
    details = diner.client.get(
        f"/w/{WIDGET}/details", query_string={"starts_at": HALF_PAST_FIVE, "party": "2"}, headers=packs
    )
    assert details.content_encoding is None


def test_icons_are_kept_as_long_as_they_stay_the_same(diner):
    icon = read(diner.client.get(f"/w/{WIDGET}")).all("use")[0]
    address = icon.attributes["href"].partition("#")[0]
    with diner.client.get(address) as answer:
        assert (answer.status_code, answer.cache_control.max_age) == (200, 365 * 24 * 60 * 60)
        assert answer.cache_control.immutable
    for other in ("/static/icons.svg", "/static/icons.svg?v=0123456789ab", "/static/icons.svg?v="):
        with diner.client.get(other) as answer:
            assert answer.status_code == 200
            assert answer.cache_control.no_cache
    for missing in ("/static/nothing.svg?v=0123456789ab", "/static/..%2Fwsgi.py?v=0123456789ab"):
        assert diner.client.get(missing).status_code == 404


def test_what_caches_may_share_differs_by_nothing_that_is_private(diner):
    files = files_of(diner.client.get(f"/w/{WIDGET}").text)
    varies = dict.fromkeys(files, "Accept-Encoding") | {f"/w/{WIDGET}/config": "Origin"}
    for path, by in varies.items():
        answer = diner.client.get(path)
        assert answer.cache_control.public
        assert answer.headers["Vary"] == by, path
    assert "HX-Request" in diner.client.get(f"/w/{WIDGET}").headers["Vary"]
