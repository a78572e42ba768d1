"""Errors for callers that wait for another caller's fetch."""

from __future__ import annotations

from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    RefreshTimeoutError,
)


def copy_error(error: Exception) -> Exception:
    """Return a copy of an error, without a traceback and with the original as its cause.

    Each waiter of a flight raises a copy: if many threads raised the same instance, its traceback
    would grow with every raise. An error from another library is returned unchanged.
    """
    if not isinstance(error, CognitoCredentialsError):
        return error
    copy = type(error).__new__(type(error), *error.args)
    copy.__dict__.update(error.__dict__)
    copy.__cause__ = error
    return copy


def deadlock_error() -> ConfigurationError:
    """Return the error for a callback that would wait for the fetch that called it."""
    return ConfigurationError(
        "deadlock: a callback requested the credentials that it is being called to fetch",
        hint="Do not request credentials or an identity ID from a login token supplier, an "
        "identity ID cache or another callback of the same provider.",
    )


def refresh_timeout_error(seconds: float, *, was_rate_limited: bool = False) -> RefreshTimeoutError:
    """Return the error for a caller whose deadline passed before the credentials arrived.

    Args:
        seconds: Number of seconds that the caller waited.
        was_rate_limited: Whether the fetch had to wait for the account's request quota.
    """
    if was_rate_limited:
        reason = " because requests had to wait for the account's request quota"
        advice = (
            "Request a higher quota from AWS and pass it as quotas, or pass a longer deadline. "
        )
    else:
        reason = ""
        advice = (
            "Pass a longer deadline, and check whether the service, the credential store or a "
            "login token supplier is slow. "
        )
    return RefreshTimeoutError(
        f"no credentials arrived within {max(0.0, seconds):.1f} s{reason}",
        hint=f"{advice}The fetch continues in the background, so a later call may succeed.",
    )
