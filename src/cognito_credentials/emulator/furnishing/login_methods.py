"""The methods of `Emulator` that provide login tokens and the keys of login providers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cognito_credentials._validation import format_value
from cognito_credentials.emulator.argument_checks import (
    check_json_object,
    check_seconds,
    check_text,
    check_type,
)
from cognito_credentials.emulator.request_pipeline import RequestPipeline


class LoginMethods:
    """Methods of `Emulator` for tests with login providers."""

    _pipeline: RequestPipeline

    def mint_token(
        self,
        provider_name: str,
        subject: str,
        *,
        audience: str | None = None,
        claims: Mapping[str, Any] | None = None,
        lifetime: float = 3600,
    ) -> str:
        """Return a login token of a trusted login provider, without a request to the provider.

        Identity pools of this emulator accept the token in the same way as a token of the provider.
        Tokens of Facebook, Amazon, Twitter and Digits are opaque: they contain no `claims`, and do
        not expire.

        Args:
            provider_name: The login provider name, for example `accounts.google.com`, or
                `cognito-idp.us-east-1.amazonaws.com/us-east-1_Example` for a user pool.
            subject: The user at the login provider, the `sub` claim.
            audience: The client ID, the `aud` claim. Default: the client ID that identity pools
                accept, if there is only one.
            claims: Further claims, which replace claims of the same name.
            lifetime: The lifetime of the token, in seconds. A token with a negative lifetime has
                expired.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If no identity pool trusts the provider, if the provider is a SAML or
                developer provider, if `audience` is omitted although identity pools accept several
                client IDs, or if another argument is invalid.
        """
        check_text("provider_name", provider_name)
        check_text("subject", subject)
        if audience is not None:
            check_text("audience", audience)
        check_json_object("claims", {} if claims is None else claims)
        check_seconds("lifetime", lifetime)
        return self._pipeline.account.token_minter.mint(
            provider_name, subject, audience=audience, claims=claims, lifetime=lifetime
        )

    def add_oidc_issuer(self, issuer_url: str, jwks: Mapping[str, Any] | str) -> None:
        """Set the keys of an OIDC issuer, which the emulator otherwise fetches from the issuer.

        Args:
            issuer_url: The URL of the issuer, as in the `iss` claim. For Google and Apple,
                `https://accounts.google.com` and `https://appleid.apple.com`.
            jwks: The public keys of the issuer, or the URL of a local issuer that takes its place:
                the emulator fetches the keys of the local issuer and also accepts its tokens.
                Replaces an earlier value.

        Raises:
            TypeError: If an argument has the wrong type, or the `keys` of `jwks` are not a list.
            ValueError: If `issuer_url`, or `jwks` given as a string, is not an http or https URL,
                or if `jwks` given as a mapping has no `keys`, or contains a value that JSON cannot
                represent.
        """
        _check_url("issuer_url", issuer_url)
        check_type("jwks", jwks, Mapping | str, "a JWKS (dict) or the URL of an issuer")
        if isinstance(jwks, str):
            _check_url("jwks", jwks)
        else:
            check_json_object("jwks", jwks)
            if "keys" not in jwks:
                raise ValueError("jwks must have the member 'keys'")
            check_type("jwks['keys']", jwks["keys"], list, "a list")
        self._pipeline.account.login_providers.add_oidc_issuer(issuer_url, jwks)


def _check_url(parameter: str, url: object) -> None:
    check_text(parameter, url)
    if not re.fullmatch(r"https?://[^/\s]\S*", str(url)):
        raise ValueError(f"{parameter} must be an http or https URL, not {format_value(url)}")
