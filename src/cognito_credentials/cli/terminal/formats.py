"""Conversion of credentials to the formats that other programs read."""

from __future__ import annotations

import json

from cognito_credentials._core.timestamps import iso_timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.credentials import Credentials

__all__ = [
    "environment_variables",
    "full_document",
    "process_document",
    "profile_section",
]


def process_document(credentials: Credentials) -> str:
    """Return the JSON document that AWS SDKs expect from a `credential_process`."""
    return json.dumps(credentials.as_dict())


def full_document(credentials: Credentials) -> str:
    """Return the document of `process_document`, indented, with the identity ID added."""
    fields = credentials.as_dict() | {"IdentityId": credentials.identity_id}
    return json.dumps(fields, indent=2)


def environment_variables(credentials: Credentials) -> dict[str, str]:
    """Return the environment variables, in the order of `aws configure export-credentials`."""
    variables = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_CREDENTIAL_EXPIRATION": iso_timestamp(credentials.expiration.timestamp()),
    }
    if credentials.account_id:
        variables["AWS_ACCOUNT_ID"] = credentials.account_id
    return variables


def profile_section(credentials: Credentials, profile: str) -> str:
    """Return the credentials as a profile section for the AWS credentials file.

    Raises:
        ConfigurationError: If the file cannot represent a value or the name of the profile.
    """
    from cognito_credentials._config.botocore_files import parse_as_botocore

    values = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }
    lines = [f"{name} = {value}" for name, value in values.items()]
    # The name is not quoted, because in this file, quotes would become part of the name.
    section = "\n".join([f"[{profile}]", *lines])
    parser = parse_as_botocore(section.encode(errors="replace"))
    if parser is None or parser.sections() != [profile] or dict(parser.items(profile)) != values:
        from cognito_credentials.errors import ConfigurationError

        raise ConfigurationError(
            "the credentials or the name of the profile cannot be written to an AWS credentials file",
            hint="Use --format json, or another profile.",
        )
    return section
