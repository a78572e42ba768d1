"""Wording of the error catalog for the library, for the command and for `explain`."""

from __future__ import annotations

import io
import sys
from argparse import Namespace

import pytest
from golden import assert_golden, error_texts
from harness import jwt

from cognito_credentials import errors
from cognito_credentials._core import error_catalog
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.diagnosis import service_error
from cognito_credentials._core.hints import Hint
from cognito_credentials._core.login_checks import check_logins
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.cli.explanations.log_warnings import LOG_WARNINGS
from cognito_credentials.cli.explanations.service_messages import SERVICE_MESSAGES
from cognito_credentials.cli.explanations.tool_messages import TOOL_MESSAGES
from cognito_credentials.cli.program import main, run_and_report

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
ROLE = "arn:aws:iam::123456789012:role/Reader"
OTHER_ROLE = "arn:aws:iam::123456789012:role/Writer"
GOOGLE = "accounts.google.com"
USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
FIXED = {GOOGLE: jwt(iss=f"https://{USER_POOL}", aud="app-client", exp=1_735_689_600)}
ROLES = {USER_POOL: jwt(**{"cognito:roles": [ROLE, OTHER_ROLE]})}


def context(tokens=None, *, refreshable=(), **facts) -> CallContext:
    logins = (
        None if tokens is None else ResolvedLogins(tokens, refreshable_names=frozenset(refreshable))
    )
    return CallContext(logins=logins, **facts)


KNOWN = {"identity_pool_id": POOL, "identity_id": IDENTITY}
CONTEXTS = {
    "nothing is known": context(),
    "guest": context({}, **KNOWN),
    "guest with a role": context({}, **KNOWN, role_arn=ROLE),
    "fixed token": context(FIXED, **KNOWN),
    "supplier": context(FIXED, refreshable=FIXED, **KNOWN),
    "opaque token": context({GOOGLE: "opaque"}, **KNOWN),
    "SAML": context({"arn:aws:iam::123456789012:saml-provider/Corp": "saml"}, **KNOWN),
    "token with azp": context({GOOGLE: jwt(aud="web", azp="android")}, **KNOWN),
    "social login": context({"www.amazon.com": "opaque"}, **KNOWN),
    "token with roles": context(ROLES, **KNOWN),
    "token with roles and a role": context(ROLES, **KNOWN, role_arn=ROLE),
}


def hints_of(entry) -> list[str]:
    """Return each distinct hint of an entry, preceded by the contexts in which it is used."""
    contexts: dict[tuple[str, str], list[str]] = {}
    for title, each in CONTEXTS.items():
        hint = entry.next_step(each)
        command = hint.for_command if isinstance(hint, Hint) else hint
        contexts.setdefault((str(hint), command), []).append(title)
    lines = []
    for (hint, command), titles in contexts.items():
        title = "always" if len(titles) == len(CONTEXTS) else "; ".join(titles)
        lines += [f"- {title}: {hint}", *([f"  command: {command}"] if command != hint else [])]
    return lines


def test_hints_of_the_catalog():
    blocks = []
    for entry in error_catalog.ENTRIES:
        title = f"## {entry.reason}: {entry.code} {entry.example}".rstrip(": ")
        blocks.append("\n".join([title, entry.meaning, *hints_of(entry)]))
    assert_golden("catalog_hints", "\n\n".join(blocks) + "\n")


def test_errors_of_login_tokens():
    def check(name, token, *, refreshable=(), service_now=1e9, local_now=None):
        logins = ResolvedLogins({name: token}, refreshable_names=frozenset(refreshable))
        return lambda: check_logins(logins, service_now=service_now, local_now=local_now)

    expired = jwt(iss=f"https://{USER_POOL}", aud="app-client", exp=1.0)
    text = error_texts(
        {
            "access token": check(USER_POOL, jwt(token_use="access")),
            "token of an identity pool": check(
                GOOGLE, jwt(iss="https://cognito-identity.amazonaws.com")
            ),
            "other issuer": check(GOOGLE, jwt(iss="https://login.example.com/")),
            "not a JWT": check(USER_POOL, "opaque"),
            "expired fixed token": check(USER_POOL, expired),
            "expired token of a supplier": check(USER_POOL, expired, refreshable=[USER_POOL]),
            "expired by the local clock": check(
                USER_POOL, expired, service_now=None, local_now=1e9
            ),
        }
    )
    expiring = jwt(iss=f"https://{USER_POOL}", aud="app-client", exp=1e9 + 60)
    (warning,) = check(USER_POOL, expiring)()
    (late_warning,) = check(USER_POOL, expiring, service_now=None, local_now=1e9 + 60)()
    text += f"\n## warning\n{warning}\n\n## warning about an expired token\n{late_warning}\n"
    assert_golden("login_checks", text)


def test_service_errors_as_text():
    def error(code, message, status=400):
        raise service_error(
            operation_name="GetId",
            code=code,
            message=message,
            http_status=status,
            context=CONTEXTS["guest"],
        )

    cases = {
        "an error code": lambda: error(
            "ResourceNotFoundException", f"IdentityPool '{POOL}' not found."
        ),
        "an unknown error code": lambda: error("SomethingNewException", "any text"),
        "a status without a code": lambda: error("", "", 403),
    }
    lines = []
    for title, raise_error in cases.items():
        with pytest.raises(errors.ServiceError) as caught:
            raise_error()
        lines.append(f"## {title}\n{caught.value}\n")
    assert_golden("service_errors", "\n".join(lines))


def report(error, *, debug=False) -> str:
    def fail() -> int:
        raise error

    stderr = sys.stderr
    sys.stderr = io.StringIO()
    try:
        status = run_and_report(fail, Namespace(debug=debug))
        return f"{sys.stderr.getvalue()}exit status {status}\n"
    finally:
        sys.stderr = stderr


def test_reports_of_the_command():
    cause = errors.LoginTokenError("no token", provider_name=GOOGLE)
    cause.__cause__ = FileNotFoundError(2, "No such file or directory", "/a/file")
    cases = {
        entry.reason: report(_without_hint(entry))
        for entry in error_catalog.ENTRIES
        if entry is error_catalog.entry_for_reason(entry.reason)
    } | {
        "causes with --debug": report(cause, debug=True),
        "permissions": report(PermissionError(13, "Permission denied", "/a/file")),
        "full disk": report(OSError(28, "No space left on device", "/a/file")),
        "other system error": report(OSError(5, "Input/output error", "/a/file")),
        "bug": report(RuntimeError("a secret")),
    }
    assert_golden("reports", "\n".join(f"## {title}\n{text}" for title, text in cases.items()))


def _without_hint(entry) -> errors.CognitoCredentialsError:
    if issubclass(entry.error, errors.ServiceError):
        return entry.error("message", operation_name="GetId", code="Code", http_status=400)
    if issubclass(entry.error, errors.LoginTokenError):
        return entry.error("message", provider_name=GOOGLE, reason=entry.reason)
    return entry.error("message")


@pytest.mark.parametrize(
    "text", ["Unable to locate credentials", "Token from a provider", "unknown"]
)
def test_explain_texts(text, capsys):
    status = main(["explain", text])
    name = text.lower().replace(" ", "_")
    assert_golden(f"explain_{name}", f"{capsys.readouterr().out}exit status {status}\n")


def test_explanations_of_other_messages():
    blocks = []
    for known in (*SERVICE_MESSAGES, *TOOL_MESSAGES, *LOG_WARNINGS):
        steps = [known.next_step] if isinstance(known.next_step, str) else []
        steps += [] if steps else map(known.next_step, ["s3:GetObject", "ec2:RunInstances"])
        lines = [f"## {known.example}", known.meaning, *(f"  - {cause}" for cause in known.causes)]
        blocks.append("\n".join([*lines, *(f"Next: {step}" for step in steps)]))
    assert_golden("known_messages", "\n\n".join(blocks) + "\n")
