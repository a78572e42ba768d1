"""`process`: one JSON document on standard output, and nothing else.

Answered from the store of this machine where more than 16 minutes are left: below 15, botocore runs
the command again for every request. The document is that of the AWS SDKs and tools reference
guide, "Process credential provider".
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr

from cognito_credentials.cli.settings.resolution import Selection
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials.credentials import Credentials
    from cognito_credentials.stores import FileStore

DESCRIPTION = """\
Print credentials as the credential_process of an AWS profile does: JSON, and nothing else.

Many processes at once make one call to the service; the rest is answered from the files in
~/.aws/cognito-credentials. What is printed has more than 16 minutes left, unless its whole life is
shorter, or the service cannot be had and those that are stored are still good.

Exit status: 0 printed, 2 an option or a file is wrong, 3 a login is missing or over, 4 the service
refuses, 5 it does not answer (try again), 1 anything else.
"""

CHAIN = "_COGNITO_CREDENTIALS_CHAIN"
LEAST = 16 * 60.0  # seconds


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    from cognito_credentials.cli.settings.arguments import add_selection

    add_selection(parser)


def run(options: Namespace) -> int:
    """Print the document."""
    selection = Selection(options)
    enter_chain(selection.name)
    if options.debug or not _is_one_stream():
        credentials = fetched(selection)
    else:
        credentials = _fetched_in_silence(selection)
    from cognito_credentials.cli.terminal.formats import process_document

    sys.stdout.write(process_document(credentials) + "\n")
    return 0


def _is_one_stream() -> bool:
    """Tell whether standard error would be read as part of the document.

    The AWS SDK for C++ (DuckDB) runs the command with `2>&1`: a warning beside good credentials
    would keep them from it.
    """
    try:
        out, err = os.fstat(1), os.fstat(2)
    except OSError:  # one is closed
        return False
    return out.st_ino != 0 and os.path.samestat(out, err) and not os.isatty(1)


def _fetched_in_silence(selection: Selection) -> Credentials:
    """Return credentials; what was said on the way is only told where they do not come."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return fetched(selection)
    except BaseException:
        sys.stderr.write(said.getvalue())
        raise


def fetched(selection: Selection, store: FileStore | None = None) -> Credentials:
    """Return credentials that have more than 16 minutes left, from the store or the service."""
    from cognito_credentials.stores import FileStore

    cache = selection.credentials(store or FileStore(), advisory=LEAST, mandatory=LEAST)
    with cache.provider:
        return cache.get()


def enter_chain(name: str) -> None:
    """Refuse to run below a process of the same name, and tell the processes below this one.

    A login's command may run an AWS tool, and that tool this profile's process.
    """
    above = os.environ.get(CHAIN, "").split("\n")
    if name and name in above:
        raise ConfigurationError(
            f"it is a loop: {name} was asked for by the command that gives its own login's token",
            hint="Let that command use another profile, or none.",
        )
    os.environ[CHAIN] = "\n".join(filter(None, [*above, name]))
