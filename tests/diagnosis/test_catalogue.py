"""Every seeded fault is named as what it is, first, and nothing is named where nothing is wrong."""

import pytest

from portal.findings import FINDINGS
from tests.diagnosis import faults_connection, faults_pre_fill, faults_visits, faults_writes, healthy
from tests.diagnosis.catalogue import FAULTS, HEALTHY
from tests.diagnosis.scene import PRE_FILL, VISIT

assert all((faults_connection, faults_pre_fill, faults_visits, faults_writes, healthy))


def rows(faults):
    """The rows of a table. What lies in Spektrix alone says the same on every database."""
    marks = {True: [pytest.mark.both_databases], False: []}
    return [
        pytest.param(each, marks=marks[each.symptom in {PRE_FILL, VISIT}], id=named(each)) for each in faults
    ]


def named(fault):
    return f"{fault.symptom}: {fault.name}"


@pytest.mark.parametrize("fault", rows(FAULTS))
def test_first_thing_named_is_the_seeded_fault(scene, fault):
    booking_id = fault.seed(scene)
    diagnosis = scene.diagnose(fault.symptom, booking_id)
    assert diagnosis.code == fault.code, diagnosis.lines
    assert FINDINGS[diagnosis.code].cause == fault.cause


@pytest.mark.parametrize("fault", rows(HEALTHY))
def test_nothing_is_named_where_nothing_is_wrong(scene, fault):
    booking_id = fault.seed(scene)
    diagnosis = scene.diagnose(fault.symptom, booking_id)
    assert diagnosis.failed is None
