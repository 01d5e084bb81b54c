"""One code for what is wrong, wherever it is stored; until now there were three sets of words for it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What was called otherwise until now: (new, old).
REASONS = (
    ("visit_waiting", "grace"),
    ("client_unknown", "client_name"),
    ("outage", "spektrix_trouble"),
    ("attribute_missing", "attributes_missing"),
    ("attribute_type", "stored_changed"),
    ("day_only", "kept_day_only"),
    ("visit_discarded", "discarded"),
    ("no_basket_booked", "no_basket"),
    ("link_proposed", "details_differ"),
    ("guest_erased", "erased"),
    ("visit_given_up", "given_up"),
)
LINK_REASONS = (("link_proposed", "details_differ"), ("link_rejected", "rejected"))
ERRORS = (
    ("key_refused", "SignInRefused"),
    ("edge_block", "BlockedAtEdge"),
    ("slow_down", "SlowDown"),
    ("outage", "ServerTrouble"),
    ("rejected", "Rejected"),
    ("redirected", "Redirected"),
    ("not_spektrix", "NotSpektrix"),
    ("timed_out", "TimedOut"),
    ("unreachable", "Unreachable"),
    ("key_not_base64", "SecretNotBase64"),
)


def _renamed(table: str, column: str, pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"UPDATE {table} SET {column} = '{new}' WHERE {column} = '{old}'" for new, old in pairs]  # noqa: S608


# A 403 or 404 says something else of each call.
_CALLS = [
    "UPDATE attempts SET outcome = 'unreachable' WHERE outcome = 'BodyCut'",
    """
    UPDATE attempts SET outcome = CASE call WHEN 'basket_by_id' THEN 'baskets_refused'
        WHEN 'update_attributes' THEN 'writing_refused' ELSE 'customers_refused' END
    WHERE outcome = 'PermissionMissing'
    """,
    """
    UPDATE attempts SET outcome = CASE call WHEN 'basket_by_id' THEN 'basket_gone'
        WHEN 'customer_by_email' THEN 'no_account' WHEN 'probe_client_name' THEN 'client_unknown'
        ELSE 'customer_gone' END
    WHERE outcome = 'NotFound'
    """,
    "UPDATE attempts SET outcome = 'rejected' WHERE outcome = 'UnsafeIdentifier'",
    *_renamed("attempts", "outcome", ERRORS),
]
# `test_detail` told errors of one class apart.
_TESTS = [
    """
    UPDATE integrations SET test_outcome = CASE test_detail WHEN 'basket_by_id' THEN 'baskets_refused'
        WHEN 'update_attributes' THEN 'writing_refused' ELSE 'customers_refused' END, test_detail = ''
    WHERE test_outcome = 'PermissionMissing'
    """,
    """
    UPDATE integrations SET test_outcome = 'client_case', test_detail = ''
    WHERE test_outcome = 'NotFound' AND test_detail = 'case'
    """,
    "UPDATE integrations SET test_outcome = 'client_unknown' WHERE test_outcome = 'NotFound'",
    "UPDATE integrations SET test_outcome = 'client_unknown' WHERE test_outcome = 'UnsafeIdentifier'",
    """
    UPDATE integrations SET test_outcome = 'certificate', test_detail = ''
    WHERE test_outcome = 'Unreachable' AND test_detail = 'certificate'
    """,
    """
    UPDATE integrations SET test_outcome = 'unreachable', test_detail = 'cut' WHERE test_outcome = 'BodyCut'
    """,
    "UPDATE integrations SET test_detail = '' WHERE test_outcome = 'NotSpektrix'",
    *_renamed("integrations", "test_outcome", ERRORS),
]


def _trials(table: str, column: str) -> list[str]:
    """A trial reads and updates one customer, and a refusal of the update was what its word stood for."""
    pairs = (
        ("writing_refused", "PermissionMissing"),
        ("client_unknown", "NotFound"),
        ("unreachable", "BodyCut"),
        ("rejected", "UnsafeIdentifier"),
        *ERRORS,
    )
    return _renamed(table, column, pairs)


# Reading and updating customers were one word; the last call of the entry tells which it was.
_READING = """
    EXISTS (SELECT 1 FROM attempts
        WHERE attempts.entry_id = outbox_entries.id AND attempts.outcome = 'customers_refused'
        AND attempts.id = (
            SELECT MAX(latest.id) FROM attempts AS latest WHERE latest.entry_id = outbox_entries.id))
"""
STATEMENTS = (
    *_CALLS,
    "UPDATE outbox_entries SET reason = 'visit_held' WHERE reason = 'paused' AND state = 'held'",
    f"""
    UPDATE outbox_entries SET reason = 'writing_refused'
    WHERE reason = 'customers_refused' AND NOT {_READING}
    """,  # noqa: S608
    """
    UPDATE outbox_entries SET reason = 'details_not_asked'
    WHERE reason = 'deadline_passed' AND kind = 'verify_link'
        AND booking_id IN (SELECT booking_id FROM link_checks WHERE basis = 'details')
    """,
    *_renamed("outbox_entries", "reason", REASONS),
    *_renamed("customer_links", "reason", LINK_REASONS),
    *_renamed("link_checks", "reason", LINK_REASONS),
    """
    UPDATE customer_links SET reason = 'details_not_asked'
    WHERE reason = 'deadline_passed' AND basis = 'details'
    """,
    """
    UPDATE link_checks SET reason = 'details_not_asked'
    WHERE reason = 'deadline_passed' AND basis = 'details'
    """,
    """
    UPDATE integrations SET blocked_reason = 'writing_refused'
    WHERE blocked_reason = 'customers_refused' AND NOT EXISTS (
        SELECT 1 FROM check_results WHERE check_results.integration_id = integrations.id
        AND check_results.code = 'customers_refused' AND check_results.state = 'bad')
    """,
    *_renamed("integrations", "blocked_reason", REASONS),
    *_TESTS,
    *_trials("integrations", "trial_outcome"),
    *[f"{each} AND action = 'trial_write'" for each in _trials("audit_entries", "detail")],
)

# The way back: two codes that had one word become that word again.
_BACK = (
    *((old, new) for new, old in REASONS if new != "link_proposed"),
    ("paused", "visit_held"),
    ("customers_refused", "writing_refused"),
    ("deadline_passed", "details_not_asked"),
    ("not_spektrix", "redirected"),
    ("key_refused", "key_not_base64"),
    ("client_name", "client_case"),
)
_BACK_TO_ERRORS = (
    *((old, new) for new, old in ERRORS),
    *(("PermissionMissing", right) for right in ("customers_refused", "baskets_refused", "writing_refused")),
    *(("NotFound", missing) for missing in ("client_unknown", "client_case", "basket_gone", "no_account")),
    ("Unreachable", "certificate"),
)
BACK = (
    *_renamed("outbox_entries", "reason", _BACK),
    *_renamed("integrations", "blocked_reason", _BACK),
    *[
        statement
        for table in ("customer_links", "link_checks")
        for statement in _renamed(
            table,
            "reason",
            (*((old, new) for new, old in LINK_REASONS), ("deadline_passed", "details_not_asked")),
        )
    ],
    "UPDATE integrations SET test_detail = 'case' WHERE test_outcome = 'client_case'",
    "UPDATE integrations SET test_detail = 'certificate' WHERE test_outcome = 'certificate'",
    "UPDATE integrations SET test_detail = 'basket_by_id' WHERE test_outcome = 'baskets_refused'",
    "UPDATE integrations SET test_detail = 'update_attributes' WHERE test_outcome = 'writing_refused'",
    """
    UPDATE integrations SET test_detail = 'other' WHERE test_outcome = 'unreachable' AND test_detail = 'cut'
    """,
    "UPDATE attempts SET outcome = 'NotFound' WHERE outcome = 'customer_gone'",
    *_renamed("attempts", "outcome", _BACK_TO_ERRORS),
    *_renamed("integrations", "test_outcome", _BACK_TO_ERRORS),
    *_renamed("integrations", "trial_outcome", _BACK_TO_ERRORS),
    *[f"{each} AND action = 'trial_write'" for each in _renamed("audit_entries", "detail", _BACK_TO_ERRORS)],
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(sa.text(statement))


def downgrade() -> None:
    for statement in BACK:
        op.execute(sa.text(statement))
