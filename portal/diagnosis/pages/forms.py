"""What somebody types on these pages."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length, ValidationError

from portal import typed_text

_MOST = 1000


class ExpectedForm(FlaskForm):
    """What was expected to happen; it goes into the mail and the bundle and is not kept."""

    expected = TextAreaField(
        "What did you expect to happen?",
        validators=[Length(max=_MOST, message=f"Write at most {_MOST} characters")],
    )

    def validate_expected(self, field: TextAreaField) -> None:
        if typed_text.holds_key(field.data or ""):
            raise ValidationError(
                "What did you expect to happen? holds what looks like an API key. Take it out: "
                "a key goes to nobody by email, no support desk either"
            )
