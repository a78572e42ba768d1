"""The options that describe an emulator, and the emulator that they describe."""

from __future__ import annotations

import argparse
import ipaddress
import sys

from cognito_credentials._core import endpoints
from cognito_credentials._validation import MAX_PORT, expand_path
from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.settings.names import check_account_id
from cognito_credentials.cli.terminal.writing import write_line
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from cognito_credentials.emulator import Emulator

DEFAULT_HOST = "127.0.0.1"
DEFAULT_REGION = "us-east-1"
DEFAULT_ACCOUNT_ID = "123456789012"
DEFAULT_LIFETIME_SECONDS = 3600.0
DEMO_CLIENT_ID = "demo"
DEMO_USERS = ("ann", "ben")
# The options of `add_emulator_options`, by destination.
DEFAULTS: Mapping[str, object] = {
    "host": DEFAULT_HOST,
    "port": 0,
    "region": DEFAULT_REGION,
    "account_id": DEFAULT_ACCOUNT_ID,
    "lifetime": DEFAULT_LIFETIME_SECONDS,
    "no_iam": False,
    "config": None,
    "state": None,
    "demo": False,
}


def add_emulator_options(parser: ArgumentParser) -> None:
    """Add the options that describe an emulator to start, without their `DEFAULTS`.

    The defaults of a subparser would overwrite options that precede the subcommand's name.
    """
    parser.add_argument(
        "--host",
        metavar="ADDRESS",
        help=f"IPv4 address to listen on (default: {DEFAULT_HOST}); any address other than a "
        "loopback address exposes the emulator to the network",
        default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--port",
        type=int,
        metavar="PORT",
        help="port to listen on (default: a free port)",
        default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--region",
        metavar="REGION",
        help=f"emulated region (default: {DEFAULT_REGION})",
        default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--account-id",
        metavar="ID",
        help=f"emulated AWS account (default: {DEFAULT_ACCOUNT_ID})",
        default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--lifetime",
        type=float,
        metavar="SECONDS",
        help=f"lifetime of credentials (default: {DEFAULT_LIFETIME_SECONDS:g}, as in AWS)",
        default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--no-iam",
        action="store_true",
        help="do not enforce signatures or IAM policies; every access key may perform every action",
        default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="TOML file that declares identity pools, users, buckets and tables to create",
        default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--state",
        metavar="FILE",
        help="file that retains the identity pools and identities when the emulator stops",
        default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="create an identity pool whose guests and users can list buckets",
        default=argparse.SUPPRESS,
    )


def start_emulator(options: Namespace) -> Emulator:
    """Start an emulator with the options of `add_emulator_options`.

    Raises:
        ConfigurationError: If an option or a file is invalid, or the port or a file is not available.
    """
    _check_options(options)
    from cognito_credentials.emulator import Emulator

    emulator = Emulator(
        host=options.host,
        port=options.port,
        region=options.region,
        account_id=options.account_id,
        enforce_iam=not options.no_iam,
        credential_lifetime=options.lifetime,
        config_file=options.config and expand_path(options.config, "--config"),
        state_file=options.state and expand_path(options.state, "--state"),
    )
    try:
        emulator.start()
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {options.host}, port {options.port}: {error.strerror}",
            hint="Pass another --port, or omit --port and --host to use a free port of this machine.",
        ) from error
    warn_if_exposed(options.host)
    return emulator


def warn_if_exposed(host: str) -> None:
    """Print a warning unless only programs on this machine can connect to an address."""
    if not ipaddress.ip_address(host).is_loopback:
        write_line(
            sys.stderr,
            f"The emulator listens on {host}. Everyone who can reach this address can read "
            "and change everything in the emulated account.",
        )


def list_variables(emulator: Emulator, options: Namespace) -> dict[str, str]:
    """Create the resources that the options request, and return the environment variables."""
    variables = emulator.environment()
    pools = emulator.identity_service.list_pools()
    if options.demo:
        variables["AWS_COGNITO_IDENTITY_POOL_ID"] = create_demo_pool(emulator)
    elif len(pools) == 1:
        variables["AWS_COGNITO_IDENTITY_POOL_ID"] = pools[0].id
    return variables


def create_demo_pool(emulator: Emulator) -> str:
    """Create an identity pool whose guests and users can list buckets, and return its ID.

    The users sign in at the issuer of the emulator.
    """
    from cognito_credentials.emulator import allow

    emulator.create_bucket("demo-bucket")
    listing = [allow("s3:ListAllMyBuckets", "*")]
    pool = emulator.create_identity_pool("demo", guests=listing, signed_in=listing)
    provider = emulator.client("iam").create_open_id_connect_provider(
        Url=emulator.issuer.url, ClientIDList=[DEMO_CLIENT_ID], ThumbprintList=["0" * 40]
    )
    cognito = emulator.client("cognito-identity")
    settings = cognito.describe_identity_pool(IdentityPoolId=pool.id)
    del settings["ResponseMetadata"]
    providers = [provider["OpenIDConnectProviderArn"]]
    cognito.update_identity_pool(**settings, OpenIdConnectProviderARNs=providers)
    for user in DEMO_USERS:
        emulator.issuer.add_user(user)
    return pool.id


def format_demo_login(emulator: Emulator) -> str:
    """Return the command that signs in to the identity pool of `create_demo_pool`."""
    return f"{PROGRAM} login --issuer {emulator.issuer.url} --client-id {DEMO_CLIENT_ID}"


def _check_options(options: Namespace) -> None:
    endpoints.check_region(options.region, "option --region")
    from cognito_credentials.emulator.argument_checks import MAX_LIFETIME_SECONDS, REGION

    if not REGION.fullmatch(options.region):
        raise ConfigurationError(
            f"option --region must be the name of an AWS region, not {options.region!r}",
            hint=f"Pass a region such as {DEFAULT_REGION}.",
        )
    check_account_id(options.account_id, "option --account-id")
    if options.demo and options.state:
        raise ConfigurationError(
            "option --demo cannot be combined with --state, because the identity pool of --demo gets"
            " a new ID at each start",
            hint="Omit --demo, and declare an identity pool in a file that you pass with --config.",
        )
    try:
        ipaddress.IPv4Address(options.host)
    except ValueError:
        raise ConfigurationError(
            f"option --host must be an IPv4 address, not {options.host!r}",
            hint=f"Pass {DEFAULT_HOST} for this machine only, or 0.0.0.0 for all networks.",
        ) from None
    if not 0 <= options.port <= MAX_PORT:
        raise ConfigurationError(
            f"option --port must be a number from 0 to {MAX_PORT}, not {options.port}",
            hint="Pass a port such as 4599, or omit the option to use a free port.",
        )
    if not 0 < options.lifetime <= MAX_LIFETIME_SECONDS:
        raise ConfigurationError(
            "option --lifetime must be a positive number of seconds, at most"
            f" {MAX_LIFETIME_SECONDS}, not {options.lifetime:g}",
            hint=f"Pass a number of seconds such as {DEFAULT_LIFETIME_SECONDS:g}.",
        )
