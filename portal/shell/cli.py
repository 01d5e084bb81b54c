"""Commands for `flask`: each calls one service."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from portal.availability.locks import BusyNow
from portal.bookings.clock_changes import told_time_rules, told_times
from portal.extensions import db
from portal.guests import search
from portal.letters.sending import returned
from portal.shell import demo, encryption, onboarding
from portal.shell.file_settings import BadVenueFile
from portal.venues import service as venues
from portal.venues.models import Venue

LEAST_PASSWORD = 12
GUESTS_AT_ONCE = 2_000


@click.command("add-venue")
@click.argument("description", type=click.Path(path_type=Path))
@with_appcontext
def add_venue(description: Path) -> None:
    """Add the venue that the TOML file DESCRIPTION describes; portal/shell/demo.toml is an example.

    Prints everybody's first password, once.
    """
    try:
        passwords = onboarding.add(onboarding.read(description))
    except BadVenueFile as problem:
        raise click.ClickException(str(problem)) from problem
    for email, password in passwords.items():
        click.echo(f"{email}  {password}")
    click.echo("These passwords are shown once. Pass each on, or change it with: flask set-password EMAIL")


@click.command("set-password")
@click.argument("email")
@click.password_option()
@with_appcontext
def set_password(email: str, password: str) -> None:
    """Give the person with the address EMAIL a new password and sign them out everywhere."""
    if len(password) < LEAST_PASSWORD:
        raise click.ClickException(f"The password needs at least {LEAST_PASSWORD} characters.")
    if not venues.set_password(email, password):
        raise click.ClickException(f"Nobody signs in with {email}. Check the address.")
    click.echo("The password is changed, and every session of this person has ended.")


@click.command("add-search-words")
@with_appcontext
def add_search_words() -> None:
    """Make the guests of an earlier release searchable at once, and say how far it is.

    The relay does the same in the background. Stopped at any time, it goes on where it was.
    """
    done = 0
    while added := search.add_missing(GUESTS_AT_ONCE):
        done += added
        click.echo(f"{done:,} guests done")
    click.echo("Every guest is found by the search.")


@click.command("encrypt-again")
@with_appcontext
def encrypt_again() -> None:
    """Encrypt every stored secret with the first of ENCRYPTION_KEYS, so that the others can be removed."""
    encrypted = encryption.encrypt_again()
    click.echo(f"{encrypted.done} encrypted with the first key.")
    if encrypted.unreadable:
        raise click.ClickException(
            f"{encrypted.unreadable} cannot be read with any of the keys. They were left as they are."
        )
    click.echo("Once every process was restarted with the first key, you can remove the others.")


@click.command("seed-demo")
@click.option("--widget-id", required=True, help="Public id of the demo widget.")
@click.option("--site", "sites", multiple=True, help="Host (with port) the demo widget may run on.")
@click.option("--evenings", is_flag=True, help="Add forty tables and three weeks of bookings.")
@click.option("--empty", is_flag=True, help="Add the venue and its people alone.")
@with_appcontext
def seed_demo(widget_id: str, sites: tuple[str, ...], evenings: bool, empty: bool) -> None:
    """Add the demo venue, its people, tables, times and widget, unless they are there."""
    if empty:
        added = demo.seed_empty()
    else:
        added = demo.seed(widget_id, list(sites), evenings=evenings)
        if added:
            demo.test_connection()
    click.echo("The demo venue is ready." if added else "The demo venue was there already.")


@click.command("keep-told-times")
@click.option("--apply", "is_applied", is_flag=True, help="Move them. Without it they are only listed.")
@with_appcontext
def keep_told_times(is_applied: bool) -> None:
    """List the bookings that show another time than their guests were told, after clock rules have changed.

    With --apply they are moved to the time told. Past bookings never move, and nothing is cancelled.
    """
    for venue in db.session.scalars(select(Venue).order_by(Venue.id)).all():
        try:
            outcome = told_times.keep(venue) if is_applied else told_times.preview(venue)
        except BusyNow:
            raise click.ClickException(
                f"{venue.name} (venue {venue.id}) was too busy, so nothing was changed there. Run it again."
            ) from None
        _tell(outcome, "moved" if is_applied else "to move")
    if not is_applied:
        click.echo("Nothing was changed. Add --apply to move what is listed.")


@click.command("take-returned-mail")
@with_appcontext
def take_returned_mail() -> None:
    """Read a mail that came back from standard input, and let its booking say so.

    For a mail server that hands on what arrives at MAIL_FROM. Any other mail is left alone.
    """
    letter_id = returned.take(sys.stdin.buffer.read(returned.MOST_BYTES))
    click.echo(f"Letter {letter_id} could not be delivered." if letter_id else "No letter of ours came back.")


def _tell(outcome: told_time_rules.Outcome, done: str) -> None:
    click.echo(
        f"{outcome.venue_name} (venue {outcome.venue_id}, {outcome.zone}): "
        f"{len(outcome.moved)} bookings {done}, {len(outcome.crowded)} to be solved by hand, "
        f"{len(outcome.skipped)} guests to be told, {outcome.waiting} who wait for a table"
    )
    for move in outcome.moves:
        click.echo(f"  {told_time_rules.line(move)}")
