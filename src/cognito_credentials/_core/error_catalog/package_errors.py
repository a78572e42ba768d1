"""Catalog of errors that are raised without an error response from a service."""

from __future__ import annotations

from cognito_credentials import errors
from cognito_credentials._core.error_catalog import next_steps
from cognito_credentials._core.error_catalog.entry import CatalogEntry
from cognito_credentials._core.hints import Hint

__all__ = ["ISSUER_MISMATCH", "NOT_SENT", "NO_RESPONSE", "TOKEN_EXPIRED"]

TOKEN_EXPIRED = CatalogEntry(
    errors.LoginTokenError,
    reason="login-token-expired",
    meaning="The login token has expired.",
    causes=(
        "a token that was obtained once and is sent again an hour later",
        "a device whose clock stopped during sleep, so that expired tokens seem valid",
    ),
    next_step=next_steps.replace_login_token,
)
ISSUER_MISMATCH = CatalogEntry(
    errors.LoginTokenError,
    reason="issuer-mismatch",
    meaning="The issuer of the token does not match its login provider name.",
    causes=(
        "https:// or a trailing slash in the login provider name",
        "the ID of a user pool in another region or stage",
    ),
    next_step=next_steps.use_issuer_as_provider,
)

NOT_SENT = (
    CatalogEntry(
        errors.ConfigurationError,
        meaning="A parameter, an environment variable or a line of the AWS config file is invalid.",
        next_step="Correct the setting that the message names; `cognito-credentials doctor` lists all "
        "settings and their sources.",
    ),
    CatalogEntry(
        errors.CredentialsUnavailableError,
        meaning="No user is signed in, so there is no identity to request credentials for. A chain of "
        "credential providers may continue with the next provider.",
        causes=("a session that was never started, or that `cognito-credentials logout` ended",),
        next_step=Hint("{sign_in}."),
    ),
    CatalogEntry(
        errors.LoginTokenError,
        meaning="A login token could not be obtained, or cannot be sent.",
        causes=(
            "a supplier that raises an exception, or returns None or an empty string",
            "a file, variable or command that does not provide a token",
        ),
        next_step=Hint(
            "Check the supplier for the login provider that the message names. If the supplier "
            "raised an exception, the error's __cause__ is that exception.",
            for_command="Check the --login source that the message names: its command, file or "
            "variable must provide the token and nothing else.",
        ),
    ),
    CatalogEntry(
        errors.LoginTokenError,
        reason="access-token-given",
        meaning="An access token was passed instead of an ID token.",
        causes=("AccessToken instead of IdToken, taken from the user pool's response",),
        next_step=next_steps.FOR_ACCESS_TOKENS,
    ),
    ISSUER_MISMATCH,
    CatalogEntry(
        errors.LoginTokenError,
        reason="not-a-jwt",
        meaning="The login provider issues JSON Web Tokens, but the token is not a JSON Web Token.",
        causes=("a refresh token, an authorization code or an opaque access token",),
        next_step=next_steps.FOR_OPAQUE_TOKENS,
    ),
    TOKEN_EXPIRED,
)

NO_RESPONSE = (
    CatalogEntry(
        errors.TransportError,
        meaning="The service could not be reached after all attempts: DNS, the connection, TLS or a "
        "proxy failed.",
        causes=(
            "no network, or a firewall",
            "a proxy that is not configured (HTTPS_PROXY, NO_PROXY)",
            "a proxy whose certificate is not trusted (AWS_CA_BUNDLE)",
        ),
        next_step="Try again. If the error persists, `cognito-credentials doctor` finds the step "
        "that fails.",
    ),
    CatalogEntry(
        errors.RequestTimeoutError,
        meaning="No response arrived in time.",
        causes=("a firewall or proxy that discards packets", "a slow network"),
        next_step=Hint(
            "Check the network and any proxy, or raise connect_timeout or request_timeout (seconds).",
            for_command="Check the network and any proxy, and try again; `cognito-credentials doctor` "
            "tests each step.",
        ),
    ),
    CatalogEntry(
        errors.MalformedResponseError,
        meaning="The response did not come from the service, or is incomplete, so it cannot be read.",
        causes=("a proxy or captive portal that responds with its own page",),
        next_step=next_steps.CHECK_PROXY,
    ),
    CatalogEntry(
        errors.ExpiredOnArrivalError,
        meaning="The credentials expired before the caller received them.",
        causes=(
            "a proxy that caches responses",
            (
                "a machine that was suspended, or a connection that stalled, while the response "
                "arrived"
            ),
        ),
        next_step=next_steps.CHECK_PROXY_CACHE,
    ),
    CatalogEntry(
        errors.RefreshTimeoutError,
        meaning="The call timed out while it waited for another caller's fetch, or for the account's "
        "request quota.",
        causes=(
            "a login token supplier or a credential store that hangs or is slow",
            "more simultaneous users than the account's request quota allows",
        ),
        next_step=Hint(
            "Try again, or pass a longer deadline. If the error persists, check whether a login token "
            "supplier or the store is slow, or request a higher quota from AWS.",
            for_command="Try again. Another process has been fetching the credentials for too long.",
        ),
    ),
)
