"""Validation of arguments, formatting of invalid values in errors, and expansion of `~`."""

from __future__ import annotations

import functools
import os

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

__all__ = [
    "MAX_PORT",
    "check_argument_names",
    "check_integer",
    "check_no_control_character",
    "check_number",
    "check_seconds",
    "expand_home",
    "expand_path",
    "format_value",
]

MAX_PORT = 65535
MAX_SHOWN_CHARACTERS = 100
MAX_MILLISECONDS = 10**12  # A larger number is not plausible even in milliseconds.


def check_argument_names(function: F) -> F:
    """Decorate a public function so that unknown keyword arguments raise an error with a hint.

    Many users know the parameters from the JavaScript SDK, where their names are in camel case.
    """
    code = function.__code__
    names = frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) - {"self"}

    @functools.wraps(function)
    def wrapper(*arguments: Any, **keywords: Any) -> Any:
        if not names.issuperset(keywords):
            from cognito_credentials._spelling import unknown_argument

            name = function.__qualname__.removesuffix(".__init__")
            raise unknown_argument(name, keywords, names)
        return function(*arguments, **keywords)

    return wrapper  # type: ignore[return-value]


def check_number(
    name: str,
    value: Any,
    *,
    above: float | None = None,
    at_most: float | None = None,
    unit: str = "",
    hint: str = "",
) -> float:
    """Return the number if it is finite and within the accepted range.

    Args:
        name: Name of the value in the error message, for example the parameter.
        value: The value to check.
        above: Exclusive lower bound. If None, zero is the smallest accepted number.
        at_most: Inclusive upper bound.
        unit: Unit for the error message, for example "seconds".
        hint: Hint for the error.

    Raises:
        ConfigurationError: If the value is not a number in the accepted range.
    """
    number: float = value
    try:
        is_large_enough = value >= 0 if above is None else value > above
        # The sum raises an error for a number that cannot be added to a float, such as a Decimal.
        is_finite = value + 0.0 < float("inf")
        is_small_enough = is_finite and (at_most is None or value <= at_most)
    # The value is not a number, is too large, or is an array of numbers.
    except (TypeError, ValueError, OverflowError):
        is_large_enough = is_small_enough = False
    if is_large_enough and is_small_enough and not isinstance(value, bool):
        return number
    if above:
        accepted = f"a number greater than {above:g}"
    else:
        accepted = "a non-negative number" if above is None else "a positive number"
    if unit:
        accepted += f" of {unit}"
    if at_most is not None:
        accepted += f" (at most {at_most})"
    raise ConfigurationError(f"{name} must be {accepted}, not {format_value(value)}", hint=hint)


def check_seconds(
    name: str,
    value: Any,
    *,
    at_most: float,
    above: float | None = None,
    hint: str = "",
) -> float:
    """Return the number of seconds if `check_number` accepts it.

    A number that is too large is probably in milliseconds; the hint of the error points this out.
    """
    try:
        if at_most < value < MAX_MILLISECONDS:
            hint = f"Pass seconds, not milliseconds: {value / 1000:g} instead of {value:g}."
    except (TypeError, ValueError):
        pass  # The value is not a number.
    return check_number(name, value, above=above, at_most=at_most, unit="seconds", hint=hint)


def check_integer(
    name: str, value: Any, *, minimum: int = 1, maximum: int | None = None, hint: str = ""
) -> int:
    """Return the integer if it is within the accepted range.

    Args:
        name: Name of the value in the error message, for example the parameter.
        value: The value to check; True and False are rejected.
        minimum: Smallest accepted integer.
        maximum: Largest accepted integer, if there is a limit.
        hint: Hint for the error.

    Raises:
        ConfigurationError: If the value is not an integer in the accepted range.
    """
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    if is_integer and value >= minimum and (maximum is None or value <= maximum):
        number: int = value
        return number
    if maximum is not None:
        accepted = f"an integer from {minimum} to {maximum}"
    elif minimum == 1:
        accepted = "a positive integer"
    else:
        accepted = f"an integer of at least {minimum}"
    raise ConfigurationError(f"{name} must be {accepted}, not {format_value(value)}", hint=hint)


def check_no_control_character(
    name: str, text: str, *, is_secret: bool = False, hint: str = ""
) -> str:
    """Return the string if it contains neither a line break nor another control character.

    Args:
        name: Name of the string in the error message, for example the parameter.
        text: The string to check.
        is_secret: Whether the string must not appear in the error message.
        hint: Hint for the error.

    Raises:
        ConfigurationError: If the string contains a control character.
    """
    if not text.isprintable():
        from cognito_credentials._external_text import has_control_character

        if has_control_character(text):
            shown = "" if is_secret else f", but is {format_value(text)}"
            raise ConfigurationError(
                f"{name} must not contain line breaks or other control characters{shown}", hint=hint
            )
    return text


def format_value(value: object) -> str:
    """Format an invalid value for an error message.

    Only the first characters of a string that is long or looks like a token are shown, and only the
    type name of an object, because both may contain a secret.
    """
    if isinstance(value, str):
        if value.startswith("eyJ") or len(value) > MAX_SHOWN_CHARACTERS:
            return f"{value[:3]}… ({len(value)} characters)"
        return repr(value)
    if value is None or isinstance(value, bool | float):
        return repr(value)
    # `repr` raises an error for very large integers.
    if isinstance(value, int) and value.bit_length() < MAX_SHOWN_CHARACTERS:
        return repr(value)
    return type(value).__name__


def expand_home(path: str) -> str:
    """Return a path with its `~` expanded, or unchanged if that home directory does not exist.

    An empty HOME is treated as missing; otherwise, `~` would expand to the root directory.
    """
    user = path.replace(os.altsep or os.sep, os.sep).partition(os.sep)[0]
    if not user.startswith("~"):
        return path
    home = os.path.expanduser(user)
    is_usable = os.path.isdir(home) and (home != os.sep or bool(os.environ.get("HOME", home)))
    return os.path.expanduser(path) if is_usable else path


def expand_path(path: str, name: str) -> str:
    """Return the absolute path of a file that a user has named.

    Args:
        path: The path, which may begin with `~`.
        name: Name of the option or setting, for the error.

    Raises:
        ConfigurationError: If the path starts with `~` or `~user`, and that home directory does not
            exist. A directory with the literal name `~` must not be created.
    """
    expanded = expand_home(path)
    if expanded.startswith("~"):
        raise ConfigurationError(
            f"{name} {format_value(path)} starts with a home directory that does not exist",
            hint="Set HOME to this user's home directory, or pass a path without ~.",
        )
    return os.path.abspath(expanded)
