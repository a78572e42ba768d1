"""Messages and hints of the command must not contain Python vocabulary."""

from __future__ import annotations

import ast
import functools
import re
import string
from pathlib import Path

import pytest
from cases import check_each
from harness import jwt

from cognito_credentials import errors
from cognito_credentials._core import error_catalog
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.diagnosis import service_error
from cognito_credentials._core.hints import OPTIONS, RENDERINGS
from cognito_credentials._core.login_checks import check_logins
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.cli import program
from cognito_credentials.cli.commands.process import CHAIN_VARIABLE
from cognito_credentials.cli.reporting.exit_status import describe_error
from cognito_credentials.cli.reporting.hints import next_step

SOURCES = Path(__file__).parents[2] / "src" / "cognito_credentials"
PYTHON = re.compile(
    r"logins=|\blogins\[|callable|Token\(|FileToken|CommandToken|EnvironmentToken|BasicFlow|basic_flow"
    r"|ClientConfig|client_config|client_cert|from_cognito|(?<!For)DeveloperIdentity|login_from_id_token"
    r"|_seconds|_timeout|custom_role_arn|cache=|\.cached\(|supplier|user_identifier|refresh=|None\b"
)
GOOGLE = "accounts.google.com"
POOL_KEY = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
ROLE = "arn:aws:iam::123456789012:role/one"


def check(error: errors.CognitoCredentialsError) -> None:
    step = next_step(error)
    assert step
    assert not PYTHON.search(step), step
    assert "--debug" not in step
    assert not PYTHON.search(describe_error(error)), describe_error(error)


# --- errors with a hint from the catalog -------------------------------------------------------


LOGINS = {
    "guest": {},
    "ID token": {GOOGLE: jwt(exp=1.0, **{"cognito:roles": [ROLE]})},
    "opaque token": {"graph.facebook.com": "opaque-token"},
    "not a JWT": {GOOGLE: "opaque-token"},
}


@check_each("login", LOGINS)
@check_each("role", [None, ROLE])
@check_each("entry", error_catalog.SERVICE_ENTRIES)
def test_hints_for_service_errors(entry, login, role):
    tokens = LOGINS[login]
    context = CallContext(
        identity_pool_id=POOL,
        identity_id=POOL,
        role_arn=role,
        logins=ResolvedLogins(tokens, refreshable_names=frozenset(tokens)),
    )
    check(
        service_error(
            operation_name="GetId",
            code=entry.code,
            message=entry.example,
            http_status=400,
            context=context,
        )
    )


@check_each("entry", error_catalog.ENTRIES)
def test_next_steps_of_errors_without_a_hint(entry):
    error = entry.error.__new__(entry.error)
    error.message, error.hint, error.reason = "", "", entry.reason
    step = next_step(error)
    assert step
    assert not PYTHON.search(step)
    assert "--debug" not in step


@pytest.mark.parametrize(
    "tokens",
    [
        {GOOGLE: jwt(iss="https://other.example", exp=1.0)},
        {GOOGLE: jwt(iss="https://cognito-identity.amazonaws.com", exp=1.0)},
        {GOOGLE: jwt(exp=1.0)},
        {POOL_KEY: jwt(POOL_KEY, token_use="access")},
        {POOL_KEY: "opaque-token"},
    ],
)
def test_hints_for_rejected_login_tokens(tokens):
    logins = ResolvedLogins(tokens, refreshable_names=frozenset(tokens))
    with pytest.raises(errors.LoginTokenError) as caught:
        check_logins(logins, service_now=1e9)
    check(caught.value)


# --- all hints in the source ---------------------------------------------------------------------

# Maps each file with hints that only Python developers see to the arguments in the hints. Users of
# the command cannot set these arguments.
FOR_PROGRAMS = {
    "_core/identity_sources.py": "user_identifier",
    "_core/signing_keys.py": "AWS credentials of a back end",
    "_core/login_resolution.py": "the type of logins, and suppliers",
    "_core/rate_limiting.py": "brokers",
    "_core/flight_errors.py": "brokers, and calls from within a supplier",
    "_base/cache.py": "providers",
    "_base/checks.py": "arguments that are objects",
    "_base/provider.py": "arguments; cli.settings.validation checks those of the command",
    "_suppliers/default_credentials.py": "AWS credentials of a back end",
    "_suppliers/developer_identity.py": "DeveloperIdentity",
    "config.py": "arguments; cli.settings.validation checks those of the command",
    "logins.py": "suppliers, and the functions that create them",
    "policy.py": "policies",
    "stores/_redis_clients.py": "Redis",
    "stores/_sealing.py": "Redis",
    "stores/config.py": "descriptions of stores",
    "stores/redis.py": "Redis",
}
PACKAGES_FOR_PROGRAMS = ("_aio", "_provider_config", "_sync", "integrations", "emulator")


@functools.cache
def hint_calls() -> list[tuple[str, ast.Call]]:
    """Return each call to `Hint` in the source, with its file and line."""
    return [
        (f"{path.relative_to(SOURCES).as_posix()}:{node.lineno}", node)
        for path in sorted(SOURCES.rglob("*.py"))
        if path.name != "hints.py"  # hints.py defines `Hint`.
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Hint"
    ]


def templates_of(call: ast.Call) -> list[str]:
    templates = [*call.args, *(k.value for k in call.keywords if k.arg == "for_command")]
    return [text_of(template) for template in templates]


def text_of(expression: ast.expr) -> str:
    return "".join(
        part.value
        for part in ast.walk(expression)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


@check_each("place, call", hint_calls)
def test_every_placeholder_has_a_wording_or_a_value(place, call):
    values = {k.arg for k in call.keywords} - {"for_command"}
    fields = {
        field
        for template in templates_of(call)
        for _, field, _, _ in string.Formatter().parse(template)
        if field is not None
    }
    assert not fields - values - RENDERINGS.keys(), place
    assert not values - fields, place


@functools.cache
def written_hints() -> list[tuple[str, str]]:
    """Return each hint that is an argument of an error, in the wording for the command."""
    hints = []
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(SOURCES).as_posix()
        if name in FOR_PROGRAMS or name.startswith(PACKAGES_FOR_PROGRAMS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            kind = getattr(errors, getattr(node.func, "attr", getattr(node.func, "id", "")), None)
            arguments = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
            if arguments and isinstance(kind, type):
                hints.append((f"{name}:{node.lineno}", command_text(arguments[0])))
    return hints


def command_text(hint: ast.expr) -> str:
    if isinstance(hint, ast.Call) and getattr(hint.func, "id", "") == "Hint":
        return templates_of(hint)[-1]
    return text_of(hint)


@check_each("place, text", written_hints)
def test_hints_in_the_source(place, text):
    for placeholder, option in OPTIONS.items():
        text = text.replace(f"{{{placeholder}}}", option)
    assert not PYTHON.search(text), place


def test_hints_are_found_and_every_exception_exists():
    assert len(written_hints()) > 60
    assert len(hint_calls()) > 30
    assert all((SOURCES / name).is_file() for name in FOR_PROGRAMS)


# --- invalid settings, through the command -----------------------------------------------------------

INVALID = [
    ("--identity-pool-id pool", 2, "option --identity-pool-id"),
    ("--identity-pool-id us-east-1_Example", 2, "option --identity-pool-id"),
    ("--identity-id x", 2, "option --identity-id"),
    (f"{POOL} --region x/y", 2, "option --region"),
    (f"{POOL} --region eu-west-1", 2, "option --region"),
    (f"{POOL} --endpoint-url nope", 2, "option --endpoint-url"),
    (f"{POOL} --account-id 12", 2, "option --account-id"),
    (f"{POOL} --custom-role-arn x", 2, "option --custom-role-arn"),
    (f"{POOL} --role-arn x", 2, "option --role-arn"),
    (f"{POOL} --role-arn {ROLE} --custom-role-arn {ROLE}", 2, "option --role-arn"),
    (f"{POOL} --duration 900", 2, "option --duration"),
    (f"{POOL} --role-arn {ROLE} --duration 10", 2, "option --duration"),
    (f"{POOL} --role-arn {ROLE} --duration 1h", 2, "option --duration"),
    (f"{POOL} --login K", 2, "option --login"),
    (f"{POOL} --login K=@", 2, "option --login"),
    (f"{POOL} --login K=env:", 2, "option --login"),
    (f"{POOL} --login K=cmd:", 2, "option --login"),
    (f"{POOL} --login K=cmd:'", 2, "option --login"),
    (f"{POOL} --login K=token", 2, "option --login"),
    (f"{POOL} --login https://K=@file", 2, "option --login"),
    (f"{POOL} --login {'K' * 129}=@file", 2, "option --login"),
    (f"{POOL} " + " ".join(f"--login K{i}=@file" for i in range(11)), 2, "option --login"),
    (f"{POOL} --login K=@/nope", 3, "option --login"),
    (f"{POOL} --login K=@/dev/null", 3, "option --login"),
    (f"{POOL} --login K=env:NOPE", 3, "option --login"),
    (f"{POOL} --login K=cmd:/nope", 3, "option --login"),
    (f"{POOL} --login K=cmd:false", 3, "option --login"),
    (f"{POOL} --issuer https://issuer.example", 2, "--client-id"),
    (f"{POOL} --issuer https://issuer.example --client-id x", 3, "cognito-credentials login"),
    ("--profile nope", 2, "option --profile"),
    ("--user x", 2, "--identity-pool-id"),
    (f"{POOL} --endpoint-url http://127.0.0.1:1", 5, "127.0.0.1:1"),
]


@pytest.mark.parametrize("subcommand", ["process", "export", "whoami"])
@pytest.mark.parametrize(
    ("words", "status", "named"), INVALID, ids=[row[0][-60:] for row in INVALID]
)
def test_an_invalid_option_is_named(subcommand, words, status, named, capsys, monkeypatch):
    monkeypatch.setenv(CHAIN_VARIABLE, "")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.delenv("NOPE", raising=False)
    given = ["--identity-pool-id", *words.split()] if words.startswith(POOL) else words.split()
    assert program.main([subcommand, *given]) == status
    out, err = capsys.readouterr()
    assert out == ""
    message, step, _ = err.splitlines()
    assert message.startswith("cognito-credentials: ")
    assert step.startswith("Next: ")
    assert named in err
    assert not PYTHON.search(err)
    assert "--debug" not in err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_COGNITO_IDENTITY_POOL_ID", "pool"),
        ("AWS_COGNITO_ACCOUNT_ID", "12"),
        ("AWS_COGNITO_ROLE_ARN", "x"),
        ("AWS_COGNITO_DURATION", "10"),
        ("AWS_COGNITO_LOGINS", "K=token"),
        ("AWS_ENDPOINT_URL", "nope"),
        ("AWS_MAX_ATTEMPTS", "none"),
        ("AWS_RETRY_MODE", "none"),
        ("AWS_USE_FIPS_ENDPOINT", "perhaps"),
        ("AWS_PROFILE", "nope"),
    ],
)
def test_an_invalid_environment_variable_is_named(name, value, capsys, monkeypatch):
    monkeypatch.setenv(CHAIN_VARIABLE, "")
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv(name, value)
    assert program.main(["process"]) == 2
    message, step, _ = capsys.readouterr().err.splitlines()
    assert name in message
    assert not PYTHON.search(message + step)
    assert "--debug" not in step


@pytest.mark.parametrize(
    "line",
    [
        "cognito_identity_pool_id = pool",
        "cognito_identity_pool = x",
        "cognito_account_id = 12",
        "cognito_role_arn = x",
        "cognito_duration = 10",
        "cognito_logins = K=token",
        "endpoint_url = nope",
        "max_attempts = none",
        "services = none",
    ],
)
def test_an_invalid_profile_line_is_named(line, capsys, monkeypatch, home):
    monkeypatch.setenv(CHAIN_VARIABLE, "")
    file = home / ".aws" / "config"
    file.parent.mkdir()
    key = line.partition(" ")[0]
    pool = "" if key.endswith("pool_id") else f"cognito_identity_pool_id = {POOL}\n"
    text = f"# one\n[profile game]\n{pool}{line}\n"
    file.write_text(text)
    assert program.main(["process", "--profile", "game"]) == 2
    message, step, _ = capsys.readouterr().err.splitlines()
    assert f"profile game in {file}, line {text.count(chr(10))})" in message
    assert key in message
    assert not PYTHON.search(message + step)
