"""One cleaning for every door: what may come along with a name, a note, an address or a number."""

import string

import pytest
from hypothesis import given, strategies as st

from portal import typed_text
from portal.typed_text import NotText

UNSEEN = ["\u202a", "\u2068", "\u200b", "\u200e", "\u061c", "\u00ad", "\ufeff", "\u2060", "\u3164", "\u2800"]


@pytest.mark.parametrize("mark", UNSEEN)
def test_what_nobody_sees_is_dropped(mark):
    assert typed_text.one_line(f"{mark}Amara {mark}Okafor{mark}") == "Amara Okafor"
    assert typed_text.without_marks(f"{mark}07700{mark} 900461{mark}") == "07700 900461"
    assert typed_text.lines(f"{mark}Window{mark}\r\n{mark}please{mark}") == "Window\nplease"
    assert typed_text.one_line(mark * 3) == ""


@pytest.mark.parametrize(
    "name", ["می\u200cخواهم", "क्\u200dष", "👩\u200d🍳", "Zoë", "Nguyễn Thị Ánh", "王小明", "D’Arcy"]
)
def test_what_a_script_needs_stays(name):
    assert typed_text.one_line(name) == name
    assert typed_text.one_line(f"\u200d{name}\u200c") == name


def test_stacked_marks_are_bounded():
    assert len(typed_text.one_line("Z" + "\u0301" * 100)) <= 10


@pytest.mark.parametrize("code", [0xFFFD, 0xFFFE, 0x00, 0x1B, 0x7F, 0xD83D])
def test_what_cannot_be_read_is_refused(code):
    odd = chr(code)
    for clean in (typed_text.one_line, typed_text.lines, typed_text.without_marks):
        with pytest.raises(NotText):
            clean(f"Amara{odd}")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_clean_stays_as_it_is(text):
    for clean in (typed_text.one_line, typed_text.lines, typed_text.without_marks):
        try:
            once = clean(text)
        except NotText:
            continue
        assert clean(once) == once
        assert once == once.strip()


@pytest.mark.parametrize(
    ("number", "letters"),
    [
        ("07700 900461", ""),
        ("077OO 900123", "OO"),
        ("0800FLOWERS", "FLOWERS"),
        ("020 7946 0958 ext. 5", ""),
        ("020 7946 0958 x12", ""),
        ("none", ""),
        ("٠٧٧٠٠٩٠٠٤٦١", ""),
    ],
)
def test_letters_in_a_number_are_found(number, letters):
    assert typed_text.letters_in_number(number) == letters


KEY = "Zm9vYmFyMTIzNDU2Nzg5MFF3ZXJ0eVVJT1A0NTY3ODk="


@pytest.mark.parametrize("text", [KEY, f"The key is {KEY}.", f"{KEY[:20]}\u200b{KEY[20:]}", KEY.rstrip("=")])
def test_a_key_in_a_text_is_seen(text):
    assert typed_text.holds_key(text)


@pytest.mark.parametrize("text", ["", "A table by the window, please", string.ascii_lowercase * 3, "0" * 64])
def test_ordinary_text_holds_no_key(text):
    assert not typed_text.holds_key(text)
