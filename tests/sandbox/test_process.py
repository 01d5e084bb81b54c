"""The sandbox as the demo starts it."""

import re
import signal
import subprocess
import sys

import requests


def test_process_says_when_it_is_ready_and_ends_on_sigterm():
    command = [
        sys.executable,
        "-m",
        "portal.sandbox",
        "--api-port",
        "0",
        "--theatre-port",
        "0",
        "--widget-id",
        "w1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        api, theatre = re.findall(r"http://localhost:\d+", line)
        assert requests.get(f"{api}/harbourplayhouse/api/v3/events", timeout=5).status_code == 200
        assert 'data-rezzy-widget="w1"' in requests.get(theatre + "/", timeout=5).text
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")
