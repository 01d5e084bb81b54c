"""The commands say in one clear line what keeps them from starting."""

import ast
import fcntl
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import interpreter
import pytest
import setup_venv
from demo_stage import Keys, data_folder
from embedded import free_port, port_is_free

ROOT = Path(__file__).resolve().parents[2]


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False, **options)


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def demo_ending_early():
    """Runs bin/demo on a port base of its own and tidies away what that leaves in var/."""
    bases = []

    def start(base):
        bases.append(base)
        return run([ROOT / "bin" / "demo", "--port-base", str(base)])

    yield start
    for base in bases:
        data_folder(base).with_suffix(".lock").unlink()


def test_port_in_use_is_one_line(demo_ending_early, taken_port):
    demo = demo_ending_early(taken_port)

    assert demo.returncode == 2
    assert demo.stderr == (
        f"Port {taken_port}, meant for the portal, is in use by another program. "
        "Stop that program, or choose other ports: bin/demo --port-base 9700\n"
    )


@pytest.mark.parametrize("command", ["demo", "test"])
def test_commands_explain_themselves(command):
    told = run([sys.executable, ROOT / "bin" / command, "--help"], cwd="/")

    assert (told.returncode, told.stderr) == (0, "")


def test_old_python_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(interpreter, "find_newer", lambda: None)

    with pytest.raises(SystemExit) as end:
        interpreter.require()

    assert end.value.code == 2
    said = "Python 3.9 is too old. Install Python 3.11 or newer, then run this again.\n"
    assert capsys.readouterr().err == said


def test_old_python_hands_over_to_a_newer_one(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(sys, "argv", ["bin/demo", "--fresh"])
    monkeypatch.setattr(interpreter, "find_newer", lambda: "/opt/python3.12")
    started = []
    monkeypatch.setattr(os, "execv", lambda path, argv: started.append((path, argv)))

    interpreter.require()

    assert started == [("/opt/python3.12", ["/opt/python3.12", "bin/demo", "--fresh"])]


def test_newer_python_that_does_not_start_is_passed_over(monkeypatch, tmp_path):
    for name, status in (("python3.13", 127), ("python3.11", 0)):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nexit {status}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert interpreter.find_newer() == str(tmp_path / "python3.11")


@pytest.mark.parametrize("name", ["demo", "test", "interpreter.py"])
def test_old_python_can_read_the_files_that_refuse_it(name):
    assert ast.parse((ROOT / "bin" / name).read_text(), feature_version=(3, 7)).body


@pytest.fixture
def new_environment(monkeypatch, tmp_path):
    """Where the environment is made, by a Python without ensurepip, as Debian's is without python3-venv."""
    (tmp_path / "ensurepip.py").write_text("raise ImportError('no ensurepip here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    place = tmp_path / "venv"
    for name, path in (("VENV", place), ("PYTHON", place / "bin" / "python")):
        monkeypatch.setattr(setup_venv, name, path)
    monkeypatch.setattr(setup_venv, "_UNFINISHED", place / "unfinished")
    return place


def test_environment_is_made_without_ensurepip_and_without_root(monkeypatch, new_environment):
    monkeypatch.setattr(setup_venv, "install_debian", None)
    setup_venv._ensure_venv()
    python = new_environment / "bin" / "python"
    said = subprocess.run(
        [python, "-m", "pip", "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("pip ")
    assert str(new_environment) in said


def test_a_pip_that_is_not_the_pinned_one_is_not_used(monkeypatch, new_environment):
    monkeypatch.setattr(setup_venv, "_PIP_SHA256", "0" * 64)
    with pytest.raises(setup_venv.SetupFailed, match="is not the file it should be"):
        setup_venv._ensure_venv()
    assert not (new_environment / "bin" / "pip").exists()


def test_keys_are_made_once_and_are_private(tmp_path):
    path = tmp_path / "demo.json"
    first = Keys.kept_in(path)

    assert Keys.kept_in(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_free_ports_are_free():
    assert port_is_free(free_port())


def test_second_demo_on_the_same_data_is_one_line(demo_ending_early):
    base = free_port()
    with data_folder(base).with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        demo = demo_ending_early(base)

    assert (demo.returncode, demo.stderr.count("\n")) == (2, 1)
    assert demo.stderr == "This demo is running already. Stop it with Ctrl-C in its window.\n"
