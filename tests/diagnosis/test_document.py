"""docs/diagnosis.md says what the catalogue says."""

from portal.findings import Code
from portal.findings.programme import PROGRAMME_FINDINGS
from tests.diagnosis.catalogue import FAULTS, HEALTHY, SYMPTOMS
from tests.diagnosis.table import DOCUMENT, SEEDS, with_table


def test_the_committed_table_is_what_the_command_writes():
    text = DOCUMENT.read_text()
    assert with_table(text) == text


def test_the_catalogue_is_as_large_as_promised():
    assert SEEDS
    assert len(FAULTS) >= 40
    assert len(HEALTHY) >= 10
    for faults in (FAULTS, HEALTHY):
        names = [(fault.symptom, fault.name) for fault in faults]
        assert len(set(names)) == len(names)


def test_every_symptom_has_faults_and_healthy_set_ups():
    for symptom in SYMPTOMS:
        assert [fault for fault in FAULTS if fault.symptom == symptom]
        assert [fault for fault in HEALTHY if fault.symptom == symptom]


def test_every_finding_is_seeded_or_known_to_be_out_of_reach():
    """A code that nobody can bring about is a word too many; these stand on other pages alone."""
    seeded = {fault.code for fault in FAULTS}
    of_the_spektrix_page = {Code.NOT_STORED}
    kept = {Code.DAY_ONLY, Code.KEPT_NOTHING, Code.KEPT_ONE}
    of_the_visits = kept | {Code.VISIT_NOT_SHOWN_YET, Code.VISIT_OVERTAKEN}
    # Find the fault looks for a visit that is missing; these are of one that is there and should not be.
    sent_in_place = {Code.BOOKINGS_CHANGED, Code.LINKED_ELSEWHERE, Code.EMPTIED, Code.NOT_EMPTIED}
    of_a_visit_set_back = sent_in_place | {Code.STILL_SHOWN}
    of_the_programme = set(PROGRAMME_FINDINGS)
    elsewhere = of_the_spektrix_page | of_the_visits | of_a_visit_set_back | of_the_programme
    assert set(Code) - seeded == elsewhere
