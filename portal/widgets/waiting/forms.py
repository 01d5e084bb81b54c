"""What a guest types to be emailed about a free table."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from wtforms import EmailField, Field, Form, HiddenField, StringField
from wtforms.validators import ValidationError

from portal import typed_text
from portal.widgets.public.forms import plain


class WaitingForm(Form):
    """An email address, and what is waited for. A FlaskForm would need a cookie."""

    email = EmailField("Email")
    date = HiddenField("Date")
    party = HiddenField("Guests")
    show = HiddenField("Show")
    form_token = HiddenField("Form token")
    website = StringField("Website")

    cleaned_email = ""
    """The normalized address; only after a successful validate()."""

    def validate_email(self, field: Field) -> None:
        try:
            checked = validate_email(plain(field, typed_text.without_marks), check_deliverability=False)
        except EmailNotValidError:
            raise ValidationError("Enter an email address with an @, like name@example.com") from None
        if checked.ascii_email is None:
            raise ValidationError(
                "Enter an email address that has no accents before the @, like name@example.com"
            )
        self.cleaned_email = checked.normalized

    def validate_website(self, field: Field) -> None:
        """People cannot see this field, so only programs fill it in."""
        if field.data:
            raise ValidationError("Website must stay empty")
