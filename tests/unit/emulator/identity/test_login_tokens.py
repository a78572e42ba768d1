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
    FakeLoginKeys,
    id_token,
    issuer_key,
)

from cognito_credentials.emulator.identity.errors import Invented, ServiceFault
from cognito_credentials.emulator.identity.login_tokens import LoginTokens, VerifiedLogin
from cognito_credentials.emulator.identity.pools import IdentityPool

UNSUPPORTED = "Token is not from a supported provider of this identity pool."
WRONG_ISSUER = "Invalid login token. Issuer doesn't match providerName"


class Verifier:
    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock()
        self.keys = FakeLoginKeys()
        public = {"keys": [issuer_key().as_dict(private=False)]}
        for provider in (USER_POOL, OIDC, GOOGLE):
            self.keys.key_sets[f"https://{provider}"] = public
        self.tokens = LoginTokens(clock=self.clock, login_keys=self.keys)
        self.pool = IdentityPool(id=f"{REGION}:abc", arn="arn", settings={**PROVIDERS, **settings})

    def verify(self, provider: str, token: str) -> VerifiedLogin:
        (login,) = self.tokens.verify_all(self.pool, {provider: token})
        return login

    def refusal(self, provider: str, token: str) -> str:
        with pytest.raises(ServiceFault) as caught:
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


def test_an_array_of_audiences_needs_one_that_is_known() -> None:
    verifier = Verifier()
    assert verifier.verify(OIDC, id_token(OIDC, audience=["other", "web"]))
    assert verifier.refusal(OIDC, id_token(OIDC, audience=["other"])) == UNSUPPORTED


def test_the_authorized_party_goes_before_the_audience_at_oidc_providers() -> None:
    verifier = Verifier()
    assert verifier.verify(OIDC, id_token(OIDC, audience="api", azp="web"))
    assert verifier.refusal(OIDC, id_token(OIDC, audience="web", azp="other")) == UNSUPPORTED


@pytest.mark.parametrize("issuer", [GOOGLE, f"https://{GOOGLE}"])
def test_google_signs_with_and_without_a_scheme(issuer: str) -> None:
    login = Verifier().verify(GOOGLE, id_token(audience="google-client", iss=issuer))
    assert login.mapping_key == GOOGLE
    assert login.amr == (GOOGLE, f"{GOOGLE}:google-client:alice")


def test_google_may_be_an_oidc_provider_with_further_clients() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GOOGLE}"
    verifier = Verifier(OpenIdConnectProviderARNs=[arn])
    verifier.keys.client_ids[arn] = ["android"]
    login = verifier.verify(GOOGLE, id_token(GOOGLE, audience="android"))
    assert login.mapping_key == arn
    assert verifier.verify(GOOGLE, id_token(GOOGLE, audience="google-client")).mapping_key == GOOGLE


def test_the_authorized_party_means_nothing_elsewhere() -> None:
    token = id_token(GOOGLE, audience="google-client", azp="android")
    assert Verifier().verify(GOOGLE, token).subject == "alice"


def test_opaque_tokens_are_those_that_the_test_registered() -> None:
    verifier = Verifier()
    verifier.tokens.register_opaque_token(FACEBOOK, "EAAB", "fb-app", "10001")
    verifier.tokens.register_opaque_token(FACEBOOK, "EAAC", "other-app", "10001")
    verifier.tokens.register_opaque_token("www.amazon.com", "Atza|", "amzn1", "amzn1.account.X")
    login = verifier.verify(FACEBOOK, "EAAB")
    assert (login.subject, login.mapping_key) == ("10001", FACEBOOK)
    assert login.amr == (FACEBOOK, f"{FACEBOOK}:fb-app:10001")
    assert login.claims == {"iss": FACEBOOK, "aud": "fb-app", "sub": "10001"}
    assert verifier.refusal(FACEBOOK, "EAAC") == UNSUPPORTED
    assert verifier.refusal("www.amazon.com", "Atza|") == UNSUPPORTED
    assert verifier.refusal(FACEBOOK, "never seen") == Invented.BAD_OPAQUE_TOKEN
    with pytest.raises(ValueError, match=GOOGLE):
        verifier.tokens.register_opaque_token(GOOGLE, "x", "y", "z")


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "exp"])
def test_a_missing_claim_is_named(missing: str) -> None:
    assert Verifier().refusal(USER_POOL, id_token(without=[missing])) == (
        f"Invalid login token. Missing a required claim: {missing}"
    )


def test_a_slash_at_the_end_of_the_issuer_is_not_part_of_the_key() -> None:
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
def test_the_key_must_be_the_issuer(provider: str, token: str) -> None:
    assert Verifier().refusal(provider, token) == WRONG_ISSUER


@pytest.mark.parametrize(
    ("provider", "audience"),
    [(USER_POOL, "another-client"), ("unheard.of", CLIENT), (OIDC, "desktop"), (GOOGLE, CLIENT)],
)
def test_provider_and_audience_must_be_the_pools(provider: str, audience: str) -> None:
    assert Verifier().refusal(provider, id_token(provider, audience=audience)) == UNSUPPORTED


def test_an_oidc_provider_that_iam_does_not_know_trusts_nobody() -> None:
    verifier = Verifier()
    verifier.keys.client_ids.clear()
    assert verifier.refusal(OIDC, id_token(OIDC, audience="web")) == UNSUPPORTED


def test_a_user_pool_without_client_trusts_nobody() -> None:
    verifier = Verifier(CognitoIdentityProviders=[{"ProviderName": USER_POOL}])
    assert verifier.refusal(USER_POOL, id_token()) == UNSUPPORTED
    assert "Not a valid OpenId" in verifier.refusal(USER_POOL, id_token(audience=""))


def test_a_bad_signature_and_keys_that_cannot_be_had_are_refused_alike() -> None:
    verifier = Verifier()
    message = "Invalid login token. Couldn't verify signed token."
    assert verifier.refusal(USER_POOL, id_token(key=issuer_key("other"))) == message
    verifier.keys.key_sets.clear()
    assert verifier.refusal(USER_POOL, id_token()) == message


def test_an_expired_token_is_refused_at_once() -> None:
    verifier = Verifier()
    verifier.clock.time = NOW + 3600
    assert verifier.refusal(USER_POOL, id_token()) == (
        f"Invalid login token. Token expired: {int(NOW) + 3600} >= {int(NOW) + 3600}"
    )


def test_a_token_of_the_service_itself_is_no_login_under_any_key() -> None:
    token = id_token("cognito-identity.amazonaws.com")
    for key in ("cognito-identity.amazonaws.com", USER_POOL):
        assert Verifier().refusal(key, token) == (
            "Invalid login token. Can't pass in a Cognito token."
        )


def test_the_shape_is_looked_at_before_the_provider() -> None:
    assert Verifier().refusal("Facebook", "EAACEdEose0cBA") == (
        "Invalid login token. Not a valid OpenId Connect identity token."
    )


def test_the_developer_provider_is_not_public() -> None:
    with pytest.raises(ServiceFault) as caught:
        Verifier().verify(DEVELOPER, "alice")
    assert (caught.value.code, caught.value.message) == (
        "InvalidParameterException",
        "Please provide a valid public provider.",
    )


def test_saml_is_configured_but_not_verified() -> None:
    assert Verifier().refusal(SAML_ARN, "PHNhbWw+") == Invented.SAML_NOT_VERIFIED
    assert Verifier(SamlProviderARNs=[]).refusal(SAML_ARN, "PHNhbWw+") == UNSUPPORTED


def test_a_pool_without_providers_says_so() -> None:
    verifier = Verifier()
    verifier.pool = IdentityPool(id="eu-west-1:abc", arn="arn", settings={})
    assert verifier.refusal(USER_POOL, id_token()) == (
        "Identity pool - eu-west-1:abc does not have identity providers configured."
    )


def test_signing_out_matters_where_the_pool_checks_it() -> None:
    provider = {"ProviderName": USER_POOL, "ClientId": CLIENT, "ServerSideTokenCheck": True}
    checking = Verifier(CognitoIdentityProviders=[provider])
    trusting = Verifier()
    for verifier in (checking, trusting):
        verifier.keys.signed_out.add((f"https://{USER_POOL}", "alice", NOW - 60))
        verifier.keys.signed_out.add((f"https://{USER_POOL}", "bob", NOW))
    alice, bob = id_token(auth_time=int(NOW) - 60), id_token(subject="bob")
    assert checking.refusal(USER_POOL, alice) == Invented.SIGNED_OUT
    assert checking.refusal(USER_POOL, bob) == Invented.SIGNED_OUT
    assert checking.verify(USER_POOL, id_token(subject="carol"))
    assert trusting.verify(USER_POOL, alice)


def test_one_bad_login_fails_them_all() -> None:
    verifier = Verifier()
    with pytest.raises(ServiceFault):
        verifier.tokens.verify_all(verifier.pool, {USER_POOL: id_token(), OIDC: "rubbish"})


def test_a_login_does_not_print_its_claims() -> None:
    assert "secret@example.com" not in repr(
        Verifier().verify(USER_POOL, id_token(email="secret@example.com"))
    )
