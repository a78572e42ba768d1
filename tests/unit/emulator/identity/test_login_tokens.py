from __future__ import annotations

from typing import Any

import pytest
from emulator_fakes import (
    ACCOUNT,
    CLIENT,
    DEVELOPER,
    FACEBOOK,
    GOOGLE,
    NOW,
    OIDC,
    OIDC_ARN,
    PROVIDERS,
    REGION,
    SAML_ARN,
    USER_POOL,
    FakeClock,
    FakeLoginProviders,
    id_token,
    issuer_key,
)
from saml_provider import metadata, saml_token

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.login_tokens import LoginTokenVerifier, VerifiedLogin
from cognito_credentials.emulator.identity.opaque_tokens import OpaqueTokens
from cognito_credentials.emulator.identity.pools import IdentityPool

UNSUPPORTED = "Token is not from a supported provider of this identity pool."
WRONG_ISSUER = "Invalid login token. Issuer doesn't match providerName"


class Verifier:
    """A verifier for one identity pool with all kinds of login providers."""

    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock()
        self.providers = FakeLoginProviders()
        public = {"keys": [issuer_key().as_dict(private=False)]}
        for provider in (USER_POOL, OIDC, GOOGLE):
            self.providers.key_sets[f"https://{provider}"] = public
        self.opaque_tokens = OpaqueTokens()
        self.tokens = LoginTokenVerifier(
            clock=self.clock, login_providers=self.providers, opaque_tokens=self.opaque_tokens
        )
        self.pool = IdentityPool(id=f"{REGION}:abc", arn="arn", settings={**PROVIDERS, **settings})

    def verify(self, provider: str, token: str) -> VerifiedLogin:
        (login,) = self.tokens.verify_all(self.pool, {provider: token})
        return login

    def error_message(self, provider: str, token: str) -> str:
        with pytest.raises(AwsError) as caught:
            self.verify(provider, token)
        assert caught.value.code == "NotAuthorizedException"
        return caught.value.message


def test_a_user_pool_token_is_verified() -> None:
    login = Verifier().verify(USER_POOL, id_token())
    assert (login.provider, login.subject) == (USER_POOL, "alice")
    assert login.mapping_key == f"{USER_POOL}:{CLIENT}"
    assert login.amr == (USER_POOL, f"{USER_POOL}:CognitoSignIn:alice")
    assert login.claims["aud"] == CLIENT


def test_an_oidc_token_is_verified() -> None:
    login = Verifier().verify(OIDC, id_token(OIDC, "bob", "mobile"))
    assert login.mapping_key == OIDC_ARN
    assert login.amr == (OIDC, f"{OIDC_ARN}:OIDC:bob")


def test_an_array_of_audiences_needs_one_known_client() -> None:
    verifier = Verifier()
    assert verifier.verify(OIDC, id_token(OIDC, audience=["other", "web"]))
    assert verifier.error_message(OIDC, id_token(OIDC, audience=["other"])) == UNSUPPORTED


def test_oidc_providers_prefer_the_authorized_party_to_the_audience() -> None:
    verifier = Verifier()
    assert verifier.verify(OIDC, id_token(OIDC, audience="api", azp="web"))
    assert verifier.error_message(OIDC, id_token(OIDC, audience="web", azp="other")) == UNSUPPORTED


@pytest.mark.parametrize("issuer", [GOOGLE, f"https://{GOOGLE}"])
def test_the_issuer_of_google_may_omit_the_scheme(issuer: str) -> None:
    login = Verifier().verify(GOOGLE, id_token(audience="google-client", iss=issuer))
    assert login.mapping_key == GOOGLE
    assert login.amr == (GOOGLE, f"{GOOGLE}:google-client:alice")


def test_google_may_be_an_oidc_provider_with_additional_clients() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GOOGLE}"
    verifier = Verifier(OpenIdConnectProviderARNs=[arn])
    verifier.providers.client_ids[arn] = ["android"]
    login = verifier.verify(GOOGLE, id_token(GOOGLE, audience="android"))
    assert login.mapping_key == arn
    assert verifier.verify(GOOGLE, id_token(GOOGLE, audience="google-client")).mapping_key == GOOGLE


def test_other_providers_ignore_the_authorized_party() -> None:
    token = id_token(GOOGLE, audience="google-client", azp="android")
    assert Verifier().verify(GOOGLE, token).subject == "alice"


def test_only_registered_opaque_tokens_are_accepted() -> None:
    verifier = Verifier()
    verifier.opaque_tokens.register(FACEBOOK, "EAAB", "fb-app", "10001")
    verifier.opaque_tokens.register(FACEBOOK, "EAAC", "other-app", "10001")
    verifier.opaque_tokens.register("www.amazon.com", "Atza|", "amzn1", "amzn1.account.X")
    login = verifier.verify(FACEBOOK, "EAAB")
    assert (login.subject, login.mapping_key) == ("10001", FACEBOOK)
    assert login.amr == (FACEBOOK, f"{FACEBOOK}:fb-app:10001")
    assert login.claims == {"iss": FACEBOOK, "aud": "fb-app", "sub": "10001"}
    assert verifier.error_message(FACEBOOK, "EAAC") == UNSUPPORTED
    assert verifier.error_message("www.amazon.com", "Atza|") == UNSUPPORTED
    assert verifier.error_message(FACEBOOK, "never seen") == UnconfirmedText.BAD_OPAQUE_TOKEN


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp"])
def test_the_error_names_a_missing_claim(missing: str) -> None:
    assert Verifier().error_message(USER_POOL, id_token(without=[missing])) == (
        f"Invalid login token. Missing a required claim: {missing}"
    )


def test_a_trailing_slash_of_the_issuer_is_not_part_of_the_provider_name() -> None:
    token = id_token(OIDC, "bob", "mobile", iss=f"https://{OIDC}/")
    assert Verifier().verify(OIDC, token).provider == OIDC


@pytest.mark.parametrize(
    ("provider", "token"),
    [
        (f"https://{USER_POOL}", id_token()),
        (USER_POOL + "x", id_token()),
        (OIDC, id_token()),
        ("unheard.of", id_token()),
    ],
)
def test_the_provider_name_must_be_the_issuer(provider: str, token: str) -> None:
    assert Verifier().error_message(provider, token) == WRONG_ISSUER


@pytest.mark.parametrize(
    ("provider", "audience"),
    [(USER_POOL, "another-client"), ("unheard.of", CLIENT), (OIDC, "desktop"), (GOOGLE, CLIENT)],
)
def test_provider_and_audience_must_be_configured_in_the_pool(provider: str, audience: str) -> None:
    assert Verifier().error_message(provider, id_token(provider, audience=audience)) == UNSUPPORTED


def test_tokens_of_an_oidc_provider_missing_in_iam_are_rejected() -> None:
    verifier = Verifier()
    verifier.providers.client_ids.clear()
    assert verifier.error_message(OIDC, id_token(OIDC, audience="web")) == UNSUPPORTED


def test_tokens_of_a_user_pool_without_client_id_are_rejected() -> None:
    verifier = Verifier(CognitoIdentityProviders=[{"ProviderName": USER_POOL}])
    assert verifier.error_message(USER_POOL, id_token()) == UNSUPPORTED
    assert "Not a valid OpenId" in verifier.error_message(USER_POOL, id_token(audience=""))


def test_wrong_signatures_and_unavailable_keys_have_the_same_error() -> None:
    verifier = Verifier()
    message = "Invalid login token. Couldn't verify signed token."
    assert verifier.error_message(USER_POOL, id_token(key=issuer_key("other"))) == message
    verifier.providers.key_sets.clear()
    assert verifier.error_message(USER_POOL, id_token()) == message


def test_a_token_is_rejected_from_the_second_of_its_expiry() -> None:
    verifier = Verifier()
    verifier.clock.time = NOW + 3600
    assert verifier.error_message(USER_POOL, id_token()) == (
        f"Invalid login token. Token expired: {int(NOW) + 3600} >= {int(NOW) + 3600}"
    )


def test_a_token_of_the_service_itself_is_rejected_under_every_provider_name() -> None:
    token = id_token("cognito-identity.amazonaws.com")
    for provider in ("cognito-identity.amazonaws.com", USER_POOL):
        assert Verifier().error_message(provider, token) == (
            "Invalid login token. Can't pass in a Cognito token."
        )


def test_the_form_of_a_token_is_checked_before_its_provider() -> None:
    assert Verifier().error_message("Facebook", "EAACEdEose0cBA") == (
        "Invalid login token. Not a valid OpenId Connect identity token."
    )


def test_the_developer_provider_is_rejected_as_a_public_provider() -> None:
    with pytest.raises(AwsError) as caught:
        Verifier().verify(DEVELOPER, "alice")
    assert (caught.value.code, caught.value.message) == (
        "InvalidParameterException",
        "Please provide a valid public provider.",
    )


def test_a_saml_response_is_verified() -> None:
    verifier = Verifier()
    token = saml_token(now=NOW, name_id="ann", attributes={"groups": ["a", "b"]})
    assert verifier.error_message(SAML_ARN, token) == UNSUPPORTED  # IAM has no such provider
    verifier.providers.saml_metadata[SAML_ARN] = metadata()
    login = verifier.verify(SAML_ARN, token)
    assert (login.provider, login.subject) == (SAML_ARN, "ann")
    assert login.mapping_key == login.tag_map_key == SAML_ARN
    assert login.amr == (SAML_ARN, f"{SAML_ARN}:SAML:ann")
    assert login.claims["groups"] == ["a", "b"]
    assert login.saml_roles == ()
    verifier.clock.time += 300
    expired = verifier.error_message(SAML_ARN, token)
    assert expired == "Invalid login token. Token expired: 1700000300000 >= 1700000300000"


def test_a_saml_provider_must_be_configured() -> None:
    verifier = Verifier(SamlProviderARNs=[])
    verifier.providers.saml_metadata[SAML_ARN] = metadata()
    assert verifier.error_message(SAML_ARN, saml_token(now=NOW)) == UNSUPPORTED


def test_a_pool_without_providers_has_its_own_error() -> None:
    verifier = Verifier()
    verifier.pool = IdentityPool(id="eu-west-1:abc", arn="arn", settings={})
    assert verifier.error_message(USER_POOL, id_token()) == (
        "Identity pool - eu-west-1:abc does not have identity providers configured."
    )


def test_sign_out_is_checked_only_if_the_pool_enables_it() -> None:
    provider = {"ProviderName": USER_POOL, "ClientId": CLIENT, "ServerSideTokenCheck": True}
    checking = Verifier(CognitoIdentityProviders=[provider])
    trusting = Verifier()
    for verifier in (checking, trusting):
        verifier.providers.signed_out.add((f"https://{USER_POOL}", "alice", NOW - 60))
        verifier.providers.signed_out.add((f"https://{USER_POOL}", "bob", NOW))
    alice, bob = id_token(auth_time=int(NOW) - 60), id_token(subject="bob")
    assert checking.error_message(USER_POOL, alice) == UnconfirmedText.SIGNED_OUT
    assert checking.error_message(USER_POOL, bob) == UnconfirmedText.SIGNED_OUT
    assert checking.verify(USER_POOL, id_token(subject="carol"))
    assert trusting.verify(USER_POOL, alice)


def test_an_invalid_login_fails_the_whole_request() -> None:
    verifier = Verifier()
    with pytest.raises(AwsError):
        verifier.tokens.verify_all(verifier.pool, {USER_POOL: id_token(), OIDC: "rubbish"})


def test_the_repr_of_a_login_has_no_claims() -> None:
    assert "secret@example.com" not in repr(
        Verifier().verify(USER_POOL, id_token(email="secret@example.com"))
    )


def test_new_keys_of_an_issuer_are_fetched() -> None:
    verifier = Verifier()
    rotated = issuer_key("rotated")
    token = id_token(OIDC, audience="web", key=rotated)
    unverified = "Invalid login token. Couldn't verify signed token."
    assert verifier.error_message(OIDC, token) == unverified
    keys = {"keys": [rotated.as_dict(private=False)]}
    verifier.providers.new_key_sets[f"https://{OIDC}"] = keys
    assert verifier.verify(OIDC, token).subject == "alice"


@pytest.mark.parametrize(
    ("issuer", "provider", "is_accepted"),
    [
        ("http://127.0.0.1:9000", "127.0.0.1:9000", True),
        ("http://localhost:9000/tenant/", "localhost:9000/tenant", True),
        ("http://[::1]:9000", "[::1]:9000", True),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000", False),
        ("http://login.example.com", "login.example.com", False),
        ("http://127.0.0.1.example.com", "127.0.0.1.example.com", False),
        ("http://localhost@login.example.com", "localhost@login.example.com", False),
        ("ftp://127.0.0.1", "127.0.0.1", False),
        ("http://[", "[", False),
    ],
)
def test_only_issuers_on_this_machine_may_use_http(
    issuer: str, provider: str, is_accepted: bool
) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}"
    verifier = Verifier(OpenIdConnectProviderARNs=[arn])
    verifier.providers.client_ids[arn] = ["web"]
    public = {"keys": [issuer_key().as_dict(private=False)]}
    verifier.providers.key_sets[issuer.rstrip("/")] = public
    token = id_token(audience="web", iss=issuer)
    if is_accepted:
        assert verifier.verify(provider, token).mapping_key == arn
    else:
        assert verifier.error_message(provider, token) == WRONG_ISSUER


def test_a_local_issuer_replaces_another_issuer() -> None:
    verifier = Verifier()
    local = "http://localhost:9000"
    token = id_token(audience="google-client", iss=local)
    assert verifier.error_message(GOOGLE, token) == WRONG_ISSUER
    verifier.providers.replaced[local] = [f"https://{GOOGLE}"]
    assert verifier.verify(GOOGLE, token).amr == (GOOGLE, f"{GOOGLE}:google-client:alice")
    assert verifier.error_message("localhost:9000", token) == UNSUPPORTED
