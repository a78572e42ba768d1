from __future__ import annotations

import logging
from typing import Any

import pytest

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.opaque_tokens import OPAQUE_TOKEN_PROVIDERS, OpaqueTokens

FACEBOOK, TWITTER = "graph.facebook.com", "api.twitter.com"


@pytest.fixture
def tokens() -> OpaqueTokens:
    return OpaqueTokens()


def error_of(tokens: OpaqueTokens, provider: str, token: str) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        tokens.verify(provider, token)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize("provider", sorted(OPAQUE_TOKEN_PROVIDERS))
def test_a_verifier_decides_about_tokens(tokens: OpaqueTokens, provider: str):
    seen: list[str] = []

    def verify(token: str) -> tuple[str, str] | None:
        seen.append(token)
        return ("app;secret", "user") if token == "good;secret" else None

    bad = ("NotAuthorizedException", str(UnconfirmedText.BAD_OPAQUE_TOKEN))
    assert error_of(tokens, provider, "good;secret") == bad
    tokens.set_verifier(provider, verify)
    assert tokens.verify(provider, "good;secret") == ("app;secret", "user")
    assert error_of(tokens, provider, "bad") == bad
    assert seen == ["good;secret", "bad"]


def test_registered_tokens_need_no_verifier(tokens: OpaqueTokens):
    tokens.set_verifier(FACEBOOK, lambda _: None)
    tokens.register(FACEBOOK, "EAAB", "app", "user")
    assert tokens.verify(FACEBOOK, "EAAB") == ("app", "user")
    assert error_of(tokens, TWITTER, "EAAB")[0] == "NotAuthorizedException"


@pytest.mark.parametrize("result", [ValueError("EAAB"), "app", ("app",), 1])
def test_a_verifier_that_fails_is_a_provider_that_does_not_respond(
    tokens: OpaqueTokens, result: Any, caplog: pytest.LogCaptureFixture
):
    def verify(_: str) -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    tokens.set_verifier(FACEBOOK, verify)
    text = UnconfirmedText.PROVIDER_NOT_RESPONDING.format(provider=FACEBOOK)
    with caplog.at_level(logging.WARNING):
        assert error_of(tokens, FACEBOOK, "EAAB") == ("ExternalServiceException", text)
    assert FACEBOOK in caplog.text
    assert "EAAB" not in caplog.text


def test_other_providers_have_no_opaque_tokens(tokens: OpaqueTokens):
    with pytest.raises(ValueError, match="provider_name"):
        tokens.register("accounts.google.com", "x", "y", "z")
    with pytest.raises(ValueError, match="provider_name"):
        tokens.set_verifier("accounts.google.com", lambda _: None)
