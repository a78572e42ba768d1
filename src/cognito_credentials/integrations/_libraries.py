"""Imports of the libraries that the integrations use."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from cognito_credentials._core.missing_packages import missing_package


@contextmanager
def require_library(name: str, *, extra: str, others: str = "") -> Generator[None, None, None]:
    """Report how to install a library if importing it in the `with` block fails.

    Args:
        name: The library.
        extra: Extra of cognito-credentials that installs the library.
        others: Further packages for pip to install, separated by spaces.

    Raises:
        ConfigurationError: If the library or botocore is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in (name, "botocore"):
            raise
        raise missing_package(error, extra=extra, others=others) from error
