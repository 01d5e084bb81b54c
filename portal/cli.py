"""Commands for `flask`: each calls one service."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from portal import demo
from portal.database import writing


@click.command("seed-demo")
@click.option("--widget-id", required=True, help="Public id of the demo widget.")
@click.option("--site", "sites", multiple=True, help="Host (with port) the demo widget may run on.")
@with_appcontext
def seed_demo(widget_id: str, sites: tuple[str, ...]) -> None:
    """Add the demo venue, its people, tables, times and widget, unless they are there."""
    with writing():
        added = demo.seed(widget_id, list(sites))
        if added:
            demo.test_connection()
    click.echo("The demo venue is ready." if added else "The demo venue was there already.")
