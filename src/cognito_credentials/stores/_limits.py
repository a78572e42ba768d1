"""How much a store keeps."""

from __future__ import annotations

from cognito_credentials.errors import ConfigurationError


def check_max_entries(max_entries: int) -> None:
    """Refuse a number of entries that is none."""
    if type(max_entries) is not int or max_entries < 1:
        raise ConfigurationError(
            f"max_entries is {max_entries!r}: it must be a whole number from 1"
        )
