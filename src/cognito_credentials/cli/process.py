"""`process`: one JSON document on standard output, and nothing else.

Answered from the store of this machine where more than 16 minutes are left: below 15, botocore runs
the command again for every request. The document is that of the AWS SDKs and tools reference
guide, "Process credential provider".
"""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stderr

from cognito_credentials.cli.common.selection import Selection
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from cognito_credentials.credentials import Credentials

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
    """Add the verb's options."""
    from cognito_credentials.cli.common.arguments import add_selection

    add_selection(parser)


def run(options: Namespace) -> int:
    """Print the document."""
    selection = Selection(options)
    enter_chain(selection.name)
    if options.debug or not _is_one_stream():
        credentials = fetched(selection)
    else:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
            credentials = fetched(selection)
    from cognito_credentials.cli.common.formats import process_document

    sys.stdout.write(process_document(credentials) + "\n")
    return 0


def _is_one_stream() -> bool:
    """Tell whether standard error would be read as part of the document.

    The AWS SDK for C++ (DuckDB) runs the command with `2>&1`: a warning beside good credentials
    would keep them from it. A failure is still told.
    """
    try:
        out, err = os.fstat(1), os.fstat(2)
    except OSError:  # one is closed
        return False
    return out.st_ino != 0 and os.path.samestat(out, err) and not os.isatty(1)


def fetched(selection: Selection) -> Credentials:
    """Return credentials that have more than 16 minutes left, from the store or the service."""
    from cognito_credentials.stores import FileStore

    cache = selection.credentials(FileStore(), advisory=LEAST, mandatory=LEAST)
    with cache.provider:
        return cache.get()


def enter_chain(name: str) -> None:
    """Refuse to run below a process of the same name, and tell the processes below this one.

    A login's command may run an AWS tool, and that tool this profile's process. What such a command
    says is dropped, since it may hold secrets: so the process above finds a file; see `looped`.
    """
    above = _chain()
    for number, other in above:
        if name and other == name:
            _leave_mark(number)
            raise ConfigurationError(
                f"{name} was asked for by the command that gives its own login's token",
                hint="Let that command use another profile, or none.",
            )
    if name:
        os.environ[CHAIN] = "\n".join(f"{i} {who}" for i, who in [*above, (_own_number(), name)])


def looped() -> str:
    """Return the name under which a process below this one was refused, or ""."""
    own = _own_number()
    for number, name in _chain():
        if number == own:
            try:
                os.unlink(_mark_of(number))
            except OSError:  # mostly, that there is none
                return ""
            return name
    return ""


def _chain() -> list[tuple[str, str]]:
    """Return the processes above, each with its number and what it was asked for."""
    lines = os.environ.get(CHAIN, "").split("\n")
    pairs = (line.partition(" ") for line in lines)
    return [(number, name) for number, _, name in pairs if number.isdecimal()]


def _own_number() -> str:
    return str(os.getpid())


def _leave_mark(number: str) -> None:
    from contextlib import suppress

    with suppress(OSError):  # it only makes a message better
        mark = _mark_of(number)
        os.makedirs(os.path.dirname(mark), 0o700, exist_ok=True)
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _mark_of(number: str) -> str:
    """Return the file of a process; the store sweeps away one that is left there."""
    from cognito_credentials.stores._private_files import UNFINISHED
    from cognito_credentials.stores.file import DEFAULT_FOLDER

    return os.path.join(os.path.expanduser(DEFAULT_FOLDER), f"loop-{number}{UNFINISHED}")
