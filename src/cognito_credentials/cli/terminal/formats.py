"""Credentials as other programs read them."""

from __future__ import annotations

import json

from cognito_credentials._core.timestamps import iso_timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.credentials import Credentials

__all__ = ["container_document", "process_document", "section", "variables", "whole_document"]


def process_document(credentials: Credentials) -> str:
    """Return what an AWS SDK reads from a `credential_process`."""
    return json.dumps(_of_process(credentials))


def container_document(credentials: Credentials) -> str:
    """Return what an AWS SDK reads from a container-credentials endpoint."""
    return json.dumps(_document(credentials, "Token"))


def variables(credentials: Credentials) -> dict[str, str]:
    """Return the environment variables, in the order of `aws configure export-credentials`."""
    found = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_CREDENTIAL_EXPIRATION": iso_timestamp(credentials.expiration.timestamp()),
    }
    if credentials.account_id:
        found["AWS_ACCOUNT_ID"] = credentials.account_id
    return found


def _of_process(credentials: Credentials) -> dict[str, object]:
    return {"Version": 1} | _document(credentials, "SessionToken")


def _document(credentials: Credentials, token: str) -> dict[str, object]:
    """Return the document; the two kinds of reader have each a name for the session token."""
    document: dict[str, object] = {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        token: credentials.session_token,
        "Expiration": iso_timestamp(credentials.expiration.timestamp()),
    }
    if credentials.account_id:
        document["AccountId"] = credentials.account_id
    return document


def whole_document(credentials: Credentials) -> str:
    """Return everything that is known of them, the identity id too."""
    document = _of_process(credentials) | {"IdentityId": credentials.identity_id}
    return json.dumps(document, indent=2)


def section(credentials: Credentials, profile: str) -> str:
    """Return a profile's section for `~/.aws/credentials`, where names stand without quotes."""
    return "\n".join(
        [
            f"[{profile}]",
            f"aws_access_key_id = {credentials.access_key_id}",
            f"aws_secret_access_key = {credentials.secret_access_key}",
            f"aws_session_token = {credentials.session_token}",
        ]
    )
