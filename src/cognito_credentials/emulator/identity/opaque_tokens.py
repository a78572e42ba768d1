"""Verification of opaque tokens, which Facebook, Amazon, Twitter and Digits issue.

The real service sends an opaque token to its provider. The emulator accepts the tokens that a test
has registered. For any other token, the emulator calls the verifier that a test has set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from cognito_credentials._core import logs
from cognito_credentials.emulator.argument_checks import check_text, check_type
from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    not_authorized,
    provider_not_responding,
)
from cognito_credentials.emulator.identity.state import NoJournal, RegisteredToken, StateJournal

OPAQUE_TOKEN_PROVIDERS = frozenset(
    {"graph.facebook.com", "www.amazon.com", "api.twitter.com", "www.digits.com"}
)

Verifier = Callable[[str], "tuple[str, str] | None"]
"""Function that returns the application ID and the user ID of a token; None if it is invalid."""


class OpaqueToken(NamedTuple):
    """The application and the user for which a provider issued a token."""

    app_id: str
    user_id: str


class OpaqueTokens:
    """The opaque tokens and verifiers of a test. Thread-safe."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], OpaqueToken] = {}
        self._verifiers: dict[str, Verifier] = {}
        self._journal: StateJournal = NoJournal()

    def register(self, provider: str, token: str, app_id: str, user_id: str) -> None:
        """Accept a token; see `IdentityService.register_opaque_token`."""
        _check_provider(provider)
        for parameter, value in {"token": token, "app_id": app_id, "user_id": user_id}.items():
            check_text(parameter, value)
        self._journal.save_opaque_token(RegisteredToken(provider, token, app_id, user_id))
        self._tokens[provider, token] = OpaqueToken(app_id, user_id)

    def restore(self, tokens: Iterable[RegisteredToken], journal: StateJournal) -> None:
        """Replace all registered tokens; see `IdentityService.restore`."""
        self._journal = journal
        self._tokens = {
            (token.provider, token.token): OpaqueToken(token.app_id, token.user_id)
            for token in tokens
        }

    def list_registered(self) -> Sequence[RegisteredToken]:
        """Return the registered tokens."""
        return [RegisteredToken(*key, *token) for key, token in tuple(self._tokens.items())]

    def set_verifier(self, provider: str, verify: Verifier) -> None:
        """Set the verifier of a provider; see `IdentityService.set_token_verifier`."""
        _check_provider(provider)
        check_type("verify", verify, Callable, "a function")  # type: ignore[arg-type]
        self._verifiers[provider] = verify

    def verify(self, provider: str, token: str) -> OpaqueToken:
        """Return the application and the user of a token.

        Raises:
            AwsError: If the token is invalid, or the verifier raised an exception.
        """
        known = self._tokens.get((provider, token))
        if known is not None:
            return known
        verifier = self._verifiers.get(provider)
        if verifier is None:
            raise not_authorized(UnconfirmedText.BAD_OPAQUE_TOKEN)
        try:
            found = verifier(token)
            verified = None if found is None else OpaqueToken(*found)
        except Exception as error:  # noqa: BLE001 - an error simulates a failed provider
            # The message of the exception may contain the token.
            logs.warning(
                "The token verifier of %s raised %s. Responding as if the provider were down.",
                provider,
                type(error).__name__,
            )
            raise provider_not_responding(provider) from None
        if verified is None:
            raise not_authorized(UnconfirmedText.BAD_OPAQUE_TOKEN)
        return verified


def _check_provider(provider: str) -> None:
    check_text("provider_name", provider)
    if provider not in OPAQUE_TOKEN_PROVIDERS:
        accepted = ", ".join(sorted(OPAQUE_TOKEN_PROVIDERS))
        raise ValueError(
            f"provider_name must be a provider of opaque tokens ({accepted}), not {provider!r}"
        )
