"""The form in which a name is compared. What is typed stays as it is: its spaces are the question."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

LONGEST = 200


class CompareForm(FlaskForm):
    """One name, as it stands in Spektrix."""

    name = StringField(
        "Name in Spektrix",
        validators=[InputRequired("Paste the name from Spektrix")],
        filters=[lambda text: text[:LONGEST] if text else text],
    )
