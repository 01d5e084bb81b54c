"""The app object that the web server loads."""

from portal import create_app

app = create_app()
