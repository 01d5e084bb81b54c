"""Every function that commits a change of the evidence has the standing brought up to date after it.

Found in the source, so that a function added later is found too. `test_events.py` does what they do.
"""

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# What a standing is judged by: of the integration, and of an outbox entry, a check or an attribute.
OF_THE_INTEGRATION = {
    "active",
    "active_changed_at",
    "api_key",
    "credentials_saved_at",
    "blocked_reason",
    "blocked_until",
    "test_outcome",
    "test_status",
    "test_detail",
    "tested_at",
    "trial_outcome",
    "trial_at",
}
OF_ITS_ROWS = {"state", "reason", "code", "closed_at", "sent_at", "first_failed_at"}
ROWS_ARE_WRITTEN_IN = (
    "portal.outbox",
    "portal.integration.attributes",
    "portal.integration.checks",
    "portal.integration.visits",
)
TABLES = {"Integration", "OutboxEntry", "AttributeCheck", "CheckResult"}
CALLS = {"portal.integration.standing.service.update", "portal.outbox.service.visits_changed"}
# What commits a change of the evidence, and whose call comes after it.
CALLED_BY = {
    "portal.integration.checks.run._save": "portal.integration.checks.run._run",
    # A delivery saves its result in the outbox, which knows nothing of standings.
    "portal.outbox.delivering._save_result": "portal.integration.standing.service._note_delivery",
    "portal.integration.connection.delivery.make": "portal.integration.standing.service._note_delivery",
    # While a trial runs, nothing is known; its end is judged.
    "portal.integration.attributes.trial._claim": "portal.integration.attributes.trial._save",
}
# These change rows of the outbox, but none in a way that a standing is judged by.
NOT_JUDGED = {
    # Held visits, and those discarded, are no fault.
    "portal.integration.visits.decisions.discard",
    "portal.integration.visits.decisions.send_held",
    "portal.integration.visits.decisions.take_back",
    # What is owed anew waits to be sent, which is none either.
    "portal.integration.visits.decisions.send_what_holds",
    # A claim has a customer read again, which is no visit.
    "portal.outbox.delivering._claim",
}


@dataclass
class Function:
    """A function of the portal: what it calls, whether it writes evidence, and where it commits."""

    name: str
    writes: bool
    calls: dict[str, int] = field(default_factory=dict)
    committed_at: int = 0


@cache
def sources():
    files = [
        path for path in (ROOT / "portal").rglob("*.py") if not {"migrations", "sandbox"} & {*path.parts}
    ]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text() for path in files}


@cache
def functions_of(module, source):
    tree = ast.parse(source)
    names, functions = names_of(module, tree), {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        found = Function(f"{module}.{node.name}", any(is_write(module, each) for each in ast.walk(node)))
        for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
            called = ast.unparse(call.func)
            if called == "db.session.commit":
                found.committed_at = max(found.committed_at, call.lineno)
            first, _, rest = called.partition(".")
            whole = f"{names[first]}.{rest}".rstrip(".") if first in names else f"{module}.{rest or first}"
            found.calls[whole] = max(found.calls.get(whole, 0), call.lineno)
        functions[found.name] = found
    return functions


def all_functions(texts):
    found = {}
    for module, text in texts.items():
        found |= functions_of(module, text)
    return found


def names_of(module, tree):
    """What each name of a module stands for, where that is something of the portal."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("portal"):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def is_write(module, node):
    if isinstance(node, ast.Assign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        written = {
            each.attr for target in targets for each in ast.walk(target) if isinstance(each, ast.Attribute)
        }
        rows = OF_ITS_ROWS if module.startswith(ROWS_ARE_WRITTEN_IN) else set()
        return bool(written & (OF_THE_INTEGRATION | rows))
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    if called.endswith(".values"):
        table = called.partition("update(")[2].partition(")")[0]
        given = {keyword.arg for keyword in node.keywords} | ({None} if node.args else set())
        return table in TABLES and bool(given & (OF_THE_INTEGRATION | OF_ITS_ROWS | {None}))
    return called in {"db.session.delete", "integration.checks.clear"} and "integration" in ast.unparse(node)


def stories(functions):
    """The functions that commit what they, or the parts they call, have written of the evidence."""
    writers, more = set(), {name for name, found in functions.items() if found.writes}
    while not more <= writers:
        writers |= more
        parts = {name for name in writers if not functions[name].committed_at}
        more = {name for name, found in functions.items() if parts & found.calls.keys()}
    return {name for name in writers if functions[name].committed_at} - NOT_JUDGED


def left_out(functions):
    """The stories after whose commit the standing is not brought up to date."""
    return [story for story in stories(functions) if not is_followed(story, functions)]


def is_followed(story, functions):
    caller = functions[CALLED_BY.get(story, story)]
    since = functions[story].committed_at if caller is functions[story] else 0
    return any(caller.calls.get(each, 0) > since for each in CALLS)


FOUND = {
    "portal.bookings.guest_pages.erasing.erase",
    "portal.bookings.statuses.move",
    "portal.integration.attributes.looks.look_up",
    "portal.integration.attributes.trial._release",
    "portal.integration.attributes.trial._save",
    "portal.integration.checks.look_ups.customer",
    "portal.integration.checks.switch.set_active",
    "portal.integration.settings.choices.save",
    "portal.integration.settings.disconnecting.disconnect",
    "portal.integration.settings.late_trials._send_visit_again",
    "portal.integration.settings.service.save_credentials",
    "portal.integration.visits.decisions.send",
    "portal.integration.visits.decisions.send_all",
}


def test_nothing_is_left_out():
    assert left_out(all_functions(sources())) == []


def test_the_functions_that_change_the_evidence_are_found():
    """If the search went blind, nothing would be left out either."""
    assert stories(all_functions(sources())) == FOUND | CALLED_BY.keys()


@pytest.mark.parametrize("story", sorted(FOUND | set(CALLED_BY.values())))
def test_a_call_that_is_left_out_is_missed(story):
    module, _, name = story.rpartition(".")
    tree = ast.parse(sources()[module])
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
                if ast.unparse(call.func) in {"standing.update", "update", "outbox.visits_changed"}:
                    call.func = ast.Name("str", ast.Load())
    assert left_out(all_functions(sources() | {module: ast.unparse(tree)}))


def test_one_place_alone_judges():
    """Pages, letters and Find the fault read what it has saved."""
    judging = ("facts_of(", "connection_fault(", "rules.overall(", "results.by_now(")
    elsewhere = {
        module
        for module, text in sources().items()
        if any(each in text for each in judging) and not module.startswith("portal.integration.standing.")
    }
    assert elsewhere == set()
