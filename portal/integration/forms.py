"""What a manager may type to connect Spektrix."""

from __future__ import annotations

import re
from typing import Any

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from portal.integration import cleaning
from portal.integration.service import Typed

# What the client sends as part of an address; anything else would be refused there.
_CLIENT_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")
_LONGEST_KEY = 500


class CredentialsForm(FlaskForm):
    """Client name, API user name and API key. A blank key keeps the stored one, if there is one."""

    client_name = StringField("Client name", [InputRequired("Enter the client name")])
    api_user = StringField(
        "API user name",
        [
            InputRequired("Enter the API user name"),
            Length(max=120, message="API user name must be 120 characters or fewer"),
        ],
    )
    api_key = PasswordField("API key")

    def __init__(self, *args: Any, key_is_stored: bool, **kwargs: Any) -> None:
        self.key_is_stored = key_is_stored
        super().__init__(*args, **kwargs)

    @property
    def typed(self) -> Typed:
        """The three values, cleaned."""
        return Typed(
            cleaning.client_name(self.client_name.data or ""),
            cleaning.api_user(self.api_user.data or ""),
            cleaning.api_key(self.api_key.data or ""),
        )

    @property
    def removed(self) -> list[str]:
        """Sentences on what was changed in, or is odd about, the values as typed."""
        typed = self.typed
        fields = (self.client_name, self.api_user, self.api_key)
        sentences = [
            f"{field.label.text}: hidden characters were removed."
            for field in fields
            if cleaning.has_hidden(field.data or "")
        ]
        if cleaning.is_spektrix_address(self.client_name.data or ""):
            sentences.append(f"Client name: {typed.client_name} was taken from the address.")
        if typed.api_key != cleaning.visible(self.api_key.data or "").strip():
            sentences.append("API key: spaces or quotation marks were removed.")
        if " " in typed.api_user:
            sentences.append("API user name has a space inside it. Check that it is the same in Spektrix.")
        return sentences

    def validate_client_name(self, field: StringField) -> None:
        name = self.typed.client_name
        if not name:
            raise ValidationError(_no_name(field.data or ""))
        if " " in name:
            raise ValidationError("Client name must not contain spaces. Copy it from your Spektrix address")
        if "/" in name or "\\" in name:
            raise ValidationError(
                "Client name must not contain slashes. Copy it from your Spektrix address, "
                "where it follows system.spektrix.com/"
            )
        if not _CLIENT_NAME.fullmatch(name):
            raise ValidationError(
                "Client name must be letters and digits, 64 at most. Copy it from your Spektrix address"
            )

    def validate_api_user(self, _field: StringField) -> None:
        if not self.typed.api_user:
            raise ValidationError("Enter the API user name")

    def validate_api_key(self, field: PasswordField) -> None:
        key = self.typed.api_key
        if not key:
            if self.key_is_stored and not field.data:
                return
            raise ValidationError("Enter the API key")
        if len(key) > _LONGEST_KEY or not cleaning.is_base64(key):
            raise ValidationError(
                "API key must be letters, digits, + and /, often with = at the end. Copy it again, whole"
            )


def _no_name(given: str) -> str:
    if cleaning.is_spektrix_address(given):
        return "Client name is missing from this address. It follows system.spektrix.com/"
    return "Enter the client name"
