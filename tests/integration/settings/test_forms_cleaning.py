"""What is removed from pasted credentials, and what never is (B23)."""

import pytest

from portal import typed_text
from portal.integration.connection import cleaning
from tests.factories import API_KEY
from tests.support.tables import each_row

ZERO_WIDTH = "\u200b"
NO_BREAK = "\u00a0"


@each_row(
    "pasted, name",
    [
        ("harbourplayhouse", "harbourplayhouse"),
        ("  HarbourPlayhouse\n", "HarbourPlayhouse"),
        ("https://system.spektrix.com/HarbourPlayhouse", "HarbourPlayhouse"),
        ("https://system.spektrix.com/HarbourPlayhouse/client#/sales", "HarbourPlayhouse"),
        ("https://system.spektrix.com/harbour?x=1", "harbour"),
        ("HTTPS://SYSTEM.SPEKTRIX.COM/Harbour/api/v3/", "Harbour"),
        ("system.spektrix.com/harbour", "harbour"),
        ("http://api.system.spektrix.com:443/harbour/api/v2", "harbour"),
        ("/harbour/", "harbour"),
        ("https://system.spektrix.com/", ""),
        ("https://system.spektrix.com", ""),
        ("https://system.spektrix.com/Harbour%20Playhouse", "Harbour Playhouse"),
        (f"harbour{ZERO_WIDTH}playhouse\ufeff", "harbourplayhouse"),
        ("ｈａｒｂｏｕｒ", "harbour"),
        ("Harbour Playhouse", "Harbour Playhouse"),
        ("notspektrix.com/harbour", "harbour"),
        ("//system.spektrix.com/harbour/", "harbour"),
        ("<https://system.spektrix.com/harbour>", "harbour"),
        ("(https://system.spektrix.com/harbour),", "harbour"),
        ("tickets.playhouse.org:443/Harbour/website/Basket.aspx", "Harbour"),
        ("karten.bühne.org/Harbour/website", "Harbour"),
    ],
)
def test_client_name(pasted, name):
    assert cleaning.client_name(pasted) == name


@pytest.mark.parametrize(
    ("pasted", "key"),
    [
        ("QUJDRA==", "QUJDRA=="),
        (" QUJD\nRA== ", "QUJDRA=="),
        ('"QUJDRA=="', "QUJDRA=="),
        ("\u201cQUJDRA==\u201d", "QUJDRA=="),
        ("<QUJDRA==>.", "QUJDRA=="),
        (f"QUJD{NO_BREAK}{ZERO_WIDTH}RA==", "QUJDRA=="),
        ("", ""),
    ],
)
def test_api_key(pasted, key):
    assert cleaning.api_key(pasted) == key


@pytest.mark.parametrize(
    ("pasted", "user"),
    [
        (" greenroom-api\t", "greenroom-api"),
        ("Green  Room api", "Green  Room api"),
        (f"green{NO_BREAK}room", "green room"),
        (f"green{ZERO_WIDTH}room", "greenroom"),
        ("ﬁfth", "ﬁfth"),
    ],
)
def test_api_user_keeps_its_letters_and_inner_spaces(pasted, user):
    assert cleaning.api_user(pasted) == user


@pytest.mark.parametrize("key", ["QUJDRA==", "A+/=".replace("=", "w")])
def test_base64_is_told(key):
    assert cleaning.is_base64(key)


@pytest.mark.parametrize("key", ["", "not a key!", "QUJDR", "QUJD-_==", "ключ"])
def test_other_text_is_not_base64(key):
    assert not cleaning.is_base64(key)


@pytest.mark.parametrize("text", [f"a{ZERO_WIDTH}", f"a{NO_BREAK}b", "a\x00b", "a\u202eb"])
def test_hidden_characters_are_noticed(text):
    assert cleaning.has_hidden(text)


def test_ordinary_text_has_nothing_hidden():
    assert not cleaning.has_hidden("Harbour Playhouse")


@pytest.mark.parametrize(
    "text", [API_KEY, f"The key {API_KEY} is right.", f"key:{API_KEY.rstrip('=')}", f'"{API_KEY}"']
)
def test_key_in_a_sentence_is_noticed(text):
    assert typed_text.holds_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We expected Amara's visit of 12 June in Spektrix.",
        "See https://harbourplayhouse.example.org/events/a-long-name-of-a-show-2026-with-a-path/Book",
        "3-key_refused-20261121T192944Z",
        "A" * 60,
        "internationalisationsunternehmensverband2026",
    ],
)
def test_sentence_without_a_key_is_left_alone(text):
    assert not typed_text.holds_key(text)
