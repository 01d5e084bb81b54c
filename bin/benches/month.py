"""The portal with an address more, `/month`: 60 days for a party of two, as the date chooser asks for them.

It stands for what the chooser's pages spend on the days themselves, before anything is drawn.
"""

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from benches.venue import WIDGET_ID
from portal import clock, create_app
from portal.availability import service
from portal.extensions import db
from portal.venues.models import Venue
from portal.widgets.models import Widget

DAYS = 60
app = create_app()


@app.get("/month")
def month() -> ResponseReturnValue:
    asked = select(Venue).join(Widget, Widget.venue_id == Venue.id).where(Widget.public_id == WIDGET_ID)
    venue = db.session.scalars(asked).one()
    now = clock.utc_now()
    days = service.month(venue, clock.local_date(now, venue.timezone), DAYS, 2, now)
    return jsonify([[day.on.isoformat(), day.state.value, day.note] for day in days])
