"""A name that is almost right, letter by letter."""

import pytest

from portal.integration.spelling import compare


@pytest.mark.parametrize(
    ("key", "name", "sentence"),
    [
        ("attribute_LastDineAt", "Last Dined At", "One letter is missing."),
        ("attribute_LastDinedAtt", "Last Dined At", "One letter is too many."),
        ("attribute_LastDinnedAt", "Last Dined At", "One letter is too many."),
        ("attribute_LastDinedOn", "Last Dined At", "Two letters are different."),
        (
            "attribute_Lastdinedat",
            "Last Dined At",
            "Two letters are in capitals or small letters the wrong way round.",
        ),
        ("attribute_NumberOfRestaurantVisit", "Number of Restaurant Visits", "Two letters are different."),
    ],
)
def test_the_difference_is_said_in_one_sentence(key, name, sentence):
    assert compare(key, name).sentence == sentence


def test_letters_are_marked_where_they_differ():
    spelling = compare("attribute_LastdinedAt", "Last Dined At")
    assert [letter for letter, mark in spelling.in_spektrix if mark == "wrong"] == ["d"]
    assert [letter for letter, mark in spelling.must_be if mark == "right"] == ["D"]


def test_both_names_stay_whole():
    spelling = compare("attribute_LastDineAt", "Last Dined At")
    assert "".join(letter for letter, _ in spelling.in_spektrix) == "LastDineAt"
    assert "".join(letter for letter, _ in spelling.must_be) == "Last Dined At"
