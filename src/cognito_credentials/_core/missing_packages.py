"""Error for an optional dependency that is not installed.

The hint uses the installer of this environment: pip, pipx or uv. Users of the library install only
the extra that the failed call needs. Users of the command install the extra `cli`, which contains
all packages that the command needs; the hint lists the missing packages.
"""

from __future__ import annotations

import re

from cognito_credentials._core.hints import Hint
from cognito_credentials.errors import ConfigurationError

__all__ = ["missing_package"]

PROJECT = "cognito-credentials"
COMMAND_EXTRA = "cli"


def missing_package(
    package: str | ModuleNotFoundError, *, extra: str, others: str = "", alternative: str = ""
) -> ConfigurationError:
    """Return the error for a missing package, with the command that installs it.

    Args:
        package: Name of the package, or the exception that importing it raised.
        extra: Extra of cognito-credentials that installs the package.
        others: Additional requirements to install, separated by spaces.
        alternative: What users of the command can do instead, phrased as an imperative.
    """
    if isinstance(package, ModuleNotFoundError):
        package = (package.name or "").partition(".")[0]
    requirements = f'{others} "{PROJECT}[{extra}]"'.strip()
    return ConfigurationError(
        f"{package} is not installed",
        hint=Hint(
            f"Install it with: {_library_installer()} {requirements}",
            for_command=(f"{alternative}, or install" if alternative else "Install")
            + f" {_describe_missing(package)} with: "
            f'{_command_installer()} "{PROJECT}[{COMMAND_EXTRA}]"',
        ),
    )


def _describe_missing(package: str) -> str:
    others = [name for name in _list_missing() if name.lower() != package.lower()]
    if not others:
        return "everything that the command needs"
    return f"everything that the command needs (also missing: {', '.join(others)})"


def _list_missing() -> list[str]:
    """Return the packages of the command's extra that are not installed, sorted by name."""
    from importlib.metadata import PackageNotFoundError, distribution, requires

    try:
        requirements = requires(PROJECT) or []
    except PackageNotFoundError:  # This package is not installed, but runs from its source.
        return []
    missing: set[str] = set()
    for requirement in requirements:
        package, _, marker = requirement.partition(";")
        if marker.replace(" ", "").replace('"', "'") != f"extra=='{COMMAND_EXTRA}'":
            continue
        name = re.split(r"[^\w.-]", package.strip(), maxsplit=1)[0]
        try:
            distribution(name)
        except PackageNotFoundError:
            missing.add(name)
    return sorted(missing, key=str.lower)


def _library_installer() -> str:
    return "uv pip install" if _is_installed_by("uv") else "pip install"


def _command_installer() -> str:
    """Return the command that installs a package into the environment of this program."""
    import sys
    from pathlib import Path

    prefix = Path(sys.prefix)
    if (prefix / "pipx_metadata.json").is_file():
        return "pipx install --force"
    if (prefix / "uv-receipt.toml").is_file():
        return "uv tool install --force"
    return _library_installer()


def _is_installed_by(installer: str) -> bool:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        text = distribution(PROJECT).read_text("INSTALLER")
    except PackageNotFoundError:
        return False
    return (text or "").strip() == installer
