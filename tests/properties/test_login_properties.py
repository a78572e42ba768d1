"""Properties that hold for all login tokens."""

from __future__ import annotations

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.diagnosis import redact, service_error
from cognito_credentials._core.error_catalog import find_entry
from cognito_credentials._core.jwt_claims import decode_claims, is_expired
from cognito_credentials._core.login_checks import check_logins
from cognito_credentials._core.login_providers import derive_provider_name
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.errors import LoginTokenError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=10,
)
CLAIMS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("iss", "aud", "sub", "exp", "token_use", "azp", "cognito:roles"), JSON),
)
PROVIDER_NAMES = st.sampled_from(
    [
        "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example",
        "accounts.google.com",
        "graph.facebook.com",
        "login.example.com",
        "arn:aws:iam::123456789012:saml-provider/Corporate",
        "cognito-identity.amazonaws.com",
    ]
)
SERVICE_ERRORS = st.sampled_from(
    [
        ("NotAuthorizedException", "Invalid login token. Token expired: 2 >= 1"),
        ("NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"),
        (
            "NotAuthorizedException",
            "Invalid login token. Not a valid OpenId Connect identity token.",
        ),
        ("NotAuthorizedException", "Token is not from a supported provider of this identity pool."),
        ("NotAuthorizedException", "The ambiguous role mapping rules for: x denied this request."),
        ("NotAuthorizedException", "Logins don't match. Please include at least one valid login"),
        ("InvalidIdentityPoolConfigurationException", ""),
        ("ResourceConflictException", ""),
        ("ValidationException", ""),
    ]
)
# Strings that resemble real opaque tokens in length and characters. No claim contains such a string: a
# claim is a shorter text or a number.
TOKENS = st.text(alphabet="ABCXYZabcxyz0189-_.+/=;", min_size=20, max_size=60).map("T{}".format)


def jwt(claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"


@given(st.text(max_size=200) | st.lists(st.text(max_size=40), min_size=3, max_size=3).map(".".join))
def test_decoding_any_text_raises_nothing(token):
    assert decode_claims(token) is None or isinstance(decode_claims(token), dict)
    assert is_expired(token, 0.0) in {True, False}


@given(st.text(max_size=10), st.lists(TOKENS, min_size=1, max_size=3), st.text(max_size=10))
def test_known_tokens_are_redacted(before, tokens, after):
    text = f"{before}{' '.join(tokens)}{after}"
    redacted = redact(text, tokens)
    assert not any(token in redacted for token in tokens)


@given(CLAIMS)
def test_unknown_id_tokens_are_redacted(claims):
    token = jwt(claims)
    assert redact(f"Value '{token}' is bad", ()) == "Value '[hidden]' is bad"


@given(
    st.dictionaries(PROVIDER_NAMES, CLAIMS.map(jwt) | TOKENS, max_size=3),
    st.none() | st.floats(0, 4e9),
)
def test_a_check_of_logins_passes_warns_or_raises_with_a_hint_and_never_shows_a_token(
    tokens, service_now
):
    resolved = ResolvedLogins(tokens)
    try:
        texts = check_logins(resolved, service_now=service_now, local_now=1e9)
    except LoginTokenError as error:
        assert error.hint
        assert error.provider_name in tokens
        texts = [str(error)]
    assert not any(token in text for token in tokens.values() for text in texts)


@given(
    st.dictionaries(PROVIDER_NAMES, CLAIMS.map(jwt) | TOKENS, max_size=3),
    SERVICE_ERRORS,
    st.none() | st.just("arn:x"),
)
def test_every_service_error_has_a_hint_that_does_not_show_a_token(
    tokens, service_error_texts, role_arn
):
    code, text = service_error_texts
    context = CallContext(logins=ResolvedLogins(tokens), role_arn=role_arn)
    error = service_error(
        operation_name="GetId",
        code=code,
        message=f"{text} {list(tokens.values())}",
        http_status=400,
        context=context,
    )
    assert type(error) is find_entry(code, text).error
    assert error.hint.isprintable()
    assert not any(token in str(error) for token in tokens.values())


@given(st.text(min_size=1, max_size=50))
def test_deriving_a_provider_name_from_a_provider_name_changes_nothing(address):
    name = derive_provider_name(f"https://{address}")
    assert not name.endswith("/")
    if "://" not in name:
        assert derive_provider_name(name) == name
