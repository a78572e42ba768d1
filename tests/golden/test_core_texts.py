"""Wording of the errors that the core raises for invalid arguments and malformed responses."""

from __future__ import annotations

import logging

from flows import FlowRunner
from golden import assert_golden, error_texts, hide_places

from cognito_credentials import testing
from cognito_credentials._core import endpoints, login_resolution, loopback, wire_cognito, wire_sts
from cognito_credentials._core.basic import BasicCredentialSource, BasicFlow
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.enhanced import EnhancedCredentialSource
from cognito_credentials._core.exchange import Exchange
from cognito_credentials._core.http import HttpResponse
from cognito_credentials._core.identity_id_cache import CacheAdapter
from cognito_credentials._core.identity_sources import (
    FixedIdentitySource,
    PoolIdentitySource,
)
from cognito_credentials._core.login_resolution import LoginSource, ResolvedLogins
from cognito_credentials._core.responses import (
    parse_cognito_credentials,
    parse_sts_credentials,
    read_identity_id,
)
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials._core.service_clock import ServiceTime
from cognito_credentials.errors import ConfigurationError, TransportError

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
GOOGLE = "accounts.google.com"
FACEBOOK = "graph.facebook.com"
ROLE = "arn:aws:iam::123456789012:role/app"
NOW = 1_800_000_000.0
# The claim `sub` is "u", and the claim `role` is the ARN above.
ID_TOKEN = (
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJzdWIiOiJ1Iiwicm9sZSI6ImFybjphd3M6aWFtOjoxMjM0NTY3ODkwMTI6cm9sZS9hcHAifQ.c2ln"
)


def make_client():
    return ServiceClient(max_attempts=3, user_agent="")


def run(flow, *responses):
    return FlowRunner(*responses, now=NOW).run(flow)


def test_ids_and_regions_texts():
    invalid_ids = {
        "None": None,
        "bytes": POOL.encode(),
        "an empty string": "",
        "white space": f" {POOL}\n",
        "a token": ID_TOKEN,
        "the ARN of an identity pool": f"arn:aws:cognito-identity:us-east-1:1:identitypool/{POOL}",
        "another ARN": ROLE,
        "a user pool ID": "us-east-1_AbCdEf123",
        "quotation marks": f'"{POOL}"',
        "a comment": f"{POOL} ; production",
        "no region": POOL.partition(":")[2],
        "too long": f"us-east-1:{'0' * 46}",
        "much too long": f"us-east-1:{'0' * 4600}",
        "upper case": POOL.upper(),
        "no colon": "us-east-1",
        "an invalid region": "us_east_1:00",
        "invalid characters": f"{POOL}/x",
        "nothing after the colon": "us-east-1:",
    }
    cases = {}
    for title, value in invalid_ids.items():
        cases[f"identity pool ID: {title}"] = lambda v=value: endpoints.check_identity_pool_id(v)
    for title in ("None", "a user pool ID", "no region"):
        value = invalid_ids[title]
        cases[f"identity ID: {title}"] = lambda v=value: endpoints.check_identity_id(v)
    cases["region: a host name"] = lambda: endpoints.check_region("us-east-1.example.com")
    cases["region: None"] = lambda: endpoints.check_region(None)
    assert_golden("core_ids", error_texts(cases))


def test_logins_texts():
    def fail_with(error):
        raise error

    class ExampleSource(LoginSource):
        """A login source that a user passes instead of a supplier."""

    def resolve(supplier):
        return lambda: run(login_resolution.resolve_logins({GOOGLE: supplier}))

    invalid_logins = {
        "logins: a token": ID_TOKEN,
        "logins: too many": {f"k{n}": "token" for n in range(11)},
        "name: not a string": {1: "token"},
        "name: empty": {"": "token"},
        "name: a URL": {"https://accounts.google.com": "token"},
        "name: the ARN of an OpenID Connect provider": {
            "arn:aws:iam::123456789012:oidc-provider/login.example.com/a": "token"
        },
        "name: a user pool ID": {"us-east-1_AbC9": "token"},
        "name: too long": {"k" * 129: "token"},
        "token: None": {GOOGLE: None},
        "token: empty": {GOOGLE: " \n"},
        "token: bytes": {GOOGLE: b"token"},
        "token: another type": {GOOGLE: {"IdToken": "token"}},
        "token: too long": {GOOGLE: "x" * 50_001},
        "token: a login source": {GOOGLE: ExampleSource()},
    }
    cases = {
        title: lambda v=value: login_resolution.normalize_logins(v)
        for title, value in invalid_logins.items()
    }
    cases |= {
        "supplier: returns None": resolve(lambda: None),
        "supplier: returns bytes": resolve(lambda: b"token"),
        "supplier: returns a long text": resolve(lambda: "x" * 50_001),
        "supplier: raises": resolve(lambda: fail_with(ValueError("a-secret"))),
        "supplier: raises an error of this package": resolve(
            lambda: fail_with(TransportError("no route to host", hint="Check the proxy."))
        ),
        "supplier: is async": resolve(
            lambda: fail_with(ConfigurationError("it is async", hint="Use an async provider."))
        ),
    }
    assert_golden("core_logins", error_texts(cases))


def test_flows_texts():
    def make_flow(**changes):
        return lambda: BasicFlow(**{"role_arn": ROLE, **changes})

    def choose_role(role):
        source = EnhancedCredentialSource("https://x", lambda claims: role)
        return lambda: run(source.fetch(make_client(), IDENTITY, ResolvedLogins({}), CallContext()))

    def identify(logins, user_identifier):
        source = PoolIdentitySource(
            url="https://x",
            identity_pool_id=POOL,
            account_id=None,
            cache=None,
            user_identifier=user_identifier,
        )
        return lambda: run(source.identify(make_client(), ResolvedLogins(logins)))

    cases = {
        "role_arn": make_flow(role_arn="app"),
        "role_session_name": make_flow(role_session_name="a b"),
        "duration_seconds: too short": make_flow(duration_seconds=60),
        "duration_seconds: a string": make_flow(duration_seconds="3600"),
        "policy: too long": make_flow(policy="x" * 2049),
        "policy: not JSON": make_flow(policy={"Statement": object()}),
        "policy_arns": make_flow(policy_arns="arn:aws:iam::aws:policy/ReadOnlyAccess"),
        "custom_role_arn": choose_role(5),
        "user_identifier: no ID token": identify({FACEBOOK: "token"}, lambda claims: "user"),
        "user_identifier: returns None": identify({GOOGLE: ID_TOKEN}, lambda claims: None),
        "user_identifier: returns an empty string": identify({GOOGLE: ID_TOKEN}, lambda claims: ""),
        "no identity ID": lambda: run(
            FixedIdentitySource(None, POOL).identify(make_client(), ResolvedLogins({}))
        ),
    }
    assert_golden("core_flows", error_texts(cases))


def test_responses_texts():
    members = {
        "AccessKeyId": "ASIATEST00000001",
        "SecretKey": "a-secret-key",
        "SessionToken": "a-session-token",
        "Expiration": NOW,
    }

    def parse_without(name):
        left = {key: value for key, value in members.items() if key != name}
        return lambda: parse_cognito_credentials({"Credentials": left}, IDENTITY)

    def parse_with(name, value):
        return lambda: parse_cognito_credentials(
            {"Credentials": {**members, name: value}}, IDENTITY
        )

    def call(*responses):
        flow = make_client().call(wire_cognito, "https://x", "GetId", {}, CallContext())
        return lambda: run(flow, *responses)

    def fetch(expires_at):
        client = make_client()
        exchange = Exchange(
            client=client,
            identity_source=FixedIdentitySource(IDENTITY),
            credential_source=EnhancedCredentialSource("https://x", None),
            logins=None,
            account_id=None,
            on_identity_change=None,
            service_now=ServiceTime(lambda: NOW, client.clock),
        )
        run(exchange.run(), testing.credentials_response(IDENTITY, expires_at=expires_at))

    def fetch_by_basic_flow(**members):
        source = BasicCredentialSource("https://c", "https://s", BasicFlow(role_arn=ROLE))
        flow = source.fetch(make_client(), IDENTITY, ResolvedLogins({}), CallContext())
        run(flow, testing.success_response(IdentityId=IDENTITY, **members))

    html = HttpResponse(200, {}, b"<html>")
    cases = {
        "no credentials": lambda: parse_cognito_credentials({}, IDENTITY),
        "no access key ID": parse_without("AccessKeyId"),
        "no secret key": parse_without("SecretKey"),
        "no session token": parse_without("SessionToken"),
        "no expiration": parse_without("Expiration"),
        "no credentials from STS": lambda: parse_sts_credentials({}, IDENTITY),
        "no identity ID": lambda: read_identity_id({}),
        "no token": fetch_by_basic_flow,
        "a token with a line break": lambda: fetch_by_basic_flow(Token="a\nb"),
        "not JSON": call(html),
        "not XML": lambda: wire_sts.parse_result(
            "AssumeRoleWithWebIdentity", HttpResponse(200, {}, b"{}")
        ),
        "expired credentials": lambda: fetch(NOW - 60),
        "credentials for a year": lambda: fetch(NOW + 365 * 86_400),
        "an access key ID that is too short": parse_with("AccessKeyId", "ASIA1"),
        "a secret key with a line break": parse_with("SecretKey", "a\n[default]"),
        "a session token with a space": parse_with("SessionToken", "a b"),
        "no response": call(*[TransportError("connection to x failed")] * 3),
    }
    assert_golden("core_responses", error_texts(cases))


def test_log_texts(caplog, monkeypatch):
    # The warning is logged once per host, and mutmut runs the tests twice in a process.
    monkeypatch.setattr(loopback, "_reported_hosts", {})
    caplog.set_level(logging.DEBUG, "cognito_credentials")

    class FailingCache(dict):
        def get(self, key, default=None):
            raise OSError("a secret")

    for cache in ({"key": "x"}, {"key": "eu-west-1:0"}, FailingCache()):
        run(CacheAdapter(cache, POOL).load("key"))
    source = PoolIdentitySource(
        url="https://x", identity_pool_id=POOL, account_id=None, cache={}, user_identifier=None
    )
    client = make_client()
    failure = testing.error_response("InternalErrorException", "text", status=500)
    identity = run(
        source.identify(client, ResolvedLogins({})),
        failure,
        testing.success_response(IdentityId=IDENTITY),
    )
    run(source.evict(identity))
    run(login_resolution.resolve_logins({GOOGLE: lambda refresh=False: "token"}, refresh=True))
    exchange = Exchange(
        client=client,
        identity_source=FixedIdentitySource(IDENTITY),
        credential_source=EnhancedCredentialSource("https://x", None),
        logins=None,
        account_id=None,
        on_identity_change=lambda change: 1 / 0,
        service_now=ServiceTime(lambda: NOW, client.clock),
    )
    other = "us-east-1:9d1f5a1c-7b0e-4c35-8a55-0d3a6d2e11aa"
    run(exchange.run(), testing.credentials_response(other, expires_at=NOW + 3600))
    loopback.warn_if_unencrypted("http://core-texts.example.com:4566")
    lines = [f"{record.levelname}: {record.getMessage()}" for record in caplog.records]
    assert_golden("core_log", hide_places("\n".join(lines)) + "\n")
