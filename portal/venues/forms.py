"""What a person may type to sign in."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length


def _without_nul(text: str | None) -> str | None:
    """PostgreSQL cannot be asked about a NUL character."""
    return text.replace("\0", "") if text else text


class SignInForm(FlaskForm):
    """E-mail address and password."""

    email = EmailField(
        "Email",
        [InputRequired("Enter your email address"), Length(max=254, message="Email is too long")],
        filters=[_without_nul],
    )
    password = PasswordField(
        "Password", [InputRequired("Enter your password"), Length(max=200, message="Password is too long")]
    )
