"""What else a profile of the AWS config file can take its credentials from."""

from __future__ import annotations

from cognito_credentials.cli.program import PROGRAM

TYPE_CHECKING = False
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
# AWS tools ask for each of these before a credential_process.
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
    """Return the keys by which a profile takes credentials from elsewhere."""
    found = [key for key in OTHER_SOURCES if key in values]
    process = values.get("credential_process")
    if process is not None and not (
        mentions_this_program(process) and "process" in process.split()
    ):
        found.append("credential_process")
    return found


def mentions_this_program(line: str) -> bool:
    """Tell whether this program is anywhere in a line."""
    return PROGRAM in line or MODULE_NAME in line
