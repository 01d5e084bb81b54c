"""The app object that the web server and the `flask` commands load."""

import gc
import logging
import sys

from click import get_current_context

from portal import create_app
from portal.log import configure, log_failure

# What gunicorn takes for a worker that cannot start; by itself it would print the error's message.
CANNOT_START = 3

configure("command" if get_current_context(silent=True) else "web")
try:
    app = create_app()
except Exception as error:
    log_failure(logging.getLogger("portal"), "starting", error)
    sys.exit(CANNOT_START)

# What is there now stays until the end. A full collection looked at all of it again, and held every thread up
# for a tenth of a second.
gc.collect()
gc.freeze()
