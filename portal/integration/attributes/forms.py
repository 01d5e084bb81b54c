"""The form for comparing a name. It keeps what was typed unchanged, because spaces matter."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

LONGEST = 200


class CompareForm(FlaskForm):
    """One name as it is written in Spektrix."""

    name = StringField(
        "Name in Spektrix",
        validators=[InputRequired("Paste the name from Spektrix")],
        filters=[lambda text: text[:LONGEST] if text else text],
    )
