"""Errors of those who wait for another's work."""

from __future__ import annotations

from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    RefreshTimeoutError,
)


def again(error: Exception) -> Exception:
    """Return an equal error without a traceback, whose cause is this one.

    Several callers that waited for one flight raise one each: raising a single instance in many
    threads would grow one shared traceback. An error that is not ours is returned as it is.
    """
    if not isinstance(error, CognitoCredentialsError):
        return error
    twin = type(error).__new__(type(error), *error.args)
    twin.__dict__.update(error.__dict__)
    twin.__cause__ = error
    return twin


def asked_from_within() -> ConfigurationError:
    """Return the error for a callable of the user's that would wait for the fetch it is part of."""
    return ConfigurationError(
        "A supplier, cache or callback asked for the very credentials (or identity id) that are "
        "being fetched, and would wait for itself",
        hint="Ask for them outside of it, once the fetch is over.",
    )


def took_too_long(seconds: float, *, was_paced: bool = False) -> RefreshTimeoutError:
    """Return the error for a caller whose deadline has come before the credentials.

    `was_paced` where the fetch had to wait for the account's quota.
    """
    return RefreshTimeoutError(
        f"No credentials came within {max(0.0, seconds):.1f} s"
        + (", some of which the account's quota took" if was_paced else ""),
        hint="The fetch goes on: a later call may find its answer. Give the call a longer deadline, "
        + ("let AWS raise the quota and say so in quotas, " if was_paced else "")
        + "and see whether the service, the store or a login's supplier is slow.",
    )
