"""A local Amazon Cognito Identity for tests: real tokens, real rules, no AWS account.

``Emulator`` is loaded when it is first asked for, so that the rules of the service can be
imported without the extra's web server and without moto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cognito_credentials.emulator.server import Emulator

__all__ = ["Emulator"]


def __getattr__(name: str) -> Any:
    if name == "Emulator":
        from cognito_credentials.emulator.server import Emulator

        return Emulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
