"""When two addresses or two numbers are one person's."""

import pytest

from portal.guests.rules import email_key, phone_key, phone_keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("max@straße.example", "max@strasse.example"),
        ("gauß@example.org", "gauss@example.org"),
        ("\u017fam@example.org", "sam@example.org"),
        ("o\ufb03ce@example.org", "office@example.org"),
        ("max@\u03c3\u03c2.example", "max@\u03c3\u03c3.example"),
    ],
    ids=["sharp s in the domain", "sharp s before it", "long s", "ligature", "final sigma"],
)
def test_addresses_of_two_people_have_two_keys(one, other):
    assert email_key(one) != email_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (" Amara.Okafor@Example.ORG ", "amara.okafor@example.org"),
        ("max@bücher.example", "max@xn--bcher-kva.example"),
        ("max@BÜCHER.example", "max@bücher.example"),
        ("max@stra\u00dfe.example", "max@xn--strae-oqa.example"),
        ("jose\u0301@example.org", "jos\u00e9@example.org"),
        ("ÅSA@example.org", "åsa@example.org"),
    ],
)
def test_one_persons_address_has_one_key_however_it_is_written(one, other):
    """B12."""
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize("odd", ["", "nobody", "@", "a@", "a@-ß.example", "a@b@c.example", "a@" + "ß" * 300])
def test_what_is_no_address_has_a_key_all_the_same(odd):
    assert email_key(odd) == email_key(odd.upper().replace("SS", "ß"))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("07700 900901 (work)", ["+447700900901"]),
        ("07700 900333 / 334", ["+447700900333"]),
        ("07700_900_123", ["+447700900123"]),
        ("07700 900461; 01632 960123", ["+447700900461", "+441632960123"]),
        ("tel: +44 (0)7700 900461", ["+447700900461"]),
        ("00 44 7700 900461", ["+447700900461"]),
        ("call 020 7946 0958 after 6pm", ["+442079460958"]),
        ("07700-900-461 ext 5", ["+447700900461;5"]),
        ("٠٧٧٠٠٩٠٠٤٦١", ["+447700900461"]),
    ],
)
def test_numbers_are_found_as_box_offices_write_them(text, numbers):
    assert phone_keys(text, "GB") == numbers


@pytest.mark.parametrize(
    "text",
    [
        "07000 000000",
        "0000000000",
        "07777 777777",
        "01234 567890",
        "07123 456789",
        "09876 543210",
        "900461",
        "0770",
        "077OO 900123",
        "0800FLOWERS",
        "12/11/2026",
        "no phone",
        "",
    ],
)
def test_numbers_that_are_nobodys_identify_nobody(text):
    assert phone_keys(text, "GB") == []
    assert phone_key(text, "GB") == ""
