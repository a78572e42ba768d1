"""What a program that `exec` starts finds in its environment, and in the AWS files.

In the SDKs, keys in variables, a web identity token and a profile with credentials all come before
the endpoint. So the variables that would win are removed. A `default` profile with credentials of
its own wins too, and no variable says otherwise: then, and only then, the child gets copies of the
two AWS files, in the private folder where its token is, in which that profile has all its other
settings and no credentials. The other profiles are there as they were, for a program that asks for
one by name. Where `default` has no credentials, nothing is copied.

An `exec` in a program of another's is its own: it takes out what the other has given.
"""

from __future__ import annotations

import os
import re

from cognito_credentials._config.aws_files import VARIABLES, path_of, read_bytes
from cognito_credentials._suppliers.bounded_io import TooLateError, TooMuchError
from cognito_credentials.cli.aws_config.credential_sources import OTHER_SOURCES
from cognito_credentials.cli.endpoint.token_file import write_private_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "EXEC_VARIABLE",
    "copy_aws_files",
    "remove_credential_variables",
    "set_default_region",
    "without_default_credentials",
]

# What credentials come from in some SDK, old ones included; and what would be wrong beside others.
WOULD_WIN = frozenset(
    (
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_ACCOUNT_ID",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_CREDENTIAL_FILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    )
)

# What a profile takes credentials from, and what would be wrong beside others.
CREDENTIAL_KEYS = frozenset(
    (*OTHER_SOURCES, "aws_account_id", "aws_security_token", "credential_process", "sso_region")
)

# Whose credentials a program was given: a profile's name or an id, for a prompt to show.
EXEC_VARIABLE = "COGNITO_CREDENTIALS_EXEC"

REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
# The region that was given with them, and not set by the user.
GIVEN_REGION = "_COGNITO_CREDENTIALS_REGION"

_SECTION = re.compile(r"\s*\[\s*([^\]]*?)\s*\]")
_KEY = re.compile(r"([^\s=:#;\[][^=:]*?)\s*[=:]")


def remove_credential_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what would win over the credentials that are given."""
    found = {name: value for name, value in environment.items() if name not in WOULD_WIN}
    given = found.pop(GIVEN_REGION, None)
    for name in REGIONS:
        if given and found.get(name) == given:
            del found[name]
    return found


def set_default_region(environment: dict[str, str], *regions: str | None) -> None:
    """Set the region under both of its names; what is set counts, then the first that is known."""
    own = next(filter(None, map(environment.get, REGIONS)), None)
    region = own or next(filter(None, regions))
    if not own:
        environment[GIVEN_REGION] = region
    for name in REGIONS:
        environment[name] = environment.get(name) or region


def copy_aws_files(environment: Mapping[str, str], folder: str) -> dict[str, str]:
    """Copy what AWS files have credentials for `default`, less these; return the variables."""
    variables: dict[str, str] = {}
    for kind, variable in VARIABLES.items():
        path = path_of(kind, environment)
        try:
            contents = read_bytes(path)
        except (OSError, TooLateError, TooMuchError):
            continue  # which the child could not read either
        text = contents.decode(errors="surrogateescape")
        cleaned = without_default_credentials(text)
        if cleaned != text:
            copy = os.path.join(folder, kind)
            variables[variable] = write_private_file(copy, cleaned.encode(errors="surrogateescape"))
    return variables


def without_default_credentials(text: str) -> str:
    """Return an AWS file without the `default` profile's credentials, and with all else."""
    kept: list[str] = []
    is_default = is_dropped = False
    for line in text.splitlines(keepends=True):
        if section := _SECTION.match(line):
            name = section[1].removeprefix("profile ").strip().strip("\"'")
            is_default, is_dropped = name == "default", False
        elif key := _KEY.match(line):
            is_dropped = is_default and key[1].lower() in CREDENTIAL_KEYS
        elif not line[:1].isspace():
            is_dropped = False  # a comment; indented lines belong to the key above them
        if not is_dropped or not line.strip():
            kept.append(line)
    return "".join(kept)
