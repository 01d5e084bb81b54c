"""A page of every component, on the real templates, for the browser tests beside this file."""

from pathlib import Path
from types import SimpleNamespace

from flask import Flask, render_template, request
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import FileSystemLoader
from markupsafe import escape
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired

from portal.shell import static_files
from tests.look.paths import STATIC, TEMPLATES

VENUE = SimpleNamespace(name="The Green Room", theatre_name="Harbour Playhouse", phone="01632 960 123")
STAFF = SimpleNamespace(name="Priya Shah", role="manager")


class ConnectForm(FlaskForm):
    client_name = StringField("Client name", [DataRequired("Enter the client name")])
    api_key = PasswordField("API key", [DataRequired("Enter the API key")])
    theme = RadioField("Light or dark", choices=["light", "dark"], default="light")
    agreed = BooleanField("We need a step-free table")


class PickForm(FlaskForm):
    guests = SelectField("Guests", choices=["2 guests", "3 guests"])
    note = StringField("Anything we should know?")


def gallery_app():
    app = Flask(__name__, static_folder=str(STATIC))
    app.jinja_loader = FileSystemLoader([Path(__file__).parent / "gallery", TEMPLATES])
    app.config["SECRET_KEY"] = "only-for-the-gallery"
    CSRFProtect(app)
    static_files.init_app(app)
    app.context_processor(_everywhere)
    # The shell's notice about times is compiled with every page; here nothing is ever shown wrong.
    app.template_filter("day_name")(str)
    app.template_global("bookings_shown_wrong")(lambda _venue: [])
    app.after_request(_strict_policy)
    app.add_url_rule("/<any(spektrix, confirm, pick):name>", view_func=_page)
    app.add_url_rule("/connect", view_func=_connect, methods=["GET", "POST"])
    app.add_url_rule("/answer/<int:status>", view_func=_answer, methods=["GET", "POST"])
    app.add_url_rule("/echo", view_func=_echo, methods=["GET", "POST"])
    app.add_url_rule("/errors/<name>", view_func=_error)
    app.add_url_rule("/theatre", view_func=_theatre)
    return app


def _everywhere():
    return {
        "product_name": "Make a Rezzy",
        "support_email": "help@rezzy.example",
        "current_venue": VENUE,
        "current_staff": STAFF,
        "theme": request.args.get("theme"),
    }


def _strict_policy(response):
    if request.endpoint != "_theatre":
        response.headers["Content-Security-Policy"] = "default-src 'self'"
    return response


def _page(name):
    return render_template(f"{name}.html", venue=VENUE, form=PickForm())


def _connect():
    form = ConnectForm()
    if request.method == "POST" and not form.validate():
        return render_template("_connect_form.html", form=form), 422
    status, polling = request.args.get("status", 200), "polling" in request.args
    return render_template("connect.html", form=form, status=status, polling=polling)


def _answer(status):
    return "", status


def _echo():
    return dict(request.form)


def _error(name):
    return render_template(f"errors/{name}.html", venue=VENUE, reference="7F3K-22QD")


def _theatre():
    """Stand in for a page on another site that frames the address it is given."""
    return f'<iframe src="{escape(request.args["frame"])}" width="400" height="900"></iframe>'
