"""Wording of `doctor`, except errors, which are in the error catalog's golden files."""

from __future__ import annotations

import os
import resource
import signal
import socket
import time
from argparse import Namespace
from typing import TYPE_CHECKING, Any

import pytest
from golden import assert_golden
from harness import FACEBOOK, FACEBOOK_TOKEN, GOOGLE, IDENTITY, POOL, ROLE, jwt

from cognito_credentials import (
    BasicFlow,
    CredentialsCache,
    from_cognito_identity,
    from_cognito_identity_pool,
)
from cognito_credentials._base.provider import get_spec
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials._sync.driver import Driver
from cognito_credentials.cli.checks.access import check_access
from cognito_credentials.cli.checks.aws_tools import check_aws_tools
from cognito_credentials.cli.checks.configuration import check_configuration, check_settings
from cognito_credentials.cli.checks.credential_process import check_credential_process
from cognito_credentials.cli.checks.login_tokens import check_login_tokens
from cognito_credentials.cli.checks.network import check_clock, check_connection, check_response
from cognito_credentials.cli.checks.report import Report
from cognito_credentials.cli.checks.store import check_store
from cognito_credentials.cli.checks.stored_credentials import check_stored_credentials
from cognito_credentials.cli.commands.doctor import summarize
from cognito_credentials.cli.dispatch import create_parser
from cognito_credentials.cli.settings.resolution import resolve as resolve_settings
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.ports import HttpResponse
from cognito_credentials.stores import FileStore, MemoryStore
from cognito_credentials.testing import (
    FakeClock,
    ScriptedTransport,
    credentials_response,
    error_response,
    success_response,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = 1_800_000_000.0
STS_ERROR = (
    b"<ErrorResponse><Error><Code>AccessDenied</Code>"
    b"<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>"
    b"</Error></ErrorResponse>"
)
HAS_ID = success_response(IdentityId=IDENTITY)
KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-real-key\n"


class Texts:
    """Check results, each with a title, and masks for values that differ from run to run."""

    def __init__(self, **masks: str) -> None:
        self.blocks: list[str] = []
        self.masks = masks

    def add(self, title: str, run: Callable[[Report], object]) -> None:
        report = Report(lambda _result: None)
        run(report)
        lines = [f"## {title}"]
        for result in report.results:
            text = f"({result.reason})" if result.reason else result.text
            lines.append(f"{result.check} {result.outcome}: {text}")
            if result.fix and not result.reason:
                lines.append(f"Fix: {result.fix}")
        self.blocks.append("\n".join(lines))

    def __str__(self) -> str:
        text = "\n\n".join(self.blocks) + "\n"
        for name, value in self.masks.items():
            text = text.replace(value, name)
        return text


# --- the profile ------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return a stand-in for `cognito-credentials` that prints its version."""
    path = tmp_path / "bin" / "cognito-credentials"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\necho cognito-credentials 1.0\n")
    path.chmod(0o755)
    return path


def test_texts_about_the_credential_process(program: Path, monkeypatch: pytest.MonkeyPatch):
    texts = Texts(BIN=str(program.parent))
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    for name, script in (("fails", "exit 1"), ("missing", "")):
        path = program.parent / name / "cognito-credentials"
        path.parent.mkdir()
        path.write_text(f"#!{'/bin/sh' if script else '/none/python'}\n{script}\n")
        path.chmod(0o755)
    (program.parent / "text").mkdir()
    (program.parent / "text" / "cognito-credentials").touch(0o644)
    arguments = "process --profile game"
    for line in (
        f"{program} {arguments}",
        f"cognito-credentials {arguments}",
        "",
        f'"{program} process',
        "/usr/bin/env aws-vault export",
        f"sh -c '{program} {arguments}'",
        f"{program} export --profile game",
        f"{program} process",
        f"{program} process --profile other",
        f"~/cognito-credentials {arguments}",
        f"./cognito-credentials {arguments}",
        f"/none/cognito-credentials {arguments}",
        f"{program.parent}/text/cognito-credentials {arguments}",
        f"{program.parent}/missing/cognito-credentials {arguments}",
        f"{program.parent}/fails/cognito-credentials {arguments}",
    ):
        texts.add(
            f"credential_process = {line}",
            lambda report, line=line: check_credential_process(
                report, line, "game", fix="Run: cognito-credentials configure"
            ),
        )
    monkeypatch.setenv("PATH", "/none")
    texts.add(
        "not on PATH",
        lambda report: check_credential_process(
            report, f"cognito-credentials {arguments}", "game", fix=""
        ),
    )
    assert_golden("doctor_credential_process", str(texts))


def test_texts_about_aws_tools(home: Path, program: Path, monkeypatch: pytest.MonkeyPatch):
    texts = Texts(BIN=str(program.parent), HOME=str(home))
    pool = f"[profile game]\ncognito_identity_pool_id = {POOL}\n"
    process = f"credential_process = {program} process --profile game\n"
    complete = f"{pool}region = us-east-1\n{process}"
    (home / ".aws").mkdir()

    def add(title: str, config: str, credentials: str = "", **options: Any) -> None:
        (home / ".aws" / "config").write_text(config)
        (home / ".aws" / "credentials").write_text(credentials)
        settings = resolve_settings({"profile": "game", **options}, os.environ)
        texts.add(title, lambda report: check_aws_tools(report, settings))

    add("complete profile", complete)
    add("no credential_process", pool)
    add("no credential_process, but a role", f"{pool}role_arn = x\nsource_profile = y\n")
    add("another program", f"{pool}region = us-east-1\ncredential_process = /usr/bin/env vault\n")
    add("a role beside credential_process", f"{complete}role_arn = x\n")
    add("access keys beside credential_process", complete + KEYS)
    add("access keys in the credentials file", complete, f"[game]\n{KEYS}")
    add("no region", pool + process)
    add("comment after the region", f"{pool}region = us-east-1 ; comment\n{process}")
    add("region in upper case", f"{pool}region = US-EAST-1\n{process}")
    add("misspelled region", f"{pool}region = us-esat-1\n{process}")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    add("region in a variable", pool + process)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
    add("endpoint in a variable", complete)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    add("access key in a variable", complete)
    monkeypatch.setenv("AWS_PROFILE", "game")
    add("access key in a variable before AWS_PROFILE", complete, profile=None)
    assert_golden("doctor_aws_tools", str(texts))


# --- settings and the store -------------------------------------------------------------------


def test_texts_about_the_configuration(home: Path):
    texts = Texts(HOME=str(home))

    def add(title: str, *words: str) -> None:
        def run(report: Report) -> None:
            settings = check_settings(report, create_parser("doctor").parse_args(words))
            if settings and (configuration := check_configuration(report, settings)):
                configuration.provider.close()

        texts.add(title, run)

    pool = ("--identity-pool-id", POOL)
    issuer = ("--issuer", "https://ann:password@login.example", "--client-id", "app")
    add("guest", *pool)
    add("basic flow with an endpoint", *pool, "--role-arn", ROLE, "--endpoint-url", "http://h:1")
    add("login", *pool, "--login", f"{GOOGLE}=cmd:print password")
    add("issuer", *pool, *issuer, "--client-secret", "cmd:print password")
    add("literal client secret", *pool, *issuer, "--client-secret", "password")
    add("no settings")
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(f"[profile game]\ncognito_identity_pool_id = {POOL}\n")
    add("profile", "--profile", "game")
    assert "password" not in str(texts)
    assert_golden("doctor_configuration", str(texts))


def test_texts_about_the_store(home: Path, monkeypatch: pytest.MonkeyPatch):
    texts = Texts(HOME=str(home))
    texts.add("missing", check_store)
    FileStore().put("key", b"value", expires_at=None)
    texts.add("one file", check_store)
    limits = (
        ("not readable", resource.RLIMIT_NOFILE, 3),
        ("not writable", resource.RLIMIT_FSIZE, 0),
    )
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for title, kind, value in limits:
        limit = resource.getrlimit(kind)
        resource.setrlimit(kind, (value, limit[1]))
        try:
            texts.add(title, check_store)
        finally:
            resource.setrlimit(kind, limit)
    signal.signal(signal.SIGXFSZ, handler)
    next((home / ".aws" / "cognito-credentials").iterdir()).chmod(0o644)
    texts.add("readable by other users", check_store)
    assert_golden("doctor_store", str(texts))


# --- the service ------------------------------------------------------------------------------


def test_texts_about_the_network():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        texts = Texts(PORT=str(port))

        def add(title: str, url: str, **settings: Any) -> None:
            config = resolve(ClientConfig(**settings), region_of_id="us-east-1")
            texts.add(title, lambda report: check_connection(report, url, config))

        add("direct connection", f"http://127.0.0.1:{port}")
        add("host without an address", f"https://{'a' * 64}.example")
        proxies = {"https": f"http://user:password@127.0.0.1:{port}", "no": "127.0.0.1"}
        add("proxy", "https://cognito.example", proxies=proxies)
        add("host in NO_PROXY", f"http://127.0.0.1:{port}", proxies=proxies)
    for skew in (None, 0.0, 20.0, -600.0):
        texts.add(
            f"clock skew {skew}",
            lambda report, skew=skew: check_clock(report, skew, "https://cognito.example"),
        )
    texts.add(
        "clock skew of an emulator",
        lambda report: check_clock(report, 3600.0, "http://127.0.0.1:4599"),
    )
    client = ServiceClient(max_attempts=1, user_agent="test")
    config = resolve(ClientConfig(), region_of_id="us-east-1")
    for title, response in (
        ("response of Cognito", error_response("ValidationException", "no")),
        ("response of another service", success_response(IdentityId=IDENTITY)),
        ("response of moto", HttpResponse(500, {}, b"<!doctype html>")),
    ):
        driver = Driver(
            transport=ScriptedTransport([response]), clock=FakeClock(NOW), max_flight_seconds=1
        )
        texts.add(title, lambda report, run=driver.run: check_response(report, run, client, config))
    assert "password" not in str(texts)
    assert_golden("doctor_network", str(texts))


def test_texts_about_login_tokens():
    texts = Texts()
    driver = Driver(transport=ScriptedTransport([]), clock=FakeClock(NOW), max_flight_seconds=1)

    def add(title: str, name: str, token: str, now: float | None = NOW) -> None:
        texts.add(
            title,
            lambda report: check_login_tokens(
                report, driver.run, {name: lambda: token}, service_now=now
            ),
        )

    token = jwt(GOOGLE, aud="app", exp=NOW + 1800)
    add("valid ID token", GOOGLE, token)
    add("valid ID token, unknown time", GOOGLE, token, now=None)
    add("ID token without expiry", GOOGLE, jwt(GOOGLE, aud="app"))
    add("ID token of another issuer", "login.example", token)
    add("opaque token", FACEBOOK, FACEBOOK_TOKEN)
    add("no token", GOOGLE, "")
    assert_golden("doctor_login_tokens", str(texts))


def test_texts_about_access():
    texts = Texts()
    store, clock = MemoryStore(), FakeClock(NOW)
    credentials = credentials_response(IDENTITY, expires_at=NOW + 3600, clock=clock)

    def add(title: str, *script: Any, tokens: Any = None, is_stored: bool = True, **options: Any):
        user = title.partition(":")[0]
        identity_id = options.pop("identity_id", None)
        transport = ScriptedTransport(list(script))
        options["client_config"] = {"transport": transport, "clock": clock, "max_attempts": 1}
        provider = (
            from_cognito_identity(identity_id, **options)
            if identity_id
            else from_cognito_identity_pool(POOL, user_identifier=user, **options)
        )
        configuration: Any = Namespace(
            provider=provider,
            settings=Namespace(values={} if identity_id else {"identity_pool_id": POOL}),
            is_guest=not tokens,
            uses_basic_flow="basic_flow" in options,
        )
        with provider:
            exchange = get_spec(provider).shared_fetch(store, None).exchange
            logins = ResolvedLogins(tokens or {})
            texts.add(
                title,
                lambda report: check_access(
                    report, configuration, exchange, logins, is_stored=is_stored
                ),
            )

    add("guest: new identity", HAS_ID, credentials)
    add("guest: stored identity", credentials)
    add(
        "guest: deleted identity",
        error_response("ResourceNotFoundException", f"Identity '{IDENTITY}' not found."),
    )
    add("guest whose identity ID cannot be stored", HAS_ID, credentials, is_stored=False)
    add("identity ID in the settings", credentials, identity_id=IDENTITY)
    add("user", HAS_ID, credentials, tokens={GOOGLE: jwt(GOOGLE, aud="app")})
    add(
        "basic flow that is disabled",
        HAS_ID,
        error_response(
            "InvalidParameterException", "Basic (classic) flow is not enabled, please use"
        ),
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    add(
        "basic flow that STS rejects",
        HAS_ID,
        success_response(IdentityId=IDENTITY, Token=jwt(GOOGLE, sub=IDENTITY)),
        HttpResponse(403, {}, STS_ERROR),
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    add(
        "basic flow with an invalid request to STS",
        HAS_ID,
        success_response(IdentityId=IDENTITY, Token=jwt(GOOGLE, sub=IDENTITY)),
        HttpResponse(400, {}, STS_ERROR.replace(b"AccessDenied", b"ValidationError")),
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    add(
        "role without trust",
        HAS_ID,
        error_response("InvalidIdentityPoolConfigurationException", "?"),
    )
    assert_golden("doctor_access", str(texts))


def test_texts_about_stored_credentials(tmp_path: Path):
    texts = Texts()
    store = FileStore(tmp_path / "store")
    result = b"<Arn>arn:aws:sts::1:assumed-role/r/s</Arn><Account>1</Account>"
    rejection = STS_ERROR.replace(b"AccessDenied", b"InvalidClientTokenId")
    fetch = [HAS_ID, credentials_response(IDENTITY, expires_at=time.time() + 3600)]
    for title, script in (
        ("nothing is stored", []),
        ("accepted", [*fetch, HttpResponse(200, {}, result)]),
        ("rejected", [HttpResponse(403, {}, rejection)]),
        ("another error", [HttpResponse(403, {}, STS_ERROR)]),
    ):
        transport = ScriptedTransport(script)
        options: Any = {"transport": transport, "max_attempts": 1}
        with from_cognito_identity_pool(POOL, client_config=options) as provider:
            if title == "accepted":
                CredentialsCache(provider, store=store).get()
            configuration: Any = Namespace(provider=provider, settings=Namespace(connection={}))
            texts.add(
                title,
                lambda report, configuration=configuration: check_stored_credentials(
                    report, configuration, store, IDENTITY
                ),
            )
    assert_golden("doctor_stored_credentials", str(texts))


def test_summaries_texts():
    report = Report(lambda _result: None)
    report.add_pass("DNS", "found")
    summaries = [summarize(report)]
    report.add_pass("TLS", "trusted")
    summaries.append(summarize(report))
    report.add_skip("AWS process", "there is none", fix="Make one.")
    summaries.append(summarize(report))
    report.add_failure("role", "rejected", "Fix it.")
    summaries.append(summarize(report))
    assert_golden("doctor_summaries", "\n".join(summaries) + "\n")
