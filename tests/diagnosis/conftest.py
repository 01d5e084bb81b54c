"""The demo venue on the sandbox, with short waits, for faults to be seeded in."""

import dataclasses

import pytest

from portal import demo
from tests.integration.conftest import Stage


@pytest.fixture
def settings(settings, sandbox):
    return dataclasses.replace(
        settings, spektrix_url=sandbox.api_url, write_back_grace_seconds=0.0, spektrix_timeout_seconds=0.5
    )


@pytest.fixture
def stage(app_context, recording_queue, sandbox) -> Stage:
    demo.seed("w_demo", ["localhost:8702"])
    return Stage(sandbox)
