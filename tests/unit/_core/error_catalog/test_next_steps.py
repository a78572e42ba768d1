from __future__ import annotations

import base64
import json

import pytest

from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.diagnosis import service_error
from cognito_credentials._core.error_catalog.context_facts import describe_providers
from cognito_credentials._core.error_catalog.trust_policy import trust_policy
from cognito_credentials._core.login_resolution import ResolvedLogins

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
ROLE = "arn:aws:iam::123456789012:role/Reader"
OTHER_ROLE = "arn:aws:iam::123456789012:role/Writer"


def jwt(**claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


def hint(text, code="NotAuthorizedException", *, tokens=(), supplied=(), **facts):
    facts = {"identity_pool_id": POOL, "identity_id": IDENTITY, **facts}
    logins = ResolvedLogins(dict(tokens), refreshable_names=frozenset(supplied))
    error = service_error(
        operation_name="GetCredentialsForIdentity",
        code=code,
        message=text,
        http_status=400,
        context=CallContext(logins=logins, **facts),
    )
    assert "eyJ" not in str(error)
    return error.hint


def test_the_resource_of_a_policy_is_in_the_partition_of_the_pool():
    operation = "cognito-identity:GetOpenIdTokenForDeveloperIdentity"
    pool = POOL.replace("us-east-1", "us-gov-west-1")
    advice = hint(
        f"User: x is not authorized to perform: {operation} on resource: y",
        "AccessDeniedException",
        identity_pool_id=pool,
    )
    resource = f"cognito-identity:us-gov-west-1:ACCOUNT:identitypool/{pool}"
    assert f"arn:aws-us-gov:{resource}" in advice


EXPIRED = "Invalid login token. Token expired: 2 >= 1"


def test_the_hint_names_the_provider_whose_fixed_token_expired_first():
    tokens = {"a.example.com": jwt(exp=9), USER_POOL: jwt(exp=1)}
    text = hint(EXPIRED, tokens=tokens)
    assert repr(USER_POOL) in text
    assert "a.example.com" not in text
    assert "callable" in text


def test_the_hint_distinguishes_a_supplier_of_an_expired_token_from_a_fixed_token():
    text = hint(EXPIRED, tokens={USER_POOL: jwt(exp=1)}, supplied=[USER_POOL])
    assert repr(USER_POOL) in text
    assert "refresh=True" in text


AUDIENCE = "Invalid login token. Incorrect token audience."


def test_the_hint_for_a_wrong_audience_names_the_client_ids_of_the_identity_pool():
    text = hint(AUDIENCE, tokens={USER_POOL: jwt(iss=f"https://{USER_POOL}", aud="web-client")})
    assert POOL in text
    assert f"https://{USER_POOL}" in text
    assert "web-client" in text
    assert "signed out" not in text


@pytest.mark.parametrize("reason", ["", " Token is not valid.", " Something new.", " 42"])
def test_an_unknown_rejection_shows_the_token_and_asserts_no_cause(reason):
    claims = {"iss": f"https://{USER_POOL}", "aud": "app", "iat": 0, "nbf": 60, "exp": 3600}
    text = hint(f"Invalid login token.{reason}", tokens={USER_POOL: jwt(**claims)})
    for part in (f"https://{USER_POOL}", "app", "1970-01-01T00:00:00Z", "00:01:00Z", "01:00:00Z"):
        assert part in text
    for word in ("signed out", "disabled", "deleted"):
        assert word not in text


@pytest.mark.parametrize("value", [None, True, "1", [], 1e300, float("nan"), 10**400])
def test_an_invalid_time_of_a_rejected_token_is_omitted(value):
    text = hint("Invalid login token.", tokens={USER_POOL: jwt(iat=value, exp=value)})
    assert "issued at" not in text
    assert "expires at" not in text


SAML = "arn:aws:iam::123456789012:saml-provider/Corporate"


@pytest.mark.parametrize(
    "text",
    [
        "Invalid login token. Issuer doesn't match providerName",
        "Invalid login token. Not a valid OpenId Connect identity token.",
        "Token is not from a supported provider of this identity pool.",
    ],
)
def test_a_saml_response_has_hints_about_saml(text):
    found = hint(text, tokens={SAML: "PHNhbWw+"})
    assert "SAML" in found
    assert "ID token" not in found
    assert "app" not in found


def test_the_client_id_of_a_token_with_azp_is_named_as_such():
    claims = {"iss": "https://login.example.com", "aud": "api", "azp": "mobile"}
    found = hint(
        "Token is not from a supported provider", tokens={"login.example.com": jwt(**claims)}
    )
    assert "(azp) 'mobile'" in found
    assert "(aud) 'api'" in found
    user_pool = hint("Token is not from a supported provider", tokens={USER_POOL: jwt(**claims)})
    assert "azp" not in user_pool


def test_a_custom_role_that_is_not_an_arn_is_explained():
    text = hint(
        "1 validation error detected: Value 'player' at 'customRoleArn' failed to satisfy constraint: "
        "Member must have length greater than or equal to 20",
        "ValidationException",
        role_arn="player",
    )
    assert "custom_role_arn" in text
    assert "arn:aws:iam" in text


def test_the_hint_for_the_same_message_of_sts_names_the_trust_policy():
    text = hint("Incorrect token audience", "InvalidIdentityToken", tokens={}, role_arn=ROLE)
    assert ROLE in text
    assert POOL in text


def test_an_expired_saml_assertion_has_no_claims():
    provider = "arn:aws:iam::123456789012:saml-provider/Corporate"
    assert provider not in hint(EXPIRED, tokens={provider: "PHNhbWw+"})


def test_the_hint_for_an_unknown_signature_gives_the_age_of_the_token():
    text = "Invalid login token. Couldn't verify signed token."
    assert "2025-01-01T00:00:00Z" in hint(text, tokens={USER_POOL: jwt(exp=1_735_689_600)})
    assert "expiry" not in hint(text, tokens={USER_POOL: jwt()})


def test_the_hint_for_a_wrong_issuer_names_the_right_provider():
    tokens = {"tenant.auth0.com/": jwt(iss="https://tenant.auth0.com/")}
    text = hint("Invalid login token. Issuer doesn't match providerName", tokens=tokens)
    assert "'tenant.auth0.com'" in text


def test_the_hint_names_the_provider_whose_token_is_not_a_jwt():
    tokens = {"www.amazon.com": "opaque", "Facebook": "opaque", USER_POOL: jwt(sub="x")}
    text = hint("Invalid login token. Not a valid OpenId Connect identity token.", tokens=tokens)
    assert "'Facebook'" in text
    assert USER_POOL not in text
    assert "graph.facebook.com" in text


def test_the_hint_for_a_rejected_jwt_suspects_a_prefix():
    tokens = {USER_POOL: f"Bearer {jwt(sub='x')}"}
    text = hint("Invalid login token. Not a valid OpenId Connect identity token.", tokens=tokens)
    assert "Bearer" in text


UNSUPPORTED = "Token is not from a supported provider of this identity pool."


@pytest.mark.parametrize(
    ("key", "claims", "client"),
    [
        (USER_POOL, {"aud": "app-client"}, "app-client"),
        (USER_POOL, {"aud": "app-client", "azp": "other"}, "app-client"),
        ("login.example.com", {"aud": ["a", "b"], "azp": "own"}, "own"),
        ("login.example.com", {"aud": ["first", "second"]}, "'first', 'second'"),
    ],
)
def test_the_hint_names_the_provider_that_the_pool_must_list(key, claims, client):
    text = hint(UNSUPPORTED, tokens={key: jwt(iss=f"https://{key}", **claims)})
    assert POOL in text
    assert f"https://{key}" in text
    assert client in text
    assert "other" not in text


def test_the_hint_names_the_app_of_a_social_provider():
    assert "www.amazon.com" in hint(UNSUPPORTED, tokens={"www.amazon.com": "opaque"})


def test_the_hint_is_general_if_nothing_is_known():
    text = hint(UNSUPPORTED, identity_pool_id=None)
    assert "the identity pool" in text
    assert "app client" in text


def test_a_forbidden_identity_has_different_hints_for_a_guest_and_a_user():
    text = f"Access to Identity '{IDENTITY}' is forbidden."
    assert "logins=" in hint(text)
    assert "logins=" not in hint(text, tokens={USER_POOL: jwt(sub="x")})


def test_the_hint_for_mismatched_logins_names_both_ids_and_the_provider():
    text = hint("Logins don't match. Please include", tokens={USER_POOL: jwt(sub="x")})
    assert IDENTITY in text
    assert POOL in text
    assert USER_POOL in text


AMBIGUOUS = "The ambiguous role mapping rules for: x denied this request."


@pytest.mark.parametrize("roles", [[ROLE, OTHER_ROLE], f"{ROLE},{OTHER_ROLE}"])
def test_the_hint_lists_the_roles_of_the_token(roles):
    text = hint(AMBIGUOUS, tokens={USER_POOL: jwt(**{"cognito:roles": roles})})
    assert "custom_role_arn" in text
    assert f"'{ROLE}', '{OTHER_ROLE}'" in text


def test_the_hint_for_a_denied_custom_role_lists_the_allowed_roles():
    tokens = {USER_POOL: jwt(**{"cognito:roles": [OTHER_ROLE]})}
    text = hint(AMBIGUOUS, tokens=tokens, role_arn=ROLE)
    assert f"'{ROLE}'" in text
    assert f": '{OTHER_ROLE}'" in text
    assert OTHER_ROLE not in hint(AMBIGUOUS, role_arn=ROLE)


@pytest.mark.parametrize("roles", [None, 5, {}, []])
def test_the_hint_for_a_user_without_roles_mentions_groups(roles):
    assert "group" in hint(AMBIGUOUS, tokens={USER_POOL: jwt(**{"cognito:roles": roles})})


def test_the_rejected_parameter_may_be_the_custom_role():
    assert "custom_role_arn" in hint("x", "InvalidParameterException", role_arn=ROLE)


MISCONFIGURED = "InvalidIdentityPoolConfigurationException"


@pytest.mark.parametrize(
    ("tokens", "amr"), [({}, "unauthenticated"), ({USER_POOL: jwt(sub="x")}, "authenticated")]
)
def test_the_hint_states_the_whole_trust_policy(tokens, amr):
    text = hint("x", MISCONFIGURED, tokens=tokens)
    for part in (
        '"Federated": "cognito-identity.amazonaws.com"',
        "sts:AssumeRoleWithWebIdentity",
        "sts:TagSession",
        f'"cognito-identity.amazonaws.com:aud": "{POOL}"',
        f'"cognito-identity.amazonaws.com:amr": "{amr}"',
    ):
        assert part in text


def test_the_trust_policy_hint_names_the_role():
    text = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    assert ROLE in hint(text, "AccessDenied", role_arn=ROLE)


@pytest.mark.parametrize(
    ("tokens", "amr", "actions"),
    [
        ({}, "unauthenticated", ["sts:AssumeRoleWithWebIdentity"]),
        (
            {USER_POOL: jwt(sub="x")},
            "authenticated",
            ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        ),
    ],
)
def test_trust_policy_returns_an_iam_document(tokens, amr, actions):
    document = trust_policy(CallContext(identity_pool_id=POOL, logins=ResolvedLogins(tokens)))
    assert document == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                "Action": actions,
                "Condition": {
                    "StringEquals": {"cognito-identity.amazonaws.com:aud": POOL},
                    "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
                },
            }
        ],
    }


def test_describe_providers_lists_every_login():
    tokens = {USER_POOL: jwt(iss=f"https://{USER_POOL}", aud="app"), "graph.facebook.com": "EAAx"}
    text = describe_providers(CallContext(identity_pool_id=POOL, logins=ResolvedLogins(tokens)))
    pool, facebook = text.split("; ")
    assert f"'https://{USER_POOL}'" in pool
    assert "'app'" in pool
    assert facebook.startswith("graph.facebook.com")
    assert describe_providers(CallContext(identity_pool_id=POOL)) == ""


def test_the_trust_policy_uses_the_principal_of_the_partition():
    pool = "cn-north-1:1699ebc0-7900-4099-b910-2df94f52a030"
    text = hint("x", MISCONFIGURED, identity_pool_id=pool)
    assert '"cognito-identity.cn-north-1.amazonaws.com.cn:aud"' in text


def test_the_region_comes_from_the_pool_id_or_the_identity_id():
    text = f"Identity '{IDENTITY}' not found."
    assert "us-east-1" in hint(text, "ResourceNotFoundException", identity_pool_id=None)
    unknown = {"identity_pool_id": None, "identity_id": None}
    assert "this region" in hint(text, "ResourceNotFoundException", **unknown)


def test_the_hint_names_the_provider_that_does_not_respond():
    tokens = {"graph.facebook.com": "opaque"}
    assert "graph.facebook.com" in hint("x", "ExternalServiceException", tokens=tokens)


def test_the_hint_for_a_conflict_names_the_logins():
    assert USER_POOL in hint("x", "ResourceConflictException", tokens={USER_POOL: jwt(sub="x")})


def test_claims_are_quoted_shortened_and_without_control_characters():
    tokens = {"login.example.com": jwt(iss="https://a\x1b[31m\n" + "x" * 1000, aud="c")}
    text = hint(UNSUPPORTED, tokens=tokens)
    assert "\x1b" not in text
    assert "\n" not in text
    assert len(text) < 600
