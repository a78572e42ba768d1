"""What holds of login tokens whatever they are."""

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
KEYS = st.sampled_from(
    [
        "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example",
        "accounts.google.com",
        "graph.facebook.com",
        "login.example.com",
        "arn:aws:iam::123456789012:saml-provider/Corporate",
        "cognito-identity.amazonaws.com",
    ]
)
TEXTS = st.sampled_from(
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
# As long as real ones are, of what their alphabets have.
TOKENS = st.text(alphabet="ABCXYZabcxyz0189-_.+/=;", min_size=16, max_size=60)


def jwt(claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"


@given(st.text(max_size=200) | st.lists(st.text(max_size=40), min_size=3, max_size=3).map(".".join))
def test_a_look_at_anything_raises_nothing(token):
    assert decode_claims(token) is None or isinstance(decode_claims(token), dict)
    assert is_expired(token, 0.0) in {True, False}


@given(st.text(max_size=10), st.lists(TOKENS, min_size=1, max_size=3), st.text(max_size=10))
def test_no_token_is_left_in_a_text(before, tokens, after):
    text = f"{before}{' '.join(tokens)}{after}"
    hidden = redact(text, tokens)
    assert not any(token in hidden for token in tokens)


@given(CLAIMS)
def test_no_id_token_is_left_in_a_text_that_does_not_know_it(claims):
    token = jwt(claims)
    assert redact(f"Value '{token}' is bad", ()) == "Value '[hidden]' is bad"


@given(st.dictionaries(KEYS, CLAIMS.map(jwt) | TOKENS, max_size=3), st.none() | st.floats(0, 4e9))
def test_a_check_passes_warns_or_says_what_to_do_and_never_shows_a_token(tokens, service_now):
    resolved = ResolvedLogins(tokens)
    try:
        texts = check_logins(resolved, service_now=service_now, local_now=1e9)
    except LoginTokenError as error:
        refused = error
        texts = [str(error)]
    else:
        refused = None
    assert refused is None or (refused.hint and refused.provider_name in tokens)
    assert not any(token in text for token in tokens.values() for text in texts)


@given(
    st.dictionaries(KEYS, CLAIMS.map(jwt) | TOKENS, max_size=3), TEXTS, st.none() | st.just("arn:x")
)
def test_every_refusal_is_explained_whatever_the_tokens_say(tokens, refused, role_arn):
    code, text = refused
    facts = CallContext(logins=ResolvedLogins(tokens), role_arn=role_arn)
    error = service_error(
        operation_name="GetId",
        code=code,
        message=f"{text} {list(tokens.values())}",
        http_status=400,
        context=facts,
    )
    assert type(error) is find_entry(code, text).error
    assert error.hint.isprintable()
    assert not any(token in str(error) for token in tokens.values())


@given(st.text(min_size=1, max_size=50))
def test_the_key_of_a_key_is_itself(address):
    key = derive_provider_name(f"https://{address}")
    assert not key.endswith("/")
    if "://" not in key:
        assert derive_provider_name(key) == key
