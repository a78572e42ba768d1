"""A local Amazon Cognito Identity for tests: real tokens, real rules, no AWS account.

``Emulator`` is loaded when it is first asked for, so that the rules of the service can be
imported without moto; where the extra is missing, the error has the line that brings it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cognito_credentials._core.missing_packages import missing_package

if TYPE_CHECKING:
    from cognito_credentials.emulator.server import Emulator

__all__ = ["Emulator"]


def __getattr__(name: str) -> Any:
    if name == "Emulator":
        try:
            from cognito_credentials.emulator.server import Emulator
        except ModuleNotFoundError as error:
            raise missing_package(error, extra="emulator") from error
        return Emulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
