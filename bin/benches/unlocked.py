"""The portal without what keeps bookings apart, for `bin/bench --only booking`: it must oversell.

Otherwise the same rush on the real portal would prove nothing.
"""

from portal import create_app, database
from portal.availability import locks

vars(locks)["lock_day"] = lambda _venue, _service_on: None
# On SQLite whoever may write would be alone all the same.
vars(database)["_on_begin"] = lambda _connection: None
app = create_app()
