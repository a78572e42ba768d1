"""What else a profile of the AWS config file can take its credentials from."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROGRAM", "other_sources"]

PROGRAM = "cognito-credentials"
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
    if "credential_process" in values and not _is_ours(values["credential_process"]):
        found.append("credential_process")
    return found


def _is_ours(process: str) -> bool:
    return "process" in process.split() and (PROGRAM in process or "cognito_credentials" in process)
