"""`emulator`: serve an emulated AWS account on this machine until the command is interrupted."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import threading

from cognito_credentials._core import endpoints
from cognito_credentials._validation import MAX_PORT, expand_home
from cognito_credentials.cli.settings.names import check_account_id
from cognito_credentials.cli.terminal.shells import VARIABLE_FORMATS, format_variables
from cognito_credentials.cli.terminal.writing import write_document, write_line
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Generator

    from cognito_credentials.emulator import Emulator

DESCRIPTION = """\
Run an emulator of Amazon Cognito and other AWS services on this machine until you stop it.

  cognito-credentials emulator --port 4599 --demo

Prints the environment variables that point the AWS CLI, the AWS SDKs and this program to the
emulator. Everything in the emulated account is lost when the emulator stops.

The account is empty, apart from the resources that --demo creates. To create your own resources, get
the keys of an administrator with --admin-file; docs/testing.md lists the AWS CLI commands:

  cognito-credentials emulator --port 4599 --admin-file ~/.aws/emulator-admin
  aws cognito-identity create-identity-pool --identity-pool-name game ...
"""

DEFAULT_REGION = "us-east-1"
DEFAULT_ACCOUNT_ID = "123456789012"
DEFAULT_LIFETIME_SECONDS = 3600.0
EMULATED_REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d+")
ADMIN_FILE_HEADER = "# Keys of an administrator, written by `cognito-credentials emulator`."
MAX_ADMIN_FILE_BYTES = 64 * 1024


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        metavar="PORT",
        help="port to listen on (default: a free port)",
    )
    parser.add_argument(
        "--region",
        default=DEFAULT_REGION,
        metavar="REGION",
        help=f"emulated region (default: {DEFAULT_REGION})",
    )
    parser.add_argument(
        "--account-id",
        default=DEFAULT_ACCOUNT_ID,
        metavar="ID",
        help=f"emulated AWS account (default: {DEFAULT_ACCOUNT_ID})",
    )
    parser.add_argument(
        "--lifetime",
        type=float,
        default=DEFAULT_LIFETIME_SECONDS,
        metavar="SECONDS",
        help=f"lifetime of credentials (default: {DEFAULT_LIFETIME_SECONDS:g}, as in AWS)",
    )
    parser.add_argument(
        "--no-iam",
        action="store_true",
        help="do not enforce signatures or IAM policies; every access key may perform every action",
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="create an identity pool whose guests can list buckets",
    )
    parser.add_argument(
        "--admin-file",
        metavar="FILE",
        help="AWS credentials file to create, with the keys of an administrator; removed at exit",
    )
    parser.add_argument(
        "--format",
        choices=VARIABLE_FORMATS,
        default="env",
        metavar="FORMAT",
        help=f"output format for the variables: {', '.join(VARIABLE_FORMATS)} (default: env)",
    )


def run(options: Namespace) -> int:
    """Run the emulator until SIGINT or SIGTERM arrives."""
    _check_options(options)
    admin_file = options.admin_file and os.path.abspath(expand_home(options.admin_file))
    if admin_file:
        check_admin_file(admin_file)
    from cognito_credentials.emulator import Emulator

    stopped = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        stopped.set()

    handlers = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        emulator = Emulator(
            port=options.port,
            region=options.region,
            account_id=options.account_id,
            enforce_iam=not options.no_iam,
            credential_lifetime=options.lifetime,
        )
        with contextlib.closing(_start(emulator, options.port)), contextlib.ExitStack() as stack:
            variables = emulator.environment()
            if admin_file:
                stack.enter_context(temporary_file(admin_file, create_administrator(emulator)))
                variables["AWS_SHARED_CREDENTIALS_FILE"] = admin_file
            if options.demo:
                variables["AWS_COGNITO_IDENTITY_POOL_ID"] = create_demo_pool(emulator)
            write_document(format_variables(variables, options.format))
            write_line(
                sys.stderr, f"Emulating AWS at {emulator.endpoint_url}. Press Ctrl-C to stop."
            )
            while not stopped.wait(1):  # a wait without a timeout blocks all signals on Windows
                pass
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return 0


def create_demo_pool(emulator: Emulator) -> str:
    """Create an identity pool whose guests can list buckets, and return its ID."""
    from cognito_credentials.emulator import allow

    emulator.create_bucket("demo-bucket")
    return emulator.create_identity_pool("demo", guests=[allow("s3:ListAllMyBuckets", "*")]).id


def create_administrator(emulator: Emulator) -> str:
    """Create a user with all permissions, and return an AWS credentials file with the keys."""
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
    """Check that the file does not exist, or that an emulator that was killed left it behind.

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
            f"option --admin-file names an existing file from another program: {path}", hint=hint
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


def _start(emulator: Emulator, port: int) -> Emulator:
    try:
        return emulator.start()
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on port {port}: {error.strerror}",
            hint="Pass another --port, or omit the option to use a free port.",
        ) from error


def _check_options(options: Namespace) -> None:
    endpoints.check_region(options.region, "option --region")
    if not EMULATED_REGION.fullmatch(options.region):
        raise ConfigurationError(
            f"option --region must be the name of an AWS region, not {options.region!r}",
            hint=f"Pass a region such as {DEFAULT_REGION}.",
        )
    check_account_id(options.account_id, "option --account-id")
    if not 0 <= options.port <= MAX_PORT:
        raise ConfigurationError(
            f"option --port must be a number from 0 to {MAX_PORT}, not {options.port}",
            hint="Pass a port such as 4599, or omit the option to use a free port.",
        )
    if not 0 < options.lifetime < float("inf"):
        raise ConfigurationError(
            f"option --lifetime must be a positive number of seconds, not {options.lifetime:g}",
            hint=f"Pass a number of seconds such as {DEFAULT_LIFETIME_SECONDS:g}.",
        )
