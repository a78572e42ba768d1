"""`emulator`: serve an emulated AWS account on this machine until the command is interrupted."""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import signal
import sys
import threading

from cognito_credentials._validation import expand_path
from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.commands import emulator_exec, emulator_token
from cognito_credentials.cli.commands.emulator_banner import format_banner
from cognito_credentials.cli.settings.emulator_options import (
    DEFAULTS,
    add_emulator_options,
    format_demo_login,
    list_variables,
    start_emulator,
)
from cognito_credentials.cli.terminal.shells import VARIABLE_FORMATS, format_variables
from cognito_credentials.cli.terminal.writing import write_document, write_line
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Generator, Mapping
    from types import ModuleType

    from cognito_credentials.emulator import Emulator

USAGE = "cognito-credentials emulator [exec|token] [options]"
DESCRIPTION = """\
Run an emulator of Amazon Cognito and other AWS services on this machine until you stop it.

  cognito-credentials emulator --port 4599 --demo

The command prints the environment variables that point the AWS CLI, the AWS SDKs and this program
to the emulator. On a terminal, the output contains the variables in the syntax of each shell, and a
profile for the AWS config file.

Everything in the emulated account is lost when the emulator stops, except the identity pools and
identities if you pass a file with --state.

At the start, the account contains only the resources that --demo creates or that a file passed with
--config or --state contains (see docs/emulator-state.md). To create other resources, get the keys of an administrator with
--admin-file; docs/emulator.md lists the AWS CLI commands:

  cognito-credentials emulator --port 4599 --admin-file ~/.aws/emulator-admin
  aws cognito-identity create-identity-pool --identity-pool-name game ...

`emulator exec` runs a program with an emulator of its own, and `emulator token` prints a login token:

  cognito-credentials emulator exec -- pytest
  cognito-credentials emulator token --provider accounts.google.com --sub ann
"""

ACTIONS: Mapping[str, ModuleType] = {"exec": emulator_exec, "token": emulator_token}
ADMIN_FILE_HEADER = "# Keys of an administrator, written by `cognito-credentials emulator`."
MAX_ADMIN_FILE_BYTES = 64 * 1024


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand, and its own subcommands."""
    add_emulator_options(parser)
    parser.set_defaults(**DEFAULTS)
    parser.add_argument(
        "--admin-file",
        metavar="FILE",
        help="AWS credentials file to create, with the keys of an administrator; removed at exit",
    )
    parser.add_argument(
        "--format",
        choices=VARIABLE_FORMATS,
        metavar="FORMAT",
        help=f"output format for the variables: {', '.join(VARIABLE_FORMATS)} (default: env; on a "
        "terminal, the lines for each shell and a profile)",
    )
    subparsers = parser.add_subparsers(dest="action", metavar="exec|token", help=argparse.SUPPRESS)
    for name, module in ACTIONS.items():
        subparser = subparsers.add_parser(
            name,
            prog=f"{PROGRAM} emulator {name}",
            usage=module.USAGE,
            description=module.DESCRIPTION,
        )
        module.add_arguments(subparser)
        # With a default, this option would overwrite the value of a `--debug` that precedes the
        # subcommand's name.
        subparser.add_argument(
            "--debug",
            action="store_true",
            default=argparse.SUPPRESS,
            help="print debug output (secrets are redacted)",
        )


def run(options: Namespace) -> int:
    """Run the emulator until SIGINT or SIGTERM arrives."""
    if options.action is not None:
        _check_unused_options(options)
        run_action: Callable[[Namespace], int] = ACTIONS[options.action].run
        return run_action(options)
    admin_file = options.admin_file and expand_path(options.admin_file, "--admin-file")
    if admin_file:
        check_admin_file(admin_file)
    # A signal handler must not call `Event.set`: if the signal interrupted `Event.wait`, which holds
    # the same lock, both would wait forever.
    running = threading.Lock()
    running.acquire()

    def stop(_number: int, _frame: object) -> None:
        if running.locked():
            running.release()

    handlers = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with (
            contextlib.closing(start_emulator(options)) as emulator,
            contextlib.ExitStack() as stack,
        ):
            # Without this call, every garbage collection would examine the objects of moto's
            # modules.
            gc.freeze()
            variables = list_variables(emulator, options)
            if admin_file:
                stack.enter_context(temporary_file(admin_file, create_administrator(emulator)))
                variables["AWS_SHARED_CREDENTIALS_FILE"] = admin_file
            if options.format is None and sys.stdout.isatty():
                write_document(format_banner(emulator, variables))
            else:
                write_document(format_variables(variables, options.format or "env"))
            if options.demo:
                write_line(sys.stderr, "To sign in (the page asks for no password), run:")
                write_line(sys.stderr, f"  {format_demo_login(emulator)}")
            write_line(
                sys.stderr, f"Emulating AWS at {emulator.endpoint_url}. Press Ctrl-C to stop."
            )
            # On Windows, a wait without a timeout blocks all signals.
            while not running.acquire(timeout=1):
                pass
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return 0


def create_administrator(emulator: Emulator) -> str:
    """Create a user with all permissions; return an AWS credentials file with the user's keys."""
    iam = emulator.client("iam")
    name = "administrator"
    iam.create_user(UserName=name)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_user_policy(UserName=name, PolicyName="everything", PolicyDocument=policy)
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    return (
        f"{ADMIN_FILE_HEADER}\n[default]\naws_access_key_id = {keys['AccessKeyId']}\n"
        f"aws_secret_access_key = {keys['SecretAccessKey']}\n"
    )


def check_admin_file(path: str) -> None:
    """Check that the file is missing or was left behind by a killed emulator; create its directory.

    Raises:
        ConfigurationError: If another program created the file, if the file is not a regular file,
            or if its directory cannot be created.
    """
    from cognito_credentials._suppliers.bounded_io import TimeLimitError, TooLongError, read_file
    from cognito_credentials.stores._private_files import kind_of_special_file, make_parent

    hint = "Pass the path of a file that does not exist yet; it is removed when the emulator stops."
    if kind := kind_of_special_file(path):
        raise ConfigurationError(
            f"option --admin-file must name a regular file, but {path} is {kind}", hint=hint
        )
    try:
        # The time limit matters if another process has created a pipe at this path in the meantime.
        data = read_file(path, max_bytes=MAX_ADMIN_FILE_BYTES, timeout=1.0)
    except FileNotFoundError:
        try:
            make_parent(path)
        except OSError as error:
            raise ConfigurationError(
                f"option --admin-file names {path}, whose directory cannot be created: "
                f"{error.strerror}",
                hint="Create the directory, or pass the path of a file in an existing directory.",
            ) from None
        return
    except (TooLongError, TimeLimitError):
        data = b""
    is_ours = data.partition(b"\n")[0].strip() == ADMIN_FILE_HEADER.encode()
    if not is_ours:
        raise ConfigurationError(
            f"option --admin-file names a file that another program created: {path}", hint=hint
        )


@contextlib.contextmanager
def temporary_file(path: str, text: str) -> Generator[None]:
    """Create a file that only this user can read, and remove it when the block ends."""
    from cognito_credentials.stores import _private_files

    _private_files.replace(path, text.encode())
    try:
        yield
    finally:
        with contextlib.suppress(OSError, _private_files.UnusableFileError):
            # Another emulator may have replaced the file in the meantime.
            if _private_files.read(path) == text.encode():
                _private_files.remove(path)


def _check_unused_options(options: Namespace) -> None:
    """Reject options of `emulator` that its subcommand would ignore."""
    unused: dict[str, object] = {"admin_file": None, "format": None}
    if options.action == "token":
        # `emulator token` has its own option --lifetime.
        unused |= {name: value for name, value in DEFAULTS.items() if name != "lifetime"}
    for name, default in unused.items():
        if getattr(options, name) != default:
            option = "--" + name.replace("_", "-")
            raise ConfigurationError(
                f"option {option} has no effect on `emulator {options.action}`",
                hint=f"Omit {option}.",
            )
