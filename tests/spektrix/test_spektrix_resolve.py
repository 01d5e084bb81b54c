"""From an attribute's name to its key, and no further."""

import pytest

from portal.spektrix.resolve import (
    LAST_DINED_AT,
    NUMBER_OF_VISITS,
    expected_key,
    is_key_of,
    key_to_write,
    near_misses,
    other_keys,
    resolve_attribute_key,
)
from portal.spektrix.schemas import Customer
from tests.support.tables import each_row

OF = "attribute_NumberOfRestaurantVisits"
SMALL_OF = "attribute_NumberofRestaurantVisits"


def customer(*keys):
    return Customer("I-1", "", "", "", "", "", dict.fromkeys(keys))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (LAST_DINED_AT, "attribute_LastDinedAt"),
        (LAST_DINED_AT, "Attribute_LastDinedAt"),
        (NUMBER_OF_VISITS, OF),
        (NUMBER_OF_VISITS, SMALL_OF),
        (LAST_DINED_AT, "attribute_Last Dined At"),
        (LAST_DINED_AT, "Attribute_Last Dined At"),
        (LAST_DINED_AT, "ATTRIBUTE_LastDinedAt"),
        (LAST_DINED_AT, "attribute Last Dined At"),
        (LAST_DINED_AT, "attribute_ Last  Dined At "),
        (LAST_DINED_AT, "attribute_Last\u00a0DinedAt"),
        (LAST_DINED_AT, "attribute_Last Dined\u200b At"),
        (LAST_DINED_AT, "attribute_Last_Dined_At"),
        (LAST_DINED_AT, "attribute_Last-Dined-At."),
        (LAST_DINED_AT, "attributes[Last Dined At]"),
        (LAST_DINED_AT, "attributes[LastDinedAt]"),
        (LAST_DINED_AT, "attributes[Attribute_LastDinedAt]"),
        (NUMBER_OF_VISITS, "attribute_Number of Restaurant Visits"),
        (NUMBER_OF_VISITS, "attribute_Number Of Restaurant Visits"),
        (NUMBER_OF_VISITS, "attributes[Number of Restaurant Visits]"),
    ],
)
def test_key_is_found_as_the_server_spells_it(name, key):
    found = customer("attribute_FavouriteGenre", key)
    assert resolve_attribute_key(name, found) == key
    assert near_misses(name, found) == []
    assert is_key_of(name, key)


def test_spelling_as_written_is_ours_when_both_are_there():
    for keys in ((OF, SMALL_OF), (SMALL_OF, OF)):
        assert resolve_attribute_key(NUMBER_OF_VISITS, customer(*keys)) == SMALL_OF


@each_row(
    "name, key",
    [
        (LAST_DINED_AT, "attribute_Lastdinedat"),
        (LAST_DINED_AT, "attribute_lastDinedAt"),
        (LAST_DINED_AT, "attribute_LASTDINEDAT"),
        (LAST_DINED_AT, "attribute_LastDineAt"),
        (LAST_DINED_AT, "attribute_LastDined"),
        (LAST_DINED_AT, "attribute_LatsDinedAt"),
        (NUMBER_OF_VISITS, "attribute_NumberOfRestaurantVisit"),
        (NUMBER_OF_VISITS, "attribute_NumberOFRestaurantVisits"),
        (NUMBER_OF_VISITS, "attribute_NumberOfResturantVisits"),
        (LAST_DINED_AT, "attribute_L\u0430stDin\u0435d\u0410t"),
        (LAST_DINED_AT, "attribute_LastDin\u00e9dAt"),
        (LAST_DINED_AT, "attribute_LastDine\u0301dAt"),
        (LAST_DINED_AT, "attribute_\uff2castDinedAt"),
        (LAST_DINED_AT, "attribute_LatsDineAt"),
        (NUMBER_OF_VISITS, "attribute_\u039dumberOfRestaurantVisits"),
        (LAST_DINED_AT, "attribute_Last dined at"),
        (LAST_DINED_AT, "attributes[Last Dine At]"),
        (LAST_DINED_AT, "attribute_Last Dined: At"),
        (LAST_DINED_AT, "attribute_Last\nDined At"),
    ],
)
def test_near_miss_is_listed_and_never_resolved(name, key):
    found = customer("attribute_FavouriteGenre", key)
    assert resolve_attribute_key(name, found) is None
    assert near_misses(name, found) == [key]
    assert not is_key_of(name, key)


def test_near_miss_is_listed_beside_the_exact_one():
    found = customer("attribute_LastDinedAt", "attribute_LastDinedOn")
    assert resolve_attribute_key(LAST_DINED_AT, found) == "attribute_LastDinedAt"
    assert near_misses(LAST_DINED_AT, found) == ["attribute_LastDinedOn"]


@pytest.mark.parametrize(
    "key", ["attribute_", "attribute_Dined", "attribute_LastDinedAtTable", "attribute_" + "x" * 9_999]
)
def test_other_keys_are_no_near_misses(key):
    assert near_misses(LAST_DINED_AT, customer(key)) == []


def test_each_attribute_resolves_for_itself_alone():
    found = customer("attribute_LastDinedAt")
    assert resolve_attribute_key(NUMBER_OF_VISITS, found) is None
    assert near_misses(NUMBER_OF_VISITS, found) == []


def test_nothing_is_found_on_a_record_without_attributes():
    assert resolve_attribute_key(LAST_DINED_AT, customer()) is None


def test_expected_key_capitalises_every_word():
    assert expected_key(LAST_DINED_AT) == "attribute_LastDinedAt"
    assert expected_key(NUMBER_OF_VISITS) == OF


@pytest.mark.parametrize(
    "key",
    [
        "LastDinedAt",
        "Last Dined At",
        "attribut_LastDinedAt",
        "attributeLastDinedAt",
        "attribute_LastDinedAt\n",
        "attribute_LastDinedAt" + " " * 120,
        "attributes[LastDinedAt",
        "",
        "attribute_",
    ],
)
def test_key_without_prefix_or_with_extras_is_not_ours(key):
    assert not is_key_of(LAST_DINED_AT, key)


def test_what_is_too_long_to_be_kept_is_no_near_miss_of_itself():
    found = customer("attribute_LastDinedAt" + " " * 120 + "x")
    assert resolve_attribute_key(LAST_DINED_AT, found) is None
    assert near_misses(LAST_DINED_AT, found) == []


def test_flat_key_is_ours_where_the_list_names_it_too():
    found = customer("attribute_LastDinedAt", "attributes[Last Dined At]")
    assert resolve_attribute_key(LAST_DINED_AT, found) == "attribute_LastDinedAt"


JOINED = ("attribute_LastDinedAt", OF)
SPACED = ("attribute_Last Dined At", "attribute_Number of Restaurant Visits")
LISTED = ("attributes[Last Dined At]", "attributes[Number of Restaurant Visits]")


@pytest.mark.parametrize(
    ("used", "others"),
    [
        (JOINED, [SPACED, LISTED]),
        (("Attribute_LastDinedAt", SMALL_OF), [SPACED, LISTED]),
        (SPACED, [JOINED, LISTED]),
        (LISTED, [SPACED, JOINED]),
        ((JOINED[0], LISTED[1]), [SPACED, JOINED, LISTED]),
    ],
)
def test_other_forms_of_the_same_two_names(used, others):
    assert other_keys(used) == others
    assert all(
        is_key_of(LAST_DINED_AT, last) and is_key_of(NUMBER_OF_VISITS, count) for last, count in others
    )


def test_key_of_the_record_goes_before_the_one_known_from_an_earlier_record():
    assert key_to_write(NUMBER_OF_VISITS, customer(OF), SMALL_OF) == OF
    assert key_to_write(NUMBER_OF_VISITS, customer("attribute_FavouriteGenre"), SMALL_OF) == SMALL_OF


@pytest.mark.parametrize("known", ["", "attribute_NumberOfRestaurantVisit", "lastName"])
def test_key_is_guessed_only_while_no_record_has_shown_it(known):
    """A key that is not ours never gets out again, whatever put it among the known ones."""
    assert key_to_write(NUMBER_OF_VISITS, customer("attribute_NumberOfRestaurantVisit"), known) == OF
