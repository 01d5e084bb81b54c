"""Which way imports point: see "The house" in CONTRIBUTING.md."""

import ast
import re
from pathlib import Path

import pytest

from portal.job_queue import JOBS
from portal.outbox.models import Kind

ROOT = Path(__file__).resolve().parent.parent
# Right may import left, never back.
ORDER = [
    {"findings"},
    {"venues"},
    {"guests", "availability", "events", "outbox"},
    {"bookings"},
    {"integration"},
    {"widgets"},
    {"letters"},
    {"restaurant"},
    {"diagnosis"},
    {"help"},
]
ROOMS = {room for rank in ORDER for room in rank}
RANK = {room: number for number, rank in enumerate(ORDER) for room in rank}
# The same between the wings of a room; "" is what stands in the room itself, which any wing may use.
WINGS = {
    "bookings": ["", "clock_changes", "diary", "by_hand", "edit", "list", "guest_pages", "curtain"],
    "integration": [
        "",
        "connection",
        "standing",
        "attributes",
        "checks",
        "visits",
        {"links", "settings"},
        "programme",
    ],
    "letters": ["", "reminders", "sending"],
    "diagnosis": ["", "symptoms", "support", "pages"],
    "restaurant": ["", {"details", "hours", "special_days", "tables", "online", "messages"}, "guide"],
    "sandbox": ["", "world", "api", "theatre", "control", "ports"],
    "widgets": ["", "loader", "public", "openings", "waiting", "frame", "setup", "page_check"],
}
WING_RANK = {
    (room, wing): number
    for room, ranks in WINGS.items()
    for number, rank in enumerate(ranks)
    for wing in ([rank] if isinstance(rank, str) else rank)
}
MOST_MODULES = 14
# A package's entry point starts what its wings hold.
ENTRY_POINT = "__main__"
CLOCK_READERS = {"portal/clock.py", "portal/job_queue.py"}


def sources(folder: str) -> list[Path]:
    found = sorted(path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)
    assert found, f"nothing is in {folder}"
    return found


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_in(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("portal.")} & ROOMS


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_rooms_to_its_left(room):
    for path in sources(f"portal/{room}"):
        for other in rooms_in(imports(path)) - {room}:
            assert RANK[other] < RANK[room], f"{name_of(path)} imports {other}"


def wing_of(room: str, parts: tuple[str, ...]) -> str:
    return parts[0] if parts and (ROOT / "portal" / room / parts[0]).is_dir() else ""


@pytest.mark.parametrize("room", sorted(WINGS))
def test_a_wing_imports_only_wings_to_its_left(room):
    for path in sources(f"portal/{room}"):
        if path.stem == ENTRY_POINT:
            continue
        wing = wing_of(room, path.relative_to(ROOT / "portal" / room).parts)
        for name in imports(path):
            if name.startswith(f"portal.{room}."):
                other = wing_of(room, tuple(name.split(".")[2:]))
                assert other == wing or WING_RANK[room, other] < WING_RANK[room, wing], (
                    f"{name_of(path)} imports {name}"
                )


@pytest.mark.parametrize("apart", ["spektrix", "sandbox"])
def test_spektrix_and_sandbox_know_no_room(apart):
    for path in sources(f"portal/{apart}"):
        ours = {name for name in imports(path) if name.startswith("portal.")}
        # The sandbox's process logs like every other; the log itself knows nothing of ours.
        ours -= {"portal.log", "portal.log.configure"} if path.stem == "__main__" else set()
        strangers = {name for name in ours if not name.startswith(f"portal.{apart}")}
        assert not strangers, f"{name_of(path)} imports {strangers}"


def test_the_log_knows_nothing_of_ours():
    assert not any(name.split(".")[0] in {"portal", "jobs"} for name in imports(ROOT / "portal" / "log.py"))


def test_only_the_integration_room_imports_spektrix():
    for path in sources("portal") + sources("jobs"):
        if "spektrix" in path.parts or "integration" in path.parts:
            continue
        assert not any(n.startswith("portal.spektrix") for n in imports(path)), name_of(path)


def test_only_the_shell_puts_the_rooms_together():
    for path in (ROOT / "portal").glob("*.py"):
        known = imports(path)
        assert not rooms_in(known), name_of(path)
        # The app factory stands in `portal` itself, where everybody looks for it.
        if path.stem != "__init__":
            assert not any(name.startswith("portal.shell") for name in known), name_of(path)
    for room in sorted(ROOMS):
        for path in sources(f"portal/{room}"):
            assert not any(name.startswith("portal.shell") for name in imports(path)), name_of(path)


def test_no_folder_holds_more_modules_than_one_can_take_in():
    for folder in {path.parent for path in sources("portal")}:
        modules = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
        assert len(modules) <= MOST_MODULES, f"{folder.relative_to(ROOT)}: {sorted(modules)}"


def test_the_portal_names_its_jobs_and_never_imports_them():
    for path in sources("portal"):
        assert not any(name.split(".")[0] == "jobs" for name in imports(path)), name_of(path)


@pytest.mark.parametrize("name", JOBS)
def test_every_job_of_the_list_has_a_file_that_runs_it(name):
    tree = ast.parse((ROOT / "jobs" / f"{name}.py").read_text())
    assert any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body)


def test_every_kind_of_entry_names_a_job_of_the_list():
    assert {str(kind) for kind in Kind} <= set(JOBS)


def test_every_wake_up_names_a_job_of_the_list():
    named = [
        node.value.value
        for path in sources("portal")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "JOB"
    ]
    assert named
    assert set(named) <= set(JOBS)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_rules_know_neither_web_nor_database_nor_the_time(room):
    for path in sources(f"portal/{room}"):
        if path.name.endswith("rules.py"):
            roots = {name.split(".")[0] for name in imports(path)}
            assert not roots & {"flask", "sqlalchemy", "requests"}, name_of(path)
            assert "utc_now" not in path.read_text(), name_of(path)


def test_only_the_clock_asks_the_machine_for_the_time():
    for path in sources("portal") + sources("jobs"):
        if "sandbox" in path.parts or name_of(path) in CLOCK_READERS:
            continue
        asked = re.findall(
            r"datetime\.now\(|datetime\.utcnow\(|date\.today\(|\btime\.time\(", path.read_text()
        )
        assert not asked, f"{name_of(path)}: {asked}"


def test_only_the_settings_read_the_environment():
    for path in sources("portal") + sources("jobs"):
        if "sandbox" in path.parts or name_of(path) in {"portal/config.py", "portal/__init__.py"}:
            continue
        assert "environ" not in path.read_text(), name_of(path)


def test_nobody_asks_whether_the_sandbox_is_there():
    for path in sources("portal") + sources("jobs"):
        if "sandbox" not in path.parts:
            assert not any(n.startswith("portal.sandbox") for n in imports(path)), name_of(path)


@pytest.mark.parametrize("folder", ["portal", "jobs"])
def test_models_never_commit(folder):
    for path in sources(folder):
        if path.name == "models.py":
            assert ".commit(" not in path.read_text(), name_of(path)
