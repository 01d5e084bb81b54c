"""What a manager may set beside the credentials, and typing the client name to disconnect."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, StringField
from wtforms.validators import Email, Length, Optional, ValidationError

from portal.integration.connection import cleaning
from portal.integration.settings.choices import Values
from portal.spektrix import identifiers


def _cleaned(text: str | None) -> str | None:
    return cleaning.customer_id(text) if text else text


def _address(label: str) -> list[Optional | Length | Email]:
    return [
        Optional(),
        Length(max=254, message=f"{label} must be 254 characters or fewer"),
        Email(f"{label} must be an address with an @, like name@example.com"),
    ]


class SettingsForm(FlaskForm):
    """The test customer, matching by details, and two addresses."""

    test_customer_id = StringField("Test customer number", filters=[_cleaned])
    match_by_details = BooleanField("Match phone, email and walk-in guests by their details")
    admin_email = EmailField(
        "Spektrix admin's email",
        _address("Spektrix admin's email"),
        filters=[_cleaned],
    )
    support_email = EmailField(
        "Your own support email",
        _address("Your own support email"),
        filters=[_cleaned],
    )

    @property
    def values(self) -> Values:
        """What to save."""
        return Values(
            test_customer_id=self.test_customer_id.data or "",
            match_by_details=bool(self.match_by_details.data),
            admin_email=self.admin_email.data or "",
            support_email=self.support_email.data or "",
        )

    def validate_test_customer_id(self, field: StringField) -> None:
        if not field.data:
            return
        if "@" in field.data:
            raise ValidationError(
                "Test customer number must be the number on the customer's page in Spektrix, like "
                "I-7Q2D-K9XM, "
                "not an email address"
            )
        try:
            identifiers.customer_id(field.data)
        except ValueError:
            raise ValidationError(
                "Test customer number must be a Spektrix customer number, like I-7Q2D-K9XM"
            ) from None


class DisconnectForm(FlaskForm):
    """The client name, typed exactly, so that nobody disconnects by mistake."""

    client_name = StringField("Client name")

    def __init__(self, *, wanted: str) -> None:
        self.wanted = wanted
        super().__init__()

    def validate_client_name(self, field: StringField) -> None:
        if cleaning.client_name(field.data or "") != self.wanted:
            raise ValidationError(f"Client name must be exactly this: {self.wanted}")
