"""The app object that the web server and the `flask` commands load."""

from click import get_current_context

from portal import create_app
from portal.log import configure

configure("command" if get_current_context(silent=True) else "web")
app = create_app()
