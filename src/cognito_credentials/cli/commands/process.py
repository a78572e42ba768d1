"""`process`: print one JSON document on standard output, and nothing else.

The AWS SDKs and tools reference guide describes the format under "Process credential provider".
"""

from __future__ import annotations

import io
import os
import sys

from cognito_credentials.cli.settings.providers import (
    MIN_REMAINING_SECONDS,
    build_cache,
    open_store,
)
from cognito_credentials.cli.settings.resolution import load_settings
from cognito_credentials.credentials import has_expired_locally
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognito_credentials.cli.settings.resolution import Settings
    from cognito_credentials.credentials import Credentials
    from cognito_credentials.ports import Store

__all__ = ["enter_chain", "fetch_credentials"]

DESCRIPTION = """\
Print credentials in the JSON format that a credential_process in the AWS config file must return.

Credentials are cached in ~/.aws/cognito-credentials, and processes that start at the same time make
one call to Amazon Cognito. Credentials with less than 16 minutes left are refreshed before they are
printed. If the refresh fails, cached credentials are printed until they expire.

Exit status: 0 success; 2 invalid option or file; 3 login missing or expired; 4 rejected by the
service; 5 service unavailable (try again); 1 any other error.
"""

CHAIN_VARIABLE = "_COGNITO_CREDENTIALS_CHAIN"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    from cognito_credentials.cli.settings.arguments import add_setting_options

    add_setting_options(parser)


def run(options: Namespace) -> int:
    """Print the document."""
    settings = load_settings(options)
    enter_chain(settings.display_name)
    if options.debug or not _is_stderr_part_of_stdout():
        credentials = fetch_credentials(settings)
    else:
        credentials = _fetch_silently(settings)
    from cognito_credentials.cli.terminal.formats import process_document

    sys.stdout.write(process_document(credentials) + "\n")
    return 0


def _is_stderr_part_of_stdout() -> bool:
    """Return True if standard error is the same file or pipe as standard output.

    The AWS SDK for C++ (used by DuckDB, for example) runs the command with `2>&1`, so a warning
    would corrupt the JSON document.
    """
    try:
        out, err = os.fstat(1), os.fstat(2)
    except OSError:  # Standard output or standard error is closed.
        return False
    return out.st_ino != 0 and os.path.samestat(out, err) and not os.isatty(1)


def _fetch_silently(settings: Settings) -> Credentials:
    """Fetch credentials; print messages on standard error only if the fetch fails."""
    from contextlib import redirect_stderr

    messages = io.StringIO()
    try:
        with redirect_stderr(messages):
            return fetch_credentials(settings)
    except BaseException:
        sys.stderr.write(messages.getvalue())
        raise


def fetch_credentials(
    settings: Settings,
    store: Store[Any] | None = None,
    logins: Mapping[str, Callable[..., str]] | None = None,
) -> Credentials:
    """Return stored credentials; if they expire within 16 minutes, fetch new credentials.

    Args:
        settings: The settings.
        store: Store to use; by default, the result of `open_store`.
        logins: Suppliers of login tokens; by default, the suppliers that the settings select.
    """
    cache = build_cache(
        settings,
        open_store() if store is None else store,
        advisory_window=MIN_REMAINING_SECONDS,
        mandatory_window=MIN_REMAINING_SECONDS,
        logins=logins,
    )
    with cache.provider:
        credentials = cache.get()
    if has_expired_locally(credentials):
        from cognito_credentials._endpoint.clock_warning import warn_about_clock

        warn_about_clock(credentials)
    return credentials


def enter_chain(name: str) -> None:
    """Record the name of the requested credentials in the environment, to detect a loop.

    A loop occurs if a login command runs an AWS tool that runs `process` for the same profile.

    Args:
        name: The result of `Settings.display_name`.

    Raises:
        ConfigurationError: If a parent process is fetching the same credentials.
    """
    names = os.environ.get(CHAIN_VARIABLE, "").split("\n")
    if name and name in names:
        raise ConfigurationError(
            f"loop: the command that supplies the login token for {name} uses {name}",
            hint="Use another profile or no profile in that command.",
        )
    os.environ[CHAIN_VARIABLE] = "\n".join(filter(None, [*names, name]))
