"""Profile keys that select a source of credentials other than this program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_credentials.cli import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MODULE_NAME",
    "OTHER_SOURCES",
    "PRECEDING_KEYS",
    "STATIC_KEYS",
    "find_other_sources",
    "mentions_this_program",
]

MODULE_NAME = "cognito_credentials"
STATIC_KEYS = ("aws_access_key_id", "aws_secret_access_key")
# Each of these keys takes precedence over credential_process in boto3 and the AWS CLI; role_arn and
# web_identity_token_file also in the JavaScript SDK.
PRECEDING_KEYS = (
    "role_arn",
    "web_identity_token_file",
    "sso_account_id",
    "sso_role_name",
    "login_session",
)
OTHER_SOURCES = (
    *STATIC_KEYS,
    "aws_session_token",
    *PRECEDING_KEYS,
    "credential_source",
    "source_profile",
    "sso_session",
    "sso_start_url",
)


def find_other_sources(values: Mapping[str, str]) -> list[str]:
    """Return the keys of a profile that select a source of credentials other than this program."""
    keys = [key for key in OTHER_SOURCES if key in values]
    process = values.get("credential_process")
    if process is not None and not (
        mentions_this_program(process) and "process" in process.split()
    ):
        keys.append("credential_process")
    return keys


def mentions_this_program(command_line: str) -> bool:
    """Return True if a command line contains the name of this program or of its package."""
    return PROGRAM in command_line or MODULE_NAME in command_line
