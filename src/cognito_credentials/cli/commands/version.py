"""`version`: print the versions of this program, of Python and of the operating system."""

from __future__ import annotations

import platform

from cognito_credentials._version import __version__
from cognito_credentials.cli.terminal.writing import write_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

DESCRIPTION = "Print the versions of this program, of Python and of the operating system."


def add_arguments(_parser: ArgumentParser) -> None:
    """Add no options."""


def run(_options: Namespace) -> int:
    """Print the versions."""
    write_document(
        f"cognito-credentials {__version__} Python {platform.python_version()} "
        f"{platform.system()} {platform.machine()}"
    )
    return 0
