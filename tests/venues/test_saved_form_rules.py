"""What is kept of a sent form, and the words in which it is shown again."""

import importlib
import pkgutil

import pytest
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField

import portal
from portal.bookings.diary.forms import DatesForm, DayForm, SearchForm, WhyNotForm
from portal.bookings.list.forms import ListForm
from portal.integration.visits.forms import LogForm
from portal.venues.forms import SignInForm
from portal.venues.saved_form_rules import lines, parted, words_of
from portal.widgets.public.forms import DetailsForm, PickForm
from portal.widgets.setup.values import LABELS

# Filters of lists, the sign-in form itself and the diners' forms.
NEVER_KEPT = {
    DatesForm,
    DayForm,
    SearchForm,
    WhyNotForm,
    ListForm,
    LogForm,
    SignInForm,
    DetailsForm,
    PickForm,
}
# One word for several forms' names.
SHORTER = {"name": "Name", "note": "Note", "opens": "Opens", "table_ids": "Tables"}


def forms():
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        if module.name.endswith(("forms", "_form")):
            importlib.import_module(module.name)
    found = [form for form in families(FlaskForm) if form.__module__.startswith("portal.")]
    assert len(found) >= 10
    return set(found) - NEVER_KEPT


def families(form):
    return [one for child in form.__subclasses__() for one in (child, *families(child))]


def fields():
    for form in forms():
        for name in dir(form):
            field = getattr(form, name)
            if hasattr(field, "field_class"):
                yield name, field.field_class, label_of(name, field)


def label_of(name, field):
    label = field.args[0] if field.args else field.kwargs.get("label", "")
    return SHORTER.get(name) or LABELS.get(name) if label == name or name in SHORTER else label


def test_every_field_of_every_form_is_said_as_its_label():
    shown = {name: label for name, kind, label in fields() if not issubclass(kind, HiddenField)}
    assert len(shown) > 20
    assert {name: words_of(name) for name in shown} == shown


def test_no_password_and_no_key_is_ever_kept():
    secret = {name for name, kind, _ in fields() if issubclass(kind, PasswordField)} | {"password"}
    assert secret >= {"api_key", "password"}
    parts = parted([(name, "curtain-up") for name in secret] + [("name", "Amara")])
    assert parts.fields == (("name", "Amara"),)
    assert set(parts.secrets) == secret


def test_a_key_that_was_left_empty_stays_empty():
    assert parted([("api_key", ""), ("api_user", "x")]).fields == (("api_key", ""), ("api_user", "x"))


def test_the_token_of_the_page_is_dropped_and_everything_else_is_kept_in_order():
    sent = [("csrf_token", "t"), ("entry", "3"), ("entry", "1"), ("why", "Twice"), ("key", "k")]
    assert parted(sent).fields == tuple(sent[1:])


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ([], False),
        ([("csrf_token", "t"), ("active", "on")], False),
        ([("entry", "3"), ("which", "ticked"), ("why", "  ")], False),
        ([("next", "/diary"), ("key", "k")], False),
        ([("entry", "3"), ("why", "Entered twice")], True),
        ([("api_key", "secret")], True),
        ([("something_new", "x")], True),
    ],
)
def test_only_what_somebody_typed_or_chose_is_worth_keeping(sent, typed):
    assert parted(sent).has_typed is typed


def test_lines_say_labels_and_leave_out_what_is_of_no_meaning():
    sent = [
        ("key", "k"),
        ("name", "Amara"),
        ("note", " "),
        ("step_free", "y"),
        ("entry", "3"),
        ("entry", "9"),
    ]
    assert lines(sent) == [("Name", "Amara"), ("Needs step-free access", "Yes"), ("Visits ticked", "2")]


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("source", "walk_in", "Walk in"),
        ("date", "2026-06-12", "Friday 12 June 2026"),
        ("date", "12/6/26", "12/6/26"),
        ("name", "y", "y"),
        ("anyway", "1", "Yes"),
    ],
)
def test_choices_boxes_and_days_are_said_in_words(name, text, shown):
    assert [said for _, said in lines([(name, text)])] == [shown]
