"""What else a profile of the AWS config file can take its credentials from."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MODULE", "PROGRAM", "names_this_program", "other_sources"]

PROGRAM, MODULE = "cognito-credentials", "cognito_credentials"
# AWS tools ask for these before a credential_process, or instead of it, and not all in the same order.
OTHER_SOURCES = (
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "credential_source",
    "login_session",
    "role_arn",
    "source_profile",
    "sso_account_id",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
)


def other_sources(values: Mapping[str, str]) -> list[str]:
    """Return the keys by which a profile takes credentials from elsewhere."""
    found = [key for key in OTHER_SOURCES if key in values]
    process = values.get("credential_process")
    if process is not None and not (names_this_program(process) and "process" in process.split()):
        found.append("credential_process")
    return found


def names_this_program(line: str) -> bool:
    """Tell whether this program is anywhere in a line."""
    return PROGRAM in line or MODULE in line
