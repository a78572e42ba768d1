"""The error messages of Amazon Cognito Identity, with the requests that cause them.

docs/fidelity.md is generated from these rows, and tests/emulator/test_service_texts.py sends the
requests to the emulator.
"""

from __future__ import annotations

from service_errors.developers import DEVELOPERS
from service_errors.identities import IDENTITIES
from service_errors.logins import LOGINS
from service_errors.pools import POOLS
from service_errors.roles import ROLES
from service_errors.rows import Evidence, RawRow, Row
from service_errors.validation import MALFORMED, VALIDATION

OPERATION_ROWS: list[Row] = [*IDENTITIES, *ROLES, *DEVELOPERS, *POOLS]
"""The errors of single operations. The errors in `LOGINS` occur in each operation with logins, and
those in `VALIDATION` and `MALFORMED` occur in every operation."""

ROWS: list[Row] = [*VALIDATION, *LOGINS, *OPERATION_ROWS]

__all__ = [
    "LOGINS",
    "MALFORMED",
    "OPERATION_ROWS",
    "ROWS",
    "VALIDATION",
    "Evidence",
    "RawRow",
    "Row",
]
