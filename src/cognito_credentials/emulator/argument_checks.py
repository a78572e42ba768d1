"""Checks of the arguments that tests pass to the emulator.

The errors are `TypeError` and `ValueError`, and name the parameter.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, cast

from cognito_credentials._validation import MAX_PORT, format_value

MAX_LIFETIME_SECONDS = 10 * 365 * 24 * 3600
"""The maximum lifetime of credentials and tokens, so that no expiration time overflows."""

REGION = re.compile(r"[a-z]{2,9}(?:-[a-z]{1,20}){1,4}-\d{1,2}", re.ASCII)
_HOST = re.compile(r"[0-9A-Za-z_.-]{1,253}", re.ASCII)
_ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)


def check_type(parameter: str, value: object, accepted: type | UnionType, description: str) -> None:
    """Check the type of an argument, so that the error names the parameter.

    The message does not contain the value, which can be a secret.

    Raises:
        TypeError: If the value has another type.
    """
    if not isinstance(value, accepted):
        kind = type(value).__name__
        raise TypeError(f"{parameter} must be {description}, not {kind}")


def check_text(parameter: str, value: object) -> None:
    """Check that an argument is a string that can be sent and stored.

    Raises:
        TypeError: If the value has another type.
        ValueError: If the string contains surrogates, which UTF-8 cannot encode.
    """
    check_type(parameter, value, str, "a string")
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise ValueError(f"{parameter} must not contain surrogates") from None


def check_name(parameter: str, value: object) -> None:
    """Check that an argument is a string that can be sent and stored, and is not empty.

    Raises:
        TypeError: If the value has another type.
        ValueError: If the string is empty, or contains surrogates.
    """
    check_text(parameter, value)
    if not value:
        raise ValueError(f"{parameter} must not be empty")


def check_number_type(parameter: str, value: object) -> None:
    """Check that an argument is a number, but neither True nor False.

    Raises:
        TypeError: If the value has another type.
    """
    check_type(parameter, value, int | float, "a number")
    if isinstance(value, bool):
        raise TypeError(f"{parameter} must be a number, not bool")


def check_number(
    parameter: str, value: Any, *, minimum: float, maximum: float, description: str = "a number"
) -> None:
    """Check that an argument is a number in an inclusive range.

    Raises:
        TypeError: If the value has another type.
        ValueError: If the number is too small or too large, or not a number (NaN).
    """
    check_number_type(parameter, value)
    if not minimum <= value <= maximum:
        raise ValueError(
            f"{parameter} must be {description} from {minimum:.15g} to {maximum:.15g}, not"
            f" {format_value(value)}"
        )


def check_seconds(parameter: str, value: Any) -> None:
    """Check that an argument is a token lifetime; for an expired token, the lifetime is negative.

    Raises:
        TypeError: If the value is not a number.
        ValueError: If the number of seconds is infinite, NaN or too large.
    """
    check_number(
        parameter,
        value,
        minimum=-MAX_LIFETIME_SECONDS,
        maximum=MAX_LIFETIME_SECONDS,
        description="a number of seconds",
    )


def check_json_object(parameter: str, value: object) -> None:
    """Check that an argument is a dict of JSON values.

    Raises:
        TypeError: If the value is not a mapping.
        ValueError: If the mapping contains a value that JSON cannot represent, or surrogates.
    """
    check_type(parameter, value, Mapping, "a dict of JSON values")
    try:
        document = dict(cast("Mapping[Any, Any]", value))
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise ValueError(f"{parameter} must contain only JSON values") from None


def check_emulator_arguments(
    *,
    host: Any,
    port: Any,
    region: Any,
    account_id: Any,
    enforce_iam: Any,
    credential_lifetime: Any,
    clock: Any,
    state_file: Any,
    config_file: Any,
) -> None:
    """Check the arguments of `Emulator`.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument has an invalid value.
    """
    _check_form("host", host, _HOST, "be an IPv4 address or a host name")
    check_type("port", port, int, "an integer")
    check_number("port", port, minimum=0, maximum=MAX_PORT)
    _check_form("region", region, REGION, "be an AWS region such as us-east-1")
    _check_form("account_id", account_id, _ACCOUNT_ID, "consist of 12 digits")
    check_type("enforce_iam", enforce_iam, bool, "True or False")
    check_number(
        "credential_lifetime", credential_lifetime, minimum=0, maximum=MAX_LIFETIME_SECONDS
    )
    if not credential_lifetime:
        raise ValueError("credential_lifetime must be a positive number of seconds, not 0")
    if clock is not None and not callable(getattr(clock, "now", None)):
        raise TypeError(f"clock must have the method now(), unlike {type(clock).__name__}")
    for parameter, path in {"state_file": state_file, "config_file": config_file}.items():
        if path is not None:
            _check_path(parameter, path)


def _check_form(parameter: str, value: object, pattern: re.Pattern[str], form: str) -> None:
    check_type(parameter, value, str, "a string")
    if not pattern.fullmatch(str(value)):
        raise ValueError(f"{parameter} must {form}, not {format_value(value)}")


def _check_path(parameter: str, value: Any) -> None:
    check_type(parameter, value, str | os.PathLike, "a path")
    path = cast("Any", os.fspath(value))
    check_type(parameter, path, str, "a path of type str")
    try:
        is_usable = b"\0" not in os.fsencode(path) and bool(path)
    except UnicodeEncodeError:
        is_usable = False
    if not is_usable:
        raise ValueError(f"{parameter} must be a path, not {format_value(path)}")
