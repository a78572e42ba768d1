"""Error for an optional dependency that is not installed."""

from __future__ import annotations

from cognito_credentials.errors import ConfigurationError

__all__ = ["missing_package"]


def missing_package(
    package: str | ModuleNotFoundError, *, extra: str, others: str = ""
) -> ConfigurationError:
    """Return the error for a missing package, with the `pip install` command that adds it.

    Args:
        package: Name of the package, or the error of its import.
        extra: Extra of cognito-credentials that installs the package.
        others: Further requirements for pip, separated by spaces.
    """
    if isinstance(package, ModuleNotFoundError):
        package = (package.name or "").partition(".")[0]
    requirements = f'{others} "cognito-credentials[{extra}]"'.strip()
    return ConfigurationError(
        f"{package} is not installed", hint=f"Install it with: pip install {requirements}"
    )
