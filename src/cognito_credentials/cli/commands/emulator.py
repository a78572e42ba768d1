"""`emulator`: an AWS account on this machine, in the foreground, for any program to sign in to."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import threading

from cognito_credentials._core import endpoints
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog.trust_policy import trust_policy
from cognito_credentials.cli.settings.names import check_account_id
from cognito_credentials.cli.terminal.shells import VARIABLE_FORMATS, format_variables
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Generator, Mapping

    from cognito_credentials.emulator import Emulator

DESCRIPTION = """\
Run Amazon Cognito, and the AWS behind it, on a port of this machine, until it is interrupted.

  cognito-credentials emulator --port 4599 --demo

It prints the variables that point the AWS CLI, the SDKs and this program to it; for a shell, to be
pasted. All that it is told is gone when it ends.

The account is empty, or has what --demo makes. To make pools and roles of your own, let it write an
administrator's keys; docs/testing.md has the calls of the AWS CLI:

  cognito-credentials emulator --port 4599 --admin-file ~/.aws/emulator-admin
  aws cognito-identity create-identity-pool --identity-pool-name game ...
"""

HIGHEST_PORT = 65_535
ADMIN_FILE = "# An administrator of an account that `cognito-credentials emulator` runs."
EXAMPLES = "As in: --port 4599 --account-id 123456789012 --lifetime 3600."


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument(
        "--port", type=int, default=0, metavar="PORT", help="by default any that is free"
    )
    parser.add_argument("--region", default="us-east-1", help="by default us-east-1")
    parser.add_argument(
        "--account-id", default="123456789012", metavar="DIGITS", help="by default 123456789012"
    )
    parser.add_argument(
        "--lifetime",
        type=float,
        default=3600,
        metavar="SECONDS",
        help="how long credentials live; by default an hour, as in AWS",
    )
    parser.add_argument("--no-iam", action="store_true", help="let any keys do anything")
    parser.add_argument(
        "--demo", action="store_true", help="make a pool whose guests may list buckets"
    )
    parser.add_argument(
        "--admin-file",
        metavar="FILE",
        help="write an administrator's keys there, as an AWS credentials file that only you can "
        "read; gone when it ends",
    )
    parser.add_argument(
        "--format",
        choices=VARIABLE_FORMATS,
        default="env",
        metavar="FORMAT",
        help=f"how to print the variables: one of {', '.join(VARIABLE_FORMATS)}; by default env",
    )


def run(options: Namespace) -> int:
    """Run it until a signal ends it."""
    _check(options)
    file = options.admin_file and os.path.abspath(os.path.expanduser(options.admin_file))
    if file:
        _refuse_anothers(file)
    from cognito_credentials.emulator import Emulator

    ended = threading.Event()

    def end(_number: int, _frame: object) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        emulator = Emulator(
            port=options.port,
            region=options.region,
            account_id=options.account_id,
            enforce_iam=not options.no_iam,
            credential_lifetime=options.lifetime,
        )
        with contextlib.closing(_started(emulator, options.port)), contextlib.ExitStack() as stack:
            variables = emulator.environment()
            if file:
                stack.enter_context(_written(administrator(emulator), file))
                variables["AWS_SHARED_CREDENTIALS_FILE"] = file
            if options.demo:
                variables["AWS_COGNITO_IDENTITY_POOL_ID"] = demo_pool(emulator)
            sys.stdout.write(format_variables(variables, options.format) + "\n")
            sys.stdout.flush()
            sys.stderr.write(f"AWS is on {emulator.endpoint_url}. Ctrl-C ends it.\n")
            while not ended.wait(1):  # Windows lets no signal in while one waits without an end
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def demo_pool(emulator: Emulator) -> str:
    """Make an identity pool that takes guests, who may list buckets; returns its id."""
    identities, iam = emulator.client("cognito-identity"), emulator.client("iam")
    pool_id: str = identities.create_identity_pool(
        IdentityPoolName="demo", AllowUnauthenticatedIdentities=True
    )["IdentityPoolId"]
    trust = json.dumps(trust_policy(CallContext(identity_pool_id=pool_id)))
    allowed = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    role = iam.create_role(RoleName="demo-guest", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(
        RoleName="demo-guest", PolicyName="list-buckets", PolicyDocument=_policy(allowed)
    )
    identities.set_identity_pool_roles(
        IdentityPoolId=pool_id, Roles={"unauthenticated": role["Role"]["Arn"]}
    )
    # S3's one region that must not be named when a bucket is made in it.
    where = {"LocationConstraint": emulator.region}
    elsewhere = {} if emulator.region == "us-east-1" else {"CreateBucketConfiguration": where}
    emulator.client("s3").create_bucket(Bucket="demo-bucket", **elsewhere)
    return pool_id


def administrator(emulator: Emulator) -> str:
    """Make a user who may do everything; returns an AWS credentials file with the keys."""
    iam = emulator.client("iam")
    name = "administrator"
    iam.create_user(UserName=name)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_user_policy(UserName=name, PolicyName="everything", PolicyDocument=_policy(everything))
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    return (
        f"{ADMIN_FILE}\n[default]\naws_access_key_id = {keys['AccessKeyId']}\n"
        f"aws_secret_access_key = {keys['SecretAccessKey']}\n"
    )


def _refuse_anothers(file: str) -> None:
    """Refuse a file that no emulator has made; one that was killed leaves its own.

    Raises:
        ConfigurationError: If the file is somebody else's, or is not a regular file.
    """
    from cognito_credentials.stores._private_files import kind_of_special_file

    # Before opening it: opening a named pipe would block until another process writes to it.
    if kind := kind_of_special_file(file):
        raise ConfigurationError(
            f"option --admin-file names {file}, which is {kind}, not a regular file",
            hint="Pass the path of a file that does not exist yet.",
        )
    try:
        with open(file, encoding="utf-8", errors="replace") as found:
            is_ours = found.readline().strip() == ADMIN_FILE
    except FileNotFoundError:
        return
    if not is_ours:
        raise ConfigurationError(
            f"option --admin-file names {file}, which is there, and no emulator made it",
            hint="Name a file that is not there yet: it is removed when the emulator ends.",
        )


@contextlib.contextmanager
def _written(text: str, file: str) -> Generator[None]:
    """Have a file with this text, which only this user can read, as long as the block runs."""
    from cognito_credentials.stores import _private_files

    _private_files.replace(file, text.encode())
    try:
        yield
    finally:
        with contextlib.suppress(OSError, _private_files.UnusableFileError):
            if _private_files.read(file) == text.encode():  # and not another emulator's
                _private_files.remove(file)


def _started(emulator: Emulator, port: int) -> Emulator:
    try:
        return emulator.start()
    except OSError as error:
        raise ConfigurationError(
            f"port {port} cannot be listened on: {error.strerror}",
            hint="Give another --port, or none: a free one is taken then.",
        ) from error


def _check(options: Namespace) -> None:
    endpoints.check_region(options.region, "option --region")
    if not re.fullmatch(r"[a-z]+(-[a-z]+)+-\d+", options.region):  # what moto serves
        raise ConfigurationError(
            f"option --region is {options.region!r}: no region of AWS has such a name",
            hint="Write it as in us-east-1.",
        )
    check_account_id(options.account_id, "option --account-id")
    if not 0 <= options.port <= HIGHEST_PORT:
        raise ConfigurationError(
            f"option --port is {options.port}: it must be from 0 to {HIGHEST_PORT}", hint=EXAMPLES
        )
    if not 0 < options.lifetime < float("inf"):
        raise ConfigurationError(
            f"option --lifetime is {options.lifetime}: it must be seconds, above 0", hint=EXAMPLES
        )


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
