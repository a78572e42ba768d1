"""A local emulator of Amazon Cognito Identity and other AWS services, for tests without an account.

The classes that need the `emulator` extra are loaded on first use. If the extra is not installed,
the error names the command that installs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cognito_credentials._core.missing_packages import missing_package
from cognito_credentials.emulator.clock import EmulatorClock, MovableClock
from cognito_credentials.emulator.faults import (
    Fault,
    Faults,
)
from cognito_credentials.emulator.faults import (
    FaultKind as FaultKind,  # `typing.get_type_hints(Fault)` needs this name.
)

if TYPE_CHECKING:
    from cognito_credentials.emulator.furnishing.identity_pools import IdentityPool, User
    from cognito_credentials.emulator.furnishing.statements import allow
    from cognito_credentials.emulator.identity.service import IdentityService
    from cognito_credentials.emulator.issuer.oidc_issuer import OidcIssuer
    from cognito_credentials.emulator.recorded_calls import RecordedCall
    from cognito_credentials.emulator.server import Emulator

__all__ = [
    "Emulator",
    "EmulatorClock",
    "Fault",
    "Faults",
    "IdentityPool",
    "IdentityService",
    "MovableClock",
    "OidcIssuer",
    "RecordedCall",
    "User",
    "allow",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from cognito_credentials.emulator.furnishing.identity_pools import IdentityPool, User
        from cognito_credentials.emulator.furnishing.statements import allow
        from cognito_credentials.emulator.identity.service import IdentityService
        from cognito_credentials.emulator.issuer.oidc_issuer import OidcIssuer
        from cognito_credentials.emulator.recorded_calls import RecordedCall
        from cognito_credentials.emulator.server import Emulator
    except ModuleNotFoundError as error:
        raise missing_package(error, extra="emulator") from error
    found = (Emulator, IdentityPool, IdentityService, OidcIssuer, RecordedCall, User, allow)
    return {each.__name__: each for each in found}[name]
