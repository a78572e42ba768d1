"""Validation of names before a resource is created, because moto accepts some invalid names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, cast

from cognito_credentials._validation import format_value
from cognito_credentials.emulator.argument_checks import check_text, check_type

# Source: S3 user guide, "General purpose bucket naming rules". A name must not be an IPv4 address.
BUCKET_NAME = r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
BUCKET_NAME_FORM = (
    "be a valid S3 bucket name (3 to 63 lowercase letters, digits, hyphens and periods)"
)
STANDARD_ATTRIBUTES = (
    *("address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name"),
    *("locale", "middle_name", "name", "nickname", "phone_number", "phone_number_verified"),
    *("picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo"),
)
_CUSTOM_ATTRIBUTE = re.compile(r"custom:\S{1,20}")


def check_bucket_name(parameter: str, name: object) -> None:
    """Check the name of a new bucket.

    Raises:
        TypeError: If the name is not a string.
        ValueError: If S3 rejects the name.
    """
    check_text(parameter, name)
    if not re.fullmatch(BUCKET_NAME, str(name), re.ASCII):
        raise ValueError(f"{parameter} must {BUCKET_NAME_FORM}, not {format_value(name)}")


def check_attributes(parameter: str, attributes: object) -> None:
    """Check the attributes of a new user.

    Raises:
        TypeError: If the attributes are not a mapping of strings.
        ValueError: If the user pool does not have an attribute.
    """
    check_type(parameter, attributes, Mapping, "a dict of values by attribute name")
    for name, value in cast("Mapping[Any, Any]", attributes).items():
        check_text(parameter, name)
        check_text(f"{parameter}[{name!r}]", value)
        if problem := find_attribute_problem(name):
            raise ValueError(f"{parameter} must contain attributes of users: {name!r} {problem}")


def find_attribute_problem(name: str) -> str | None:
    """Return why a user cannot have an attribute with this name, or None.

    Moto accepts any name, but omits unknown attributes from ID tokens.
    """
    if name in STANDARD_ATTRIBUTES or _CUSTOM_ATTRIBUTE.fullmatch(name):
        return None
    near = difflib.get_close_matches(name[:100], STANDARD_ATTRIBUTES, n=1)
    advice = (
        f"did you mean {near[0]!r}?"
        if near
        else "other names must consist of 'custom:' and 1 to 20 characters"
    )
    return f"is not a standard attribute; {advice}"
