"""The demo venue on the sandbox, with short waits, for faults to be seeded in."""

import dataclasses

import pytest

from portal import demo
from tests.diagnosis.scene import WIDGET, Scene


@pytest.fixture
def settings(settings, sandbox):
    return dataclasses.replace(
        settings,
        spektrix_url=sandbox.api_url,
        write_back_grace_seconds=0.0,
        spektrix_timeout_seconds=0.4,
        allow_local_domains=True,
    )


@pytest.fixture
def scene(app_context, recording_queue, sandbox) -> Scene:
    demo.seed(WIDGET, ["localhost:8702"])
    return Scene(sandbox)
