"""Imports of the third-party libraries for which there are integrations."""

from __future__ import annotations

import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module

from cognito_credentials._core.missing_packages import missing_package
from cognito_credentials.errors import ConfigurationError


@contextmanager
def require_library(
    name: str, *, extra: str, others: str = "", minimum: str = "", python: str = ""
) -> Generator[None, None, None]:
    """Report how to install a library if importing it in the `with` block fails.

    Args:
        name: Name of the library's module.
        extra: Extra of cognito-credentials that installs the library.
        others: Further packages for pip to install, separated by spaces.
        minimum: Oldest supported version of the library, such as "3.12"; "" for any version.
        python: Oldest version of Python that the library supports, such as "3.12"; "" if the
            library supports all versions that this package supports.

    Raises:
        ConfigurationError: If the library or botocore is not installed, the library is older than
            `minimum`, or the library is not installed because Python is older than `python`.
    """
    try:
        if minimum:
            import_module(name)
            check_version(name, minimum)
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in (name, "botocore"):
            raise
        if sys.version_info[:2] < _parse_version(python):
            raise ConfigurationError(
                f"{name} requires Python {python} or later",
                hint=f"Run the program with Python {python} or later.",
            ) from error
        raise missing_package(error, extra=extra, others=others) from error


def check_version(name: str, minimum: str) -> None:
    """Check the version of an imported library.

    Raises:
        ConfigurationError: If the library is older than `minimum`.
    """
    # Reading the metadata of a distribution takes milliseconds, which is too long for programs that
    # create a session for each user. In old versions of awscrt, `__version__` is not the version.
    installed = getattr(sys.modules[name], "__version__", None)
    if not isinstance(installed, str) or name == "awscrt":
        from importlib.metadata import version

        installed = version(name)
    if _parse_version(installed) < _parse_version(minimum):
        raise ConfigurationError(
            f"{name} {installed} is too old: this integration requires {name} {minimum} or later",
            hint=f'Install it with: pip install "{name}>={minimum}"',
        )


def _parse_version(text: str) -> tuple[int, ...]:
    """Return the release numbers of a version, without a suffix such as `rc1`."""
    match = re.match(r"\d+(\.\d+)*", text)
    return tuple(map(int, match[0].split("."))) if match else ()
