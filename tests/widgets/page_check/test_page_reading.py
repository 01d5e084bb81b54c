"""What is read out of a page, whatever its builder made of the code, and what is said of it."""

import contextlib
import dataclasses
import time

import pytest

from portal.widgets.page_check import reading as page_reading, report as page_report
from portal.widgets.page_check.address import Address
from portal.widgets.page_check.fetch import Fetched
from portal.widgets.page_check.report import Wanted
from portal.widgets.setup import policy_lines
from tests.support.tables import each_row

PORTAL = "https://book.rezzy.example"
BASKET = "https://tickets.theatre.org/theatre/api/v3/basket?$expand=tickets/instance"
SCRIPT = f'<script src="{PORTAL}/embed.js" async></script>'
LINK = f'<a href="{PORTAL}/w/w_x">Book a table</a>'
DIV = f'<div data-rezzy-widget="w_x">{LINK}</div>'
CODE = DIV + SCRIPT
COMPONENT = '<spektrix-basket-summary client-name="theatre" custom-domain="tickets.theatre.org">'
LOADER = (
    '<script async src="https://webcomponents.spektrix.com/stable/spektrix-component-loader.js"></script>'
)
WANTED = Wanted(
    widget="w_x",
    opens=("", ""),
    others={"w_x": "Booking page widget", "w_bar": "Bar widget"},
    portal=PORTAL,
    needs=tuple(policy_lines.needs(PORTAL, "w_x", BASKET)),
    spektrix=("tickets.theatre.org", "theatre"),
    usual_host="system.spektrix.com",
)


def read(html):
    return page_reading.read(html, "https://www.theatre.org/eat", "/embed.js")


def rows(html, policy="", wanted=WANTED, scheme="https"):
    fetched = Fetched((Address(scheme, "www.theatre.org", "/eat"),), 200, policy, html, cut=False)
    return {row.name: row for row in page_report.rows(fetched, read(html), wanted)}


@each_row(
    "html",
    [
        CODE,
        f"<!doctype html><body><main>{CODE}</main>",
        DIV.upper().replace("W_X", "w_x") + SCRIPT,
        f"<div class=x data-rezzy-widget=w_x><p><div>{LINK}</div></div>{SCRIPT}",
        f'<rezzy-booking widget="w_x">{LINK}</rezzy-booking>{SCRIPT}',
        f'<div data-rezzy-widget="w_x"/>{LINK}</div>{SCRIPT}',
        f"<svg><title/></svg><img/>{CODE}",
        f"{SCRIPT}{DIV}",
        f"<head>{SCRIPT.replace('async', 'defer')}</head>{DIV}",
        f"<textarea></textarea><template></template><noscript>x</noscript>{CODE}",
        f"<p>unclosed <b <i>{CODE}",
        f"{DIV}<base href='{PORTAL}/'><script src='embed.js' async></script>",
    ],
)
def test_code_that_is_whole(html):
    found = rows(html)
    assert (found["Code"].state, found["Code"].fact) == ("ok", "Found")
    assert found["Script"].state == "ok"


@each_row(
    "html, state, fact",
    [
        (DIV * 2 + SCRIPT, "ok", "Found 2 times"),
        (CODE.replace("w_x", "w_bar"), "warn", "Another widget"),
        (CODE.replace("w_x", "w_zzz"), "bad", "Another widget"),
        (CODE.replace('"w_x"', "”w_x”"), "bad", "Changed"),
        (f'<div data-rezzy-widget="w_x"></div>{LINK}{SCRIPT}', "bad", "No link in it"),
        (CODE.replace("<", "&lt;"), "bad", "Shown as text"),
        (f"<!-- {CODE} -->", "bad", "Commented out"),
        (f"<textarea>{CODE}</textarea>", "bad", "Hidden"),
        (f"<noscript>{CODE}</noscript>", "bad", "Hidden"),
        (f"<iframe src=/x />{CODE}", "bad", "Hidden"),
        (f"<template><textarea></template>{CODE}", "warn", "In a template"),
        (f"<head><noscript><p>{CODE}</noscript>", "bad", "Hidden"),
        (f"<textarea><!-- </textarea>{CODE}", "ok", "Found"),
        (f"<svg><style></svg>{CODE}", "ok", "Found"),
        (f"<table><tr>{CODE}", "ok", "Found"),
        (f"<script><!--<script></script>{CODE}", "warn", "Not seen"),
        (f"<plaintext>{CODE}", "bad", "Shown as text"),
        (f"<template>{CODE}</template>", "warn", "In a template"),
        (f'<iframe srcdoc="{CODE.replace(chr(34), "&quot;")}"></iframe>', "warn", "In a frame"),
        (f"<script>const html = `{DIV}`</script>", "warn", "Not seen"),
        ("<p>Nothing at all", "warn", "Not seen"),
        ('<iframe src="https://x.filesusr.com/html/1.html">', "warn", "Not seen"),
        ("", "warn", "Not seen"),
    ],
)
def test_code_that_a_builder_changed(html, state, fact):
    row = rows(html)["Code"]
    assert (row.state, row.fact) == (state, fact)
    assert state == "ok" or (row.who and row.step)


def test_code_in_a_script_or_a_frame_of_somebody_else_is_said_to_be_possible():
    assert "A script of the page has it" in rows(f"<script>x = `{DIV}`</script>")["Code"].reason
    assert "(x.filesusr.com)" in rows('<iframe src="https://x.filesusr.com/1.html">')["Code"].reason


def test_both_widgets_of_a_venue_may_stand_on_a_page():
    assert rows(CODE.replace("w_x", "w_bar") + DIV)["Code"].state == "ok"


@each_row(
    "script, state, fact",
    [
        ("", "warn", "Not seen"),
        (SCRIPT.replace(" async", ""), "warn", "Found, not async"),
        (SCRIPT.replace("<script", '<script type="text/plain"'), "warn", "Held back"),
        (SCRIPT.replace("<script", '<script type="rocketlazyloadscript"'), "warn", "Held back"),
        (SCRIPT.replace(" src=", " data-rocket-src="), "warn", "Held back"),
        (SCRIPT.replace(" src=", " data-src="), "warn", "Held back"),
        (SCRIPT.replace("async", 'async integrity="sha384-x"'), "warn", "Held to one version"),
        (SCRIPT.replace("book.rezzy", "old.rezzy"), "bad", "Another address"),
        (f"<template>{SCRIPT}</template>", "warn", "Not seen"),
        (f"<!-- {SCRIPT} -->", "warn", "Not seen"),
        (SCRIPT.replace("<script", '<script type="text/plain"') + SCRIPT, "ok", "Found, async"),
        (SCRIPT.replace("<script", '<script type="module"'), "ok", "Found, async"),
        (SCRIPT * 2, "ok", "Found, async"),
    ],
)
def test_script_beside_the_place(script, state, fact):
    row = rows(DIV + script)["Script"]
    assert (row.state, row.fact) == (state, fact)
    assert state == "ok" or row.step


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ('opens="page"', ("page", "")),
        ('opens="floating" color="#5B2A6E"', ("floating", "#5b2a6e")),
    ],
)
def test_code_that_opens_otherwise_than_the_settings_say_is_named(attributes, wanted):
    now = dataclasses.replace(WANTED, opens=wanted)
    element = f'<rezzy-booking widget="w_x" {attributes}>{LINK}</rezzy-booking>'
    div = DIV.replace("<div", "<div data-rezzy-" + attributes.replace(" ", " data-rezzy-"))
    for html in (element, div):
        assert rows(html + SCRIPT, wanted=now)["Code"].fact == "Found"
        assert rows(html + SCRIPT)["Code"].fact == "Opens differently"
    assert rows(CODE, wanted=now)["Code"].fact == "Opens differently"


def test_nothing_is_said_of_the_script_where_no_place_is_seen():
    assert rows("<p>x")["Script"].state == "skipped"


def test_order_is_told_and_is_no_fault():
    assert "comes after ours, and that is fine" in rows(CODE + LOADER)["Script"].reason
    assert rows(LOADER + CODE)["Script"].reason == ""


@each_row(
    "html, state, fact",
    [
        (COMPONENT, "ok", "tickets.theatre.org/theatre"),
        (COMPONENT.upper().replace("THEATRE", "theatre"), "ok", "tickets.theatre.org/theatre"),
        (COMPONENT.replace('"theatre"', '"other"'), "bad", "tickets.theatre.org/other"),
        (COMPONENT.replace("tickets.", "https://tickets."), "ok", "tickets.theatre.org/theatre"),
        (COMPONENT.replace(".org", ".org/"), "ok", "tickets.theatre.org/theatre"),
        (
            COMPONENT.replace("tickets.theatre.org", "HTTPS://Tickets.Theatre.Org/"),
            "ok",
            "tickets.theatre.org/theatre",
        ),
        (COMPONENT.replace("tickets.", "//["), "bad", "//[theatre.org/theatre"),
        (COMPONENT.replace("tickets.", "box."), "bad", "box.theatre.org/theatre"),
        ('<spektrix-login-status client-name="theatre">', "bad", "system.spektrix.com/theatre"),
        (COMPONENT + COMPONENT.replace("tickets.", "box."), "bad", "Mixed"),
        (
            COMPONENT + '<iframe src="https://system.spektrix.com/theatre/website/Basket2.aspx">',
            "bad",
            "Mixed",
        ),
        (
            '<script src="https://tickets.theatre.org/theatre/website/scripts/integrate.js"></script>',
            "ok",
            "tickets.theatre.org/theatre",
        ),
        ("<p>x", "waiting", "Not seen"),
        (f"<!-- {COMPONENT} -->", "waiting", "Not seen"),
    ],
)
def test_spektrix_addresses_of_a_page(html, state, fact):
    row = rows(html)[page_report.COMPONENT]
    assert (row.state, row.fact) == (state, fact)


def test_mixed_addresses_are_named():
    row = rows(COMPONENT + COMPONENT.replace("tickets.", "box."))[page_report.COMPONENT]
    assert "box.theatre.org/theatre, tickets.theatre.org/theatre" in row.reason
    assert "Use tickets.theatre.org/theatre everywhere on the website" in row.step


def test_a_widget_without_spektrix_asks_nothing_of_it():
    alone = dataclasses.replace(WANTED, spektrix=None)
    assert rows(CODE, wanted=alone)[page_report.COMPONENT].state == "skipped"


@each_row(
    "policy, html, state, words",
    [
        ("", CODE, "ok", ""),
        ("img-src 'self'", CODE, "ok", ""),
        ("default-src 'self'", CODE, "bad", "the widget does not load"),
        ("connect-src 'self'", CODE, "bad", "dates are not filled in"),
        ("script-src 'nonce-a' 'strict-dynamic'", CODE, "bad", "allows nonces only"),
        ("script-src 'nonce-a' 'strict-dynamic'", CODE.replace("async", "async nonce=a"), "ok", ""),
        ("sandbox allow-scripts", CODE, "warn", "sandboxed"),
        ("require-trusted-types-for 'script'", CODE, "ok", ""),
        ("require-trusted-types-for 'script'; trusted-types a", CODE, "bad", "leave the page"),
        (
            "",
            f"<meta http-equiv=Content-Security-Policy content=\"frame-src 'none'\">{CODE}",
            "bad",
            "stays empty",
        ),
    ],
)
def test_security_policy_of_a_page(policy, html, state, words):
    row = rows(html, policy)["Security policy"]
    assert row.state == state
    assert words in row.reason


def test_insecure_page_is_the_first_thing_said():
    assert next(iter(rows(CODE, scheme="http"))) == "Secure address"


class TestHostilePages:
    """None of these may hold the reader up, or bring it down."""

    @pytest.mark.parametrize(
        "piece",
        [
            "<",
            "<!",
            "<!--",
            "<![CDATA[",
            "<?",
            "</",
            "<a ",
            "<a b='",
            "<a b=\"c' ",
            "<div data-rezzy-widget=x>",
            "<iframe>",
            "<template>",
            "<template></x>",
            "<script>",
            "&",
            "&#",
            "&#x110000;",
            "\x00",
            "=\"'`",
            "<spektrix-a client-name=",
            "<script src=//[>",
            "<base href='http://['>",
            "<div>",
            "<table>",
            "<b><p>",
            "<svg><p>",
        ],
    )
    def test_two_megabytes_of_one_piece(self, piece, monkeypatch):
        monkeypatch.setattr(page_reading, "_SECONDS", 0.3)
        started = time.process_time()
        with contextlib.suppress(page_reading.TooOdd):
            read(piece * (2_000_000 // len(piece)))
        assert time.process_time() - started < 3

    def test_page_that_takes_too_long_is_given_up(self, monkeypatch):
        monkeypatch.setattr(page_reading, "_SECONDS", 0.0)
        with pytest.raises(page_reading.TooOdd):
            read("<p>" * 50_000)

    def test_a_policy_of_two_megabytes_is_cut(self):
        found = rows(
            f"<meta http-equiv='Content-Security-Policy' content='script-src {'a.org ' * 300_000}'>{CODE}"
        )
        assert found["Security policy"].state == "bad"
        assert len(found["Security policy"].lines[0]) < 30_000

    def test_addresses_that_are_none(self):
        html = (
            CODE
            + '<script src="https://[x/embed.js"></script><iframe src="http://[::x/a/website/b"></iframe>'
        )
        assert rows(html)["Code"].state == "ok"

    def test_code_across_the_pieces_in_which_a_page_is_read(self):
        for shift in range(0, len(CODE), 7):
            html = " " * (65_536 - shift) + CODE
            assert rows(html)["Code"].fact == "Found"
            assert rows(" " * (65_536 - shift) + CODE.replace("<", "&lt;"))["Code"].fact == "Shown as text"
