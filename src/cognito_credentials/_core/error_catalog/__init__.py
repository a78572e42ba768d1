"""The error catalog: the only place that states each error's meaning, causes and next step.

The hints of the library, the next steps of the command, `cognito-credentials explain` and
`docs/troubleshooting.md` (`make docs`) are all derived from its entries. To add an error, add its
class to `errors.py` and an entry to one of the tables here.

This package is imported only after a failure, so it does not delay the first credentials.
"""

from __future__ import annotations

from cognito_credentials._core.error_catalog.codes import (
    RETRYABLE_CODES,
    THROTTLING_CODES,
    canonical_code,
    is_transient,
)
from cognito_credentials._core.error_catalog.cognito_errors import COGNITO_ERRORS
from cognito_credentials._core.error_catalog.entry import CatalogEntry
from cognito_credentials._core.error_catalog.package_errors import NO_RESPONSE, NOT_SENT
from cognito_credentials._core.error_catalog.signing_errors import SIGNING_ERRORS
from cognito_credentials._core.error_catalog.sts_errors import STS_ERRORS, UNKNOWN_ERROR

__all__ = [
    "COGNITO_ERRORS",
    "ENTRIES",
    "NOT_SENT",
    "NO_RESPONSE",
    "RETRYABLE_CODES",
    "SERVICE_ENTRIES",
    "SIGNING_ERRORS",
    "STS_ERRORS",
    "THROTTLING_CODES",
    "UNKNOWN_ERROR",
    "CatalogEntry",
    "canonical_code",
    "entry_for_reason",
    "find_entry",
    "is_transient",
]

SERVICE_ENTRIES = (*COGNITO_ERRORS, *SIGNING_ERRORS, *STS_ERRORS)
ENTRIES = (*NOT_SENT, *NO_RESPONSE, *SERVICE_ENTRIES, UNKNOWN_ERROR)


def find_entry(code: str, message: str) -> CatalogEntry:
    """Return the entry for a response with this error code and message."""
    code = canonical_code(code)
    return next((entry for entry in SERVICE_ENTRIES if entry.matches(code, message)), UNKNOWN_ERROR)


def entry_for_reason(reason: str) -> CatalogEntry | None:
    """Return the most general entry with this reason, or None if no error has this reason."""
    entries = [entry for entry in ENTRIES if entry.reason == reason]
    return entries[-1] if entries else None
