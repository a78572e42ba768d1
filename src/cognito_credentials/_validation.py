"""Numbers that a user gives."""

from __future__ import annotations

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_number(name: str, value: Any, *, above: float | None = None) -> float:
    """Return the number, if it is finite and not negative, or greater than `above`.

    Raises:
        ConfigurationError: It is not; the message names it.
    """
    try:
        fits = 0 <= value < float("inf") if above is None else above < value < float("inf")
    except TypeError:
        fits = False
    if not fits:
        least = "from 0 up" if above is None else f"above {above:g}"
        raise ConfigurationError(f"{name} is {value!r}: it must be a number {least}")
    number: float = value
    return number
