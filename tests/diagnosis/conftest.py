"""The demo venue on the sandbox, with short waits, for faults to be seeded in.

All faults of a module share one portal, whose rows are put back before each: making it anew for every fault
would cost more than the fault.
"""

from copy import copy

import pytest
from sqlalchemy import insert, select

from portal import create_app
from portal.extensions import db
from portal.shell import demo
from tests.diagnosis.scene import WIDGET, Scene
from tests.support.databases import settings_for


@pytest.fixture(scope="module")
def house(databases, running_sandbox):
    """A portal with the demo venue, and all its rows by table as they were at first."""
    running_sandbox.reset()
    with databases.fresh() as url:
        app = create_app(
            settings_for(
                url,
                spektrix_url=running_sandbox.api_url,
                write_back_grace_seconds=0.0,
                spektrix_timeout_seconds=3.0,
                allow_local_domains=True,
            )
        )
        with app.app_context():
            demo.seed(WIDGET, ["localhost:8702"])
            rows = {table: db.session.execute(select(table)).all() for table in db.metadata.sorted_tables}
            db.session.remove()
        yield app, rows
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def scene(house, recording_queue, sandbox):
    """The demo venue as it was at first."""
    app, rows = house
    extensions = copy(app.extensions)
    with app.app_context():
        _put_back(rows)
        app.extensions.pop("availability", None)
        app.extensions.pop("houses", None)
        yield Scene(sandbox)
        db.session.remove()
    app.extensions.update(extensions)


def _put_back(rows):
    for table in reversed(db.metadata.sorted_tables):
        db.session.execute(table.delete())
    for table, old in rows.items():
        if old:
            db.session.execute(insert(table), [row._asdict() for row in old])
    db.session.commit()
