"""What somebody types on these pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length

_MOST = 1000


class ExpectedForm(FlaskForm):
    """What was expected to happen (R23); it goes into the mail and the bundle and is not kept."""

    expected = TextAreaField(
        "What did you expect to happen?",
        validators=[Length(max=_MOST, message=f"Write at most {_MOST} characters")],
    )
