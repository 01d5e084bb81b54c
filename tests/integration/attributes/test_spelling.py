"""A name as it stands in Spektrix beside the name it must be, and the same names as keys on the wire."""

import time

import pytest

from portal.integration.attributes.spelling import compare
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS, near_misses, resolve_attribute_key
from tests.integration.readings import read_amara
from tests.support.tables import each_row

LAST, VISITS = LAST_DINED_AT, NUMBER_OF_VISITS
FOUND, ALMOST, MISSING = "found", "almost", "missing"
EXACT, OTHER = "This is exactly right.", "This is a different name."
SEVERAL = "Several things differ. Copy the correct name."

# The name it must be, the name as typed, its state, what is said of it; then what the key that Spektrix makes
# of it shows: with words as written, and with a capital at each word. A key hides spaces and punctuation.
SPELLINGS = [
    (LAST, "Last Dined At", FOUND, EXACT, FOUND, FOUND),
    (LAST, "Last dined at", ALMOST, "Two letters need capitals.", ALMOST, FOUND),
    (LAST, "last dined at", ALMOST, "Three letters need capitals.", ALMOST, FOUND),
    (LAST, "LAST DINED AT", ALMOST, "Eight letters should be small.", ALMOST, ALMOST),
    (LAST, "last dIned At", ALMOST, "Two letters need capitals. One letter should be small.", ALMOST, ALMOST),
    (LAST, "Last DinedAt", ALMOST, "The space between Dined and At is missing.", FOUND, FOUND),
    (LAST, "LastDinedAt", ALMOST, "Two spaces are missing.", FOUND, FOUND),
    (LAST, " Last Dined At", ALMOST, "There is a space before Last; remove it.", FOUND, FOUND),
    (LAST, "   Last Dined At", ALMOST, "There are three spaces before Last; remove them.", FOUND, FOUND),
    (LAST, "Last Dined At ", ALMOST, "There is a space after At; remove it.", FOUND, FOUND),
    (
        LAST,
        "Last  Dined At",
        ALMOST,
        "There are two spaces between Last and Dined; type one.",
        FOUND,
        FOUND,
    ),
    (LAST, " Last  Dined At", ALMOST, "There are two spaces too many; remove them.", FOUND, FOUND),
    (LAST, "Last Dined At At", ALMOST, "The word At appears twice.", ALMOST, ALMOST),
    (LAST, "Last Last Dined At", MISSING, "The word Last appears twice.", MISSING, MISSING),
    (LAST, "Dined Last At", MISSING, "The words are right, but in another order.", MISSING, MISSING),
    (LAST, "Last Dined @", ALMOST, "A letter is missing in At: t. The @ must be A.", ALMOST, ALMOST),
    (
        LAST,
        "Last Dined At\ufe0f",
        ALMOST,
        "There is an invisible character (variation selector-16) after At; remove it.",
        FOUND,
        FOUND,
    ),
    (VISITS, "Number of of Restaurant Visits", ALMOST, "The word of appears twice.", ALMOST, ALMOST),
    (LAST, "Last Di ned At", ALMOST, "There is a space inside Dined; remove it.", FOUND, ALMOST),
    (
        LAST,
        "Last\u00a0Dined At",
        ALMOST,
        "There is a no-break space between Last and Dined; type an ordinary space.",
        FOUND,
        FOUND,
    ),
    (
        LAST,
        "Last\u00a0Dined\u00a0At",
        ALMOST,
        "There are no-break spaces between the words; type ordinary spaces.",
        FOUND,
        FOUND,
    ),
    (
        LAST,
        "Last\u2009Dined At",
        ALMOST,
        "There is a thin space between Last and Dined; type an ordinary space.",
        FOUND,
        FOUND,
    ),
    (
        LAST,
        "Last\tDined At",
        ALMOST,
        "There is a tab between Last and Dined; type an ordinary space.",
        FOUND,
        FOUND,
    ),
    (
        LAST,
        "Last Dined\u200b At",
        ALMOST,
        "There is an invisible character (zero width space) between Dined and At; remove it.",
        FOUND,
        FOUND,
    ),
    (
        LAST,
        "La\u00adst Dined At",
        ALMOST,
        "There is an invisible character (soft hyphen) inside Last; remove it.",
        FOUND,
        ALMOST,
    ),
    (
        LAST,
        "\ufeffLast Dined At",
        ALMOST,
        "There is an invisible character (byte order mark) before Last; remove it.",
        FOUND,
        FOUND,
    ),
    (
        LAST,
        "L\u0430st Dined At",
        ALMOST,
        "The letter \u0430 in L\u0430st is Cyrillic; type it with a Latin keyboard.",
        ALMOST,
        ALMOST,
    ),
    (
        LAST,
        "L\u0430st Din\u0435d \u0410t",
        ALMOST,
        "Three letters are Cyrillic; type them with a Latin keyboard.",
        MISSING,
        MISSING,
    ),
    (
        LAST,
        "Last Dined \u0391t",
        ALMOST,
        "The letter \u0391 in \u0391t is Greek; type it with a Latin keyboard.",
        ALMOST,
        ALMOST,
    ),
    (
        LAST,
        "L\u0430st Dined \u0391t",
        ALMOST,
        "Two letters are from other alphabets; type them with a Latin keyboard.",
        ALMOST,
        ALMOST,
    ),
    (
        LAST,
        "\uff2cast Dined At",
        ALMOST,
        "The letter \uff2c in \uff2cast is full-width; type it with a Latin keyboard.",
        ALMOST,
        ALMOST,
    ),
    (
        LAST,
        "Last D\u0131ned At",
        ALMOST,
        "The letter \u0131 in D\u0131ned is not plain; type it with a Latin keyboard.",
        ALMOST,
        ALMOST,
    ),
    (
        LAST,
        "Last Din\u00e9d At",
        ALMOST,
        "The letter \u00e9 in Din\u00e9d has an accent; type a plain e.",
        ALMOST,
        ALMOST,
    ),
    (
        LAST,
        "Last Dine\u0301d At",
        ALMOST,
        "The letter e\u0301 in Dine\u0301d has a separate accent; type a plain e.",
        FOUND,
        ALMOST,
    ),
    (
        LAST,
        "L\u00e0st Din\u00e9d At",
        ALMOST,
        "Two letters have accents; type them plain.",
        ALMOST,
        ALMOST,
    ),
    (
        LAST,
        "Last-Dined At",
        ALMOST,
        "There is a hyphen between Last and Dined; type a space.",
        FOUND,
        FOUND,
    ),
    (LAST, "Last-Dined-At", ALMOST, "There are hyphens between the words; type spaces.", FOUND, FOUND),
    (LAST, "Last_Dined_At", ALMOST, "There are underscores between the words; type spaces.", FOUND, FOUND),
    (LAST, "Last Dined At.", ALMOST, "There is a full stop after At; remove it.", FOUND, FOUND),
    (LAST, '"Last Dined At"', ALMOST, "Two punctuation marks are too many; remove them.", FOUND, FOUND),
    (LAST, "Last Dine At", ALMOST, "A letter is missing in Dined: d.", ALMOST, ALMOST),
    (LAST, "Lst Dind At", ALMOST, "Two letters are missing.", ALMOST, ALMOST),
    (LAST, "Last Dined", ALMOST, "The word At is missing.", ALMOST, ALMOST),
    (LAST, "Latst Dined At", ALMOST, "A letter in Latst is one too many: t.", ALMOST, ALMOST),
    (LAST, "Lats Dined At", ALMOST, "The letters t and s in Lats are swapped.", ALMOST, ALMOST),
    (LAST, "Lost Dined At", ALMOST, "The o in Lost must be a.", ALMOST, ALMOST),
    (LAST, "Last Dined On", ALMOST, "Two letters are different.", ALMOST, ALMOST),
    (LAST, "last\u00a0dined  at", ALMOST, SEVERAL, ALMOST, FOUND),
    (LAST, "Date Last Dined", MISSING, OTHER, MISSING, MISSING),
    (LAST, "Last Visit", MISSING, OTHER, MISSING, MISSING),
    (
        LAST,
        "<b>Last Dined At</b>",
        ALMOST,
        "Five punctuation marks are too many; remove them. Two letters are too many.",
        ALMOST,
        ALMOST,
    ),
    (VISITS, "Number of Restaurant Visits", FOUND, EXACT, FOUND, FOUND),
    (VISITS, "Number Of Restaurant Visits", ALMOST, "One letter should be small.", FOUND, FOUND),
    (VISITS, "number of restaurant visits", ALMOST, "Three letters need capitals.", ALMOST, FOUND),
    (VISITS, "Number of Restaurant Visit", ALMOST, "A letter is missing in Visits: s.", ALMOST, ALMOST),
    (
        VISITS,
        "Number of Restaurants Visits",
        ALMOST,
        "A letter in Restaurants is one too many: s.",
        ALMOST,
        ALMOST,
    ),
    (VISITS, "Number of Resturant Visits", ALMOST, "A letter is missing in Restaurant: a.", ALMOST, ALMOST),
    (
        VISITS,
        "Number of Restuarant Visits",
        ALMOST,
        "The letters u and a in Restuarant are swapped.",
        ALMOST,
        ALMOST,
    ),
    (
        VISITS,
        "Number of Restaurant  Visits",
        ALMOST,
        "There are two spaces between Restaurant and Visits; type one.",
        FOUND,
        FOUND,
    ),
    (
        VISITS,
        "Number of\u00a0Restaurant Visits",
        ALMOST,
        "There is a no-break space between of and Restaurant; type an ordinary space.",
        FOUND,
        FOUND,
    ),
    (
        VISITS,
        "\u039dumber of Restaurant Visits",
        ALMOST,
        "The letter \u039d in \u039dumber is Greek; type it with a Latin keyboard.",
        ALMOST,
        ALMOST,
    ),
    (
        VISITS,
        "Number-of-Restaurant-Visits",
        ALMOST,
        "There are hyphens between the words; type spaces.",
        FOUND,
        FOUND,
    ),
    (VISITS, "Number Restaurant Visits", ALMOST, "The word of is missing.", ALMOST, ALMOST),
    (VISITS, "No of Restaurant Visits", MISSING, OTHER, MISSING, MISSING),
]


@each_row("wanted, typed, state, sentence, written, capitals", SPELLINGS)
def test_spelling_is_told_letter_by_letter(wanted, typed, state, sentence, written, capitals):
    compared = compare(typed, wanted)
    assert (compared.state, compared.sentence) == (state, sentence)
    assert "".join(letters for letters, _ in compared.must_be) == wanted
    marked = {mark for _, mark in compared.in_spektrix + compared.must_be} - {"same"}
    assert bool(marked) == (state == ALMOST)


@pytest.mark.parametrize("capitalise", [False, True])
def test_keys_that_spektrix_makes_of_the_names_are_judged_alike(sandbox, capitalise):
    sandbox.post("options", capitalise_inner_words=capitalise)
    wrong = []
    for wanted, typed, _, _, written, capitals in SPELLINGS:
        sandbox.define({"name": typed})
        record = read_amara(sandbox)
        (key,) = record.attributes
        expected = capitals if capitalise else written
        if _judged(wanted, record) != expected or compare(key, wanted).state != expected:
            wrong.append((typed, key, _judged(wanted, record), compare(key, wanted).state, expected))
    assert wrong == []


def _judged(wanted, record):
    if resolve_attribute_key(wanted, record):
        return FOUND
    return ALMOST if near_misses(wanted, record) else MISSING


@pytest.mark.parametrize(
    ("key", "wanted", "sentence"),
    [
        ("attribute_Lastdinedat", LAST, "Two letters need capitals."),
        ("Attribute_LastDined", LAST, "The word At is missing."),
        ("attribute_Last_Dined_At", LAST, EXACT),
        ("attribute_Last Dined At", LAST, EXACT),
        ("attributes[Last Dined At]", LAST, EXACT),
        ("attribute_Last dined at", LAST, "Two letters need capitals."),
        ("attributes[Last Dine At]", LAST, "A letter is missing in Dined: d."),
        ("attribute_NumberOFRestaurantVisits", VISITS, "One letter should be small."),
        ("attribute_NumberofRestaurantVisit", VISITS, "A letter is missing in Visits: s."),
    ],
)
def test_key_is_compared_without_missing_the_spaces(key, wanted, sentence):
    assert compare(key, wanted).sentence == sentence


def test_extra_gaps_are_boxes_and_wrong_letters_are_marked_on_both_sides():
    compared = compare("Last  dined\u200b At", LAST)
    assert [each for each in compared.in_spektrix if each[1] != "same"] == [
        (" ", "space"),
        ("d", "wrong"),
        ("\u00a0", "space"),
    ]
    assert [each for each in compared.must_be if each[1] != "same"] == [("D", "right")]


def test_long_names_are_compared_in_no_time():
    started = time.thread_time()
    for text in ("x" * 10_000, "Last Dined At" + "\u0301" * 187, "\u0430" * 200):
        compare(text, LAST)
    assert time.thread_time() - started < 0.5
