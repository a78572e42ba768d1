"""What the command says when something is wrong is for who uses it, not for who writes Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from harness import jwt

from cognito_credentials import errors
from cognito_credentials._core import error_catalog
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.diagnosis import service_error
from cognito_credentials._core.login_checks import check_logins
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.cli import program
from cognito_credentials.cli.commands.process import CHAIN
from cognito_credentials.cli.reporting.exit_status import words_of
from cognito_credentials.cli.reporting.hints import next_step

SOURCES = Path(__file__).parents[2] / "src" / "cognito_credentials"
PYTHON = re.compile(
    r"logins=|\blogins\[|callable|Token\(|FileToken|CommandToken|EnvironmentToken|BasicFlow|basic_flow"
    r"|ClientConfig|client_config|client_cert|from_cognito|DeveloperIdentity|login_from_id_token"
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
    assert not PYTHON.search(words_of(error)), words_of(error)


# --- what the service refuses, and what is seen of a token before it is asked ------------------------


LOGINS = {
    "a guest": {},
    "an ID token": {GOOGLE: jwt(exp=1.0, **{"cognito:roles": [ROLE]})},
    "an opaque token": {"graph.facebook.com": "opaque-token"},
    "no JWT": {GOOGLE: "opaque-token"},
}


@pytest.mark.parametrize("who", LOGINS)
@pytest.mark.parametrize("role", [None, ROLE])
@pytest.mark.parametrize("row", error_catalog.TABLE, ids=lambda row: f"{row.code} {row.text}")
def test_each_refusal(row, who, role):
    tokens = LOGINS[who]
    facts = CallContext(
        identity_pool_id=POOL,
        identity_id=POOL,
        role_arn=role,
        logins=ResolvedLogins(tokens, refreshable_names=frozenset(tokens)),
    )
    check(
        service_error(
            operation_name="GetId", code=row.code, message=row.text, http_status=400, facts=facts
        )
    )


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
def test_each_token_that_cannot_work(tokens):
    logins = ResolvedLogins(tokens, refreshable_names=frozenset(tokens))
    with pytest.raises(errors.LoginTokenError) as caught:
        check_logins(logins, service_now=1e9)
    check(caught.value)


# --- every hint that is written down ------------------------------------------------------------------

# Of what only a program can get wrong, since the command gives it by itself, or not at all.
FOR_PROGRAMS = {
    "_core/identity_sources.py": "user_identifier",
    "_core/login_checks.py": "above, and tokens that no supplier gives",
    "_core/login_resolution.py": "the shape of logins, and suppliers",
    "_core/rate_limiting.py": "brokers",
    "_core/flight_errors.py": "brokers, and calls from within a supplier",
    "_base/cache.py": "policies",
    "_base/provider.py": "arguments; those of the command are checked by cli.settings.validation",
    "config.py": "arguments; those of the command are checked by cli.settings.validation",
    "logins.py": "suppliers, and what makes them",
    "policy.py": "policies",
    "stores/_redis_clients.py": "Redis",
    "stores/_sealing.py": "Redis",
    "stores/redis.py": "Redis",
}
ROOMS_FOR_PROGRAMS = ("_aio", "_sync", "integrations", "emulator")


def command_wording(hint: ast.expr) -> ast.expr:
    """Return the template that the command shows of a `Hint(...)` call, or the expression itself."""
    if isinstance(hint, ast.Call) and getattr(hint.func, "id", "") == "Hint":
        templates = [k.value for k in hint.keywords if k.arg == "for_command"]
        return [*templates, *hint.args][0]
    return hint


def written_hints() -> list[tuple[str, type[errors.CognitoCredentialsError], str]]:
    """Return each place where an error is made with a hint: the class, and what is fixed in the text."""
    found = []
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(SOURCES).as_posix()
        if name in FOR_PROGRAMS or name.startswith(ROOMS_FOR_PROGRAMS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            kind = getattr(errors, getattr(node.func, "attr", getattr(node.func, "id", "")), None)
            hints = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
            if hints and isinstance(kind, type):
                text = "".join(
                    part.value
                    for part in ast.walk(command_wording(hints[0]))
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )
                found.append((f"{name}:{node.lineno}", kind, text))
    return found


@pytest.mark.parametrize(
    ("place", "kind", "hint"), written_hints(), ids=lambda value: str(value)[:60]
)
def test_each_hint_that_is_written(place, kind, hint):
    error = kind.__new__(kind)
    error.message, error.hint = "", hint
    assert not PYTHON.search(next_step(error)), place


def test_hints_are_found_and_none_is_excused_that_is_not_there():
    assert len(written_hints()) > 60
    assert all((SOURCES / name).is_file() for name in FOR_PROGRAMS)


def test_each_reason_without_a_hint_has_a_step():
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.CognitoCredentialsError):
            error = kind.__new__(kind)
            error.message, error.hint = "", ""
            step = next_step(error)
            assert step
            assert not PYTHON.search(step)
            assert "--debug" not in step


# --- values that are wrong, through the command -----------------------------------------------------------

WRONG = [
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


@pytest.mark.parametrize("verb", ["process", "export", "whoami"])
@pytest.mark.parametrize(("words", "status", "named"), WRONG, ids=[row[0][-60:] for row in WRONG])
def test_each_wrong_value(verb, words, status, named, capsys, monkeypatch):
    monkeypatch.setenv(CHAIN, "")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.delenv("NOPE", raising=False)
    given = ["--identity-pool-id", *words.split()] if words.startswith(POOL) else words.split()
    assert program.main([verb, *given]) == status
    out, err = capsys.readouterr()
    assert out == ""
    what, step = err.splitlines()
    assert what.startswith("cognito-credentials: ")
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
def test_each_wrong_variable_is_named(name, value, capsys, monkeypatch):
    monkeypatch.setenv(CHAIN, "")
    monkeypatch.setenv("AWS_COGNITO_IDENTITY_POOL_ID", POOL)
    monkeypatch.setenv(name, value)
    assert program.main(["process"]) == 2
    what, step = capsys.readouterr().err.splitlines()
    assert name in what
    assert not PYTHON.search(what + step)
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
def test_each_wrong_value_in_a_profile_is_named_with_its_line(line, capsys, monkeypatch, home):
    monkeypatch.setenv(CHAIN, "")
    file = home / ".aws" / "config"
    file.parent.mkdir()
    key = line.partition(" ")[0]
    pool = "" if key.endswith("pool_id") else f"cognito_identity_pool_id = {POOL}\n"
    text = f"# one\n[profile game]\n{pool}{line}\n"
    file.write_text(text)
    assert program.main(["process", "--profile", "game"]) == 2
    what, step = capsys.readouterr().err.splitlines()
    assert f"profile game in {file}, line {text.count(chr(10))})" in what
    assert key in what
    assert not PYTHON.search(what + step)
