"""Which addresses may be asked for: those on the widget's list, spelt so that all read them alike."""

import pytest

from portal.widgets.page_check import address as page_address
from portal.widgets.page_check.address import OffTheList
from portal.widgets.rules import NotUsable
from tests.support.tables import each_row

SITES = ["www.example.org", "shop.example.org:8443", "xn--mnchen-3ya.example", "localhost:8702"]


@each_row(
    "typed, asked",
    [
        ("https://www.example.org/eat", "https://www.example.org/eat"),
        ("www.example.org", "https://www.example.org/"),
        ("http://www.example.org:80/", "http://www.example.org/"),
        ("https://www.example.org:443?page_id=2", "https://www.example.org/?page_id=2"),
        ("  HTTPS://WWW.Example.ORG/Eat#top  ", "https://www.example.org/Eat"),
        ("https://www.example.org./eat", "https://www.example.org/eat"),
        ("https://shop.example.org:8443/a%2Fb", "https://shop.example.org:8443/a%2Fb"),
        ("https://münchen.example/é", "https://xn--mnchen-3ya.example/%C3%A9"),
        ("localhost:8702/eat", "http://localhost:8702/eat"),
        ("https://www.example.org/@user/x:y", "https://www.example.org/@user/x:y"),
        ('https://www.example.org/"<>', "https://www.example.org/%22%3C%3E"),
    ],
)
def test_address_on_the_list_is_put_together_again(typed, asked):
    assert page_address.read(typed, SITES).url == asked


@each_row(
    "typed",
    [
        "https://example.org/",
        "https://www.example.org:8443/",
        "https://shop.example.org/",
        "https://www.example.org.evil.example/",
        "https://evil.example/?www.example.org",
        "https://evil.example/#@www.example.org",
        "http://www.example.org:443/",
        "localhost:6379",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://0177.0.0.1/",
        "http://0.0.0.0/",
    ],
)
def test_other_websites_are_off_the_list(typed):
    with pytest.raises(OffTheList) as caught:
        page_address.read(typed, SITES)
    assert "is not on this widget’s list" in str(caught.value)


@each_row(
    "typed",
    [
        "",
        "   ",
        "https://",
        "https:///eat",
        "//",
        "https://user@www.example.org/",
        "https://www.example.org@evil.example/",
        "https://www.example.org:pw@evil.example/",
        "https://user:pw@www.example.org/",
        "https://www.example.org\\@evil.example/",
        "https://evil.example\\.www.example.org/",
        "https://www.exam\nple.org/",
        "https://www.exam\tple.org/",
        "https://www.example.org/a b",
        "https://www.example.org\x00.evil.example/",
        "ftp://www.example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://www.example.org/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[www.example.org/",
        "https://www.example.org:99999/",
        "https://www.example.org:0/",
        "https://www.example.org:80:80/",
        "https://www%2eexample%2eorg/",
        "https://.www.example.org/",
        "https://www..example.org/",
        "https://" + "a" * 3000,
    ],
)
def test_what_is_no_plain_address_is_refused(typed):
    with pytest.raises(NotUsable):
        page_address.read(typed, SITES)


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/eat", "https://www.example.org/eat"),
        ("?a=1", "https://www.example.org/old?a=1"),
        ("//www.example.org/x", "https://www.example.org/x"),
        ("http://www.example.org/x", "http://www.example.org/x"),
    ],
)
def test_redirect_within_the_list_is_followed(location, asked):
    start = page_address.read("https://www.example.org/old", SITES)
    assert page_address.follow(start, location, SITES).url == asked


@each_row(
    "location",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "ftp://www.example.org/",
        "https://www.example.org@evil.example/",
        "https://[",
        "http://www.exam\r\nple.org/",
    ],
)
def test_redirect_elsewhere_is_not(location):
    start = page_address.read("https://www.example.org/old", SITES)
    with pytest.raises(NotUsable):
        page_address.follow(start, location, SITES)


def test_shown_without_what_could_name_a_person():
    address = page_address.read("https://www.example.org/eat?email=amara@example.org", SITES)
    assert address.shown == "https://www.example.org/eat"
