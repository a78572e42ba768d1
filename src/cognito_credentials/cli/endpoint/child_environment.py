"""The environment and the AWS files of the program that `exec` starts.

In the AWS SDKs, some environment variables take precedence over the container-credentials endpoint,
so `exec` removes them: variables that contain access keys, name a web identity token file, or
select a profile. A `default` profile with credentials also takes precedence, and no variable
disables it. Therefore, if `default` has credentials, the program gets copies of the AWS files, in
the private directory that contains its token. The copies omit the credentials of `default` and are
otherwise unchanged, so the program can still use the other profiles by name.

A nested `exec` first removes the variables that the outer `exec` has added.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from cognito_credentials._config.aws_files import (
    COMMENT_PREFIXES,
    MAX_FILE_BYTES,
    PATH_VARIABLES,
    PIPE_TIMEOUT_SECONDS,
    get_file_path,
    parse_key,
    parse_section,
)
from cognito_credentials._endpoint.token_file import write_private_file
from cognito_credentials._suppliers.bounded_io import TimeLimitError, TooLongError, read_file
from cognito_credentials.cli.aws_config.credential_sources import OTHER_SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "EXEC_VARIABLE",
    "copy_aws_files",
    "remove_credential_variables",
    "remove_default_credentials",
    "set_default_region",
]

# Variables from which AWS SDKs, including old versions, read credentials or related settings.
CREDENTIAL_VARIABLES = frozenset(
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

# Profile keys from which AWS SDKs read credentials or related settings.
CREDENTIAL_KEYS = frozenset(
    (*OTHER_SOURCES, "aws_account_id", "aws_security_token", "credential_process", "sso_region")
)

# This variable contains a profile name or an ID, for display in a shell prompt.
EXEC_VARIABLE = "COGNITO_CREDENTIALS_EXEC"

REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
# This variable contains the region that `exec` has set, so that a nested `exec` does not treat the
# region as the user's setting.
INJECTED_REGION_VARIABLE = "_COGNITO_CREDENTIALS_REGION"


def remove_credential_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the variables that take precedence over the endpoint."""
    cleaned = {
        name: value for name, value in environment.items() if name not in CREDENTIAL_VARIABLES
    }
    injected = cleaned.pop(INJECTED_REGION_VARIABLE, None)
    for name in REGION_VARIABLES:
        if injected and cleaned.get(name) == injected:
            del cleaned[name]
    return cleaned


def set_default_region(environment: dict[str, str], *regions: str | None) -> None:
    """Set both region variables to the user's region, or to the first region in `regions`."""
    user_region = next(filter(None, map(environment.get, REGION_VARIABLES)), None)
    region = user_region or next(filter(None, regions))
    if not user_region:
        environment[INJECTED_REGION_VARIABLE] = region
    for name in REGION_VARIABLES:
        environment[name] = environment.get(name) or region


def copy_aws_files(environment: Mapping[str, str], directory: str) -> dict[str, str]:
    """Copy each AWS file in which `default` has credentials, without these credentials.

    Returns:
        The variables that point to the copies; empty if no file had to be copied.
    """
    variables: dict[str, str] = {}
    for kind, variable in PATH_VARIABLES.items():
        path = get_file_path(kind, environment)
        try:
            data = read_file(path, max_bytes=MAX_FILE_BYTES, timeout=PIPE_TIMEOUT_SECONDS)
        except (OSError, TooLongError, TimeLimitError):
            continue  # The program cannot read this file either.
        # Normalize line breaks, like `open`.
        text = data.decode(errors="surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
        cleaned = remove_default_credentials(text)
        if cleaned != text:
            copy = os.path.join(directory, kind)
            variables[variable] = write_private_file(copy, cleaned.encode(errors="surrogateescape"))
    return variables


def remove_default_credentials(text: str) -> str:
    """Return the text of an AWS file without the credentials of the `default` profile.

    Lines are interpreted as in `configparser`, which botocore uses to read the file.
    """
    lines: list[str] = []
    in_default = in_removed_key = False
    # The indentation of the current key, whose continuation lines are indented further.
    key_indent: int | None = None
    for line in io.StringIO(text):
        words = line.strip()
        is_comment = words.startswith(COMMENT_PREFIXES)
        if not words or is_comment:
            is_part_of_key = is_comment and in_removed_key and line[0].isspace()
            if not is_part_of_key:
                lines.append(line)
            continue
        indent = len(line) - len(line.lstrip())
        if key_indent is None or indent <= key_indent:
            if (section := parse_section(words)) is not None:
                name = section.strip().removeprefix("profile").strip().strip("\"'")
                in_default, in_removed_key, key_indent = name == "default", False, None
            else:
                in_removed_key = in_default and parse_key(words) in CREDENTIAL_KEYS
                key_indent = indent
        if not in_removed_key:
            lines.append(line)
    return "".join(lines)
