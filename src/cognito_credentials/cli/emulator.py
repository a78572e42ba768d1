"""`emulator`: an AWS account on this machine, in the foreground, for any program to sign in to."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sys
import threading

from cognito_credentials.cli.common.shells import FORMS, written
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from cognito_credentials.emulator import Emulator

DESCRIPTION = """\
Run Amazon Cognito, and the AWS behind it, on a port of this machine, until it is interrupted.

  cognito-credentials emulator --port 4599 --demo

It prints the variables that point the AWS CLI, the SDKs and this program to it; for a shell, to be
pasted. All that it is told is gone when it ends.
"""

HIGHEST_PORT = 65_535
EXAMPLES = "As in: --port 4599 --account-id 123456789012 --lifetime 3600."


def add_arguments(parser: ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port; by default one that is free"
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
        "--format",
        choices=FORMS,
        default="env",
        metavar="FORMAT",
        help=f"of the variables: {', '.join(FORMS)}; by default env",
    )


def run(options: Namespace) -> int:
    """Run it until a signal ends it."""
    _check(options)
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
        with contextlib.closing(_started(emulator, options.port)):
            variables = emulator.environment()
            if options.demo:
                variables["AWS_COGNITO_IDENTITY_POOL_ID"] = demo_pool(emulator)
            sys.stdout.write(written(variables, options.format) + "\n")
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
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": pool_id},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"},
        },
    }
    allowed = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    role = iam.create_role(RoleName="demo-guest", AssumeRolePolicyDocument=_policy(trust))
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


def _started(emulator: Emulator, port: int) -> Emulator:
    try:
        return emulator.start()
    except OSError as error:
        raise ConfigurationError(
            f"port {port} cannot be listened on: {error.strerror}",
            hint="Give another --port, or none: a free one is taken then.",
        ) from error


def _check(options: Namespace) -> None:
    from cognito_credentials._core import endpoints

    endpoints.check_region(options.region)
    if not re.fullmatch(r"[a-z]+(-[a-z]+)+-\d+", options.region):  # what moto serves
        raise ConfigurationError(
            f"region is {options.region!r}: no region of AWS has such a name",
            hint="Write it as in us-east-1.",
        )
    account_id = options.account_id
    if not (account_id.isascii() and account_id.isdigit() and len(account_id) == 12):  # noqa: PLR2004
        raise ConfigurationError(
            f"account_id is {account_id!r}: it must be 12 digits", hint=EXAMPLES
        )
    if not 0 <= options.port <= HIGHEST_PORT:
        raise ConfigurationError(
            f"port is {options.port}: it must be from 0 to {HIGHEST_PORT}", hint=EXAMPLES
        )
    if not 0 < options.lifetime < float("inf"):
        raise ConfigurationError(
            f"lifetime is {options.lifetime}: it must be seconds, above 0", hint=EXAMPLES
        )


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
