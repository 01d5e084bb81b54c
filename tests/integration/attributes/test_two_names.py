"""Whatever tells somebody to rename an attribute shows two names that differ, or says what nobody can see."""

import functools
import json
import re
import unicodedata

import pytest

from portal.diagnosis.symptoms.attribute_rules import attributes_exist
from portal.integration.attributes import admin_message
from portal.integration.attributes.admin_message import Sender
from portal.integration.attributes.advice import advice_on
from portal.integration.attributes.facts import AttributeFact
from portal.integration.attributes.rows import AttributeRow
from portal.integration.attributes.spelling import compare, compare_best
from portal.integration.connection.models import AttributeState
from portal.sandbox.world.attributes import Attribute, keyed
from portal.spektrix.attribute_keys import name_within
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS, near_misses, resolve_attribute_key
from portal.spektrix.schemas import read_customer
from tests.integration.attributes.test_spelling import SPELLINGS

# Drawn as their Latin sisters in every usual font; written down here apart from the product's own table.
SISTERS = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0456\u0410\u0415\u0391\u039d\u0131I10",
    "aeopciAEANillO",
)
MORE = [
    (LAST_DINED_AT, "Last D\u0456ned At"),
    (LAST_DINED_AT, "L\u0430st Din\u0435d At"),
    (LAST_DINED_AT, "L\u0430st\u00a0Dined\u200b At "),
    (LAST_DINED_AT, "L\u0430st\u2009Dined-\u00adAt\ufeff"),
    (LAST_DINED_AT, "Last D1ned At"),
    (LAST_DINED_AT, "Last Dlned At"),
    (LAST_DINED_AT, "Iast Dined At"),
    (LAST_DINED_AT, "Last Dined \uff21t"),
    (LAST_DINED_AT, "Last\tDined At"),
    (LAST_DINED_AT, "Last Dined: At"),
    (LAST_DINED_AT, "Last Dined At\u0301"),
    (LAST_DINED_AT, "L\u0430st" + "\u200b" * 90 + " Dined At"),
    (NUMBER_OF_VISITS, "Nurnber of Restaurant Visits"),
    (NUMBER_OF_VISITS, "Number 0f Restaurant Visits"),
    (NUMBER_OF_VISITS, "Number of Restaurant V\u0456s\u0456ts"),
    (NUMBER_OF_VISITS, "\u039dumber  of Restaurant Visits"),
]
NAMES = [(wanted, typed) for wanted, typed, *_ in SPELLINGS] + MORE
FORMS = [("joined", False), ("joined", True), ("spaced", False), ("list", False)]
SENDER = Sender("The Green Room", "Priya Shah")


def seen(text):
    """What a reader's eye makes of a name, its spaces aside: joined keys have none."""
    plain = unicodedata.normalize("NFKC", text).translate(SISTERS).replace("rn", "m")
    return "".join(each for each in plain if unicodedata.category(each)[0] not in "CZ")


def keys():
    """Every name above in every form that the sandbox shows, and as a raw key with all of its characters."""
    for wanted, typed in NAMES:
        for form, capitals in FORMS:
            (entry,) = keyed([Attribute(typed)], capitals, form)
            yield wanted, typed, {entry.key: None} if not entry.in_list else {"attributes": [{"name": typed}]}
        yield wanted, typed, {f"attribute_{typed.replace(' ', '')}": None}


def record(fields):
    return read_customer(json.dumps({"id": "I-1"} | fields).encode())


@functools.cache
def near():
    """Every key among these that is called a near miss."""
    return [
        (wanted, typed, key[:120])
        for wanted, typed, fields in keys()
        for key in near_misses(wanted, record(fields))
    ]


def plain_or_named(text, wanted, shown, difference):
    """Tell whether the two names differ to the eye, or the text says how they differ."""
    return seen(shown) != seen(wanted) or difference.rstrip(".").casefold() in text.casefold()


def test_enough_spellings_are_near_misses_and_enough_of_these_look_right():
    assert len(near()) > 150
    assert sum(seen(name_within(key)) == seen(wanted) for wanted, _, key in near()) > 20


@pytest.mark.parametrize("form", ["step", "because"])
def test_short_advice(form):
    for wanted, typed, key in near():
        fact = AttributeFact(wanted, AttributeState.NEAR_MISS, key)
        text = getattr(advice_on([fact]), form)
        shown, name = re.findall("“(.*?)”", text)
        assert name == wanted
        assert plain_or_named(text, wanted, shown, compare(key, wanted).sentence), (typed, text)


def test_page_message_and_find_the_fault_always_say_what_differs():
    for wanted, typed, key in near():
        spelling = compare(key, wanted)
        assert spelling.state == "almost", (typed, key)
        assert {mark for _, mark in (*spelling.in_spektrix, *spelling.must_be)} != {"same"}
        row = AttributeRow(wanted, "almost", spelling, asks_admin=True)
        fact = AttributeFact(wanted, AttributeState.NEAR_MISS, key)
        for text in (admin_message.request_attributes(SENDER, [row]), *attributes_exist([fact]).evidence):
            assert spelling.sentence in text
            named = "Several things" not in spelling.sentence
            shown = "".join(piece.letters for piece in spelling.in_spektrix)
            assert named or seen(shown) != seen(wanted), (typed, text)


def test_compared_names_differ_to_the_eye_or_the_difference_is_named():
    for wanted, typed in NAMES:
        spelling = compare_best(typed).spelling
        if spelling.state == "almost" and seen(typed) == seen(wanted):
            assert "Several things" not in spelling.sentence, typed


def test_what_has_the_letters_of_a_name_is_that_name_in_every_form():
    for wanted in (LAST_DINED_AT, NUMBER_OF_VISITS):
        for form, capitals in FORMS:
            (entry,) = keyed([Attribute(wanted)], capitals, form)
            fields = {"attributes": [{"name": wanted}]} if entry.in_list else {entry.key: None}
            assert resolve_attribute_key(wanted, record(fields))
            assert near_misses(wanted, record(fields)) == []


def test_names_with_spaces_are_not_said_to_be_shown_without():
    spaced = compare("attribute_Last Dine At", LAST_DINED_AT)
    joined = compare("attribute_LastDineAt", LAST_DINED_AT)
    said = [
        admin_message.request_attributes(SENDER, [AttributeRow(LAST_DINED_AT, "almost", each)])
        for each in (spaced, joined)
    ]
    assert ["without spaces" in each for each in said] == [False, True]
