"""Says how to install a library that is missing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cognito_credentials._core.missing_packages import missing_package

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def library(name: str, *, extra: str, others: str = "") -> Generator[None, None, None]:
    """Import `name` inside; raises `ConfigurationError` with the pip line where it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in (name, "botocore"):
            raise
        raise missing_package(error, extra=extra, others=others) from error
