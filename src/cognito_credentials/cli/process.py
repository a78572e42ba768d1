"""`process`: one JSON document on standard output, and nothing else.

Answered from the store of this machine where more than 16 minutes are left: below 15, botocore runs
the command again for every request. The document is that of the AWS SDKs and tools reference
guide, "Process credential provider".
"""

from __future__ import annotations

import os
import sys

from cognito_credentials.cli.arguments import add_selection
from cognito_credentials.cli.selection import Selection
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials.credentials import Credentials

DESCRIPTION = """\
Print credentials as the credential_process of an AWS profile does: JSON, and nothing else.

Many processes at once make one call to the service; the rest is answered from the files in
~/.aws/cognito-credentials. What is printed has more than 16 minutes left, unless the service
cannot be reached and there is nothing better.
"""

CHAIN = "_COGNITO_CREDENTIALS_CHAIN"
ADVISORY, MANDATORY = 17 * 60.0, 16 * 60.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add the verb's options."""
    add_selection(parser)


def run(options: Namespace) -> int:
    """Print the document."""
    selection = Selection(options)
    enter_chain(selection.name)
    credentials = fetched(selection, is_debugging=options.debug)
    from cognito_credentials.cli.formats import process_document

    sys.stdout.write(process_document(credentials) + "\n")
    return 0


def fetched(selection: Selection, *, is_debugging: bool = False) -> Credentials:
    """Return credentials that have more than 16 minutes left, from the store or the service."""
    from cognito_credentials import RefreshPolicy
    from cognito_credentials.stores import FileStore

    if is_debugging:
        from cognito_credentials.cli import debugging

        debugging.describe(selection)
    policy = RefreshPolicy(
        advisory_refresh_window=ADVISORY, mandatory_refresh_window=MANDATORY, jitter=0
    )
    cache = selection.credentials(policy, FileStore())
    with cache.provider:
        return cache.get()


def enter_chain(name: str) -> None:
    """Refuse to run below a process of the same name, and tell the processes below this one.

    A login's command may run an AWS tool, and that tool this profile's process.
    """
    before = os.environ.get(CHAIN, "").split("\n")
    if name and name in before:
        raise ConfigurationError(
            f"the credential_process of {name} was called by itself",
            hint="The command that gives its login's token uses this profile: let it use another.",
        )
    os.environ[CHAIN] = "\n".join(filter(None, [*before, name]))
