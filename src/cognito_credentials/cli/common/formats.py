"""Credentials as other programs read them."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.credentials import Credentials

__all__ = ["FORMATS", "container_document", "process_document", "variables"]


def expiration(credentials: Credentials) -> str:
    """Return when they end; with a `Z`, since some SDKs read nothing else."""
    return credentials.expiration.strftime("%Y-%m-%dT%H:%M:%SZ")


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
        "AWS_CREDENTIAL_EXPIRATION": expiration(credentials),
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
        "Expiration": expiration(credentials),
    }
    if credentials.account_id:
        document["AccountId"] = credentials.account_id
    return document


def _lines(form: str) -> Callable[[Credentials], str]:
    return lambda credentials: "\n".join(
        form.format(name=name, value=value) for name, value in variables(credentials).items()
    )


def _everything(credentials: Credentials) -> str:
    document = _of_process(credentials) | {"IdentityId": credentials.identity_id}
    return json.dumps(document, indent=2)


def _ini(credentials: Credentials) -> str:
    """Return a section for `~/.aws/credentials`."""
    return "\n".join(
        [
            "[default]",
            f"aws_access_key_id = {credentials.access_key_id}",
            f"aws_secret_access_key = {credentials.secret_access_key}",
            f"aws_session_token = {credentials.session_token}",
        ]
    )


# Keys and tokens are of letters, digits, / + and =, which none of these shells reads as its own.
FORMATS: dict[str, Callable[[Credentials], str]] = {
    "process": process_document,
    "env": _lines("export {name}='{value}'"),
    "env-no-export": _lines("{name}={value}"),
    "powershell": _lines('$Env:{name}="{value}"'),
    "windows-cmd": _lines("set {name}={value}"),
    "fish": _lines("set -gx {name} '{value}'"),
    "json": _everything,
    "ini": _ini,
}
