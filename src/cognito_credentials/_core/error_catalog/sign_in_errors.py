"""Catalog of the errors that user pools and OpenID Connect issuers report during a sign-in.

The first entry that matches is used, so specific messages come before error codes. User pools use
NotAuthorizedException and InvalidParameterException for many causes, which only the message
distinguishes. An entry without `texts` matches every message with its code, so it does not name a
cause unless the code has a single meaning.
"""

from __future__ import annotations

from cognito_credentials import errors
from cognito_credentials._core.error_catalog.entry import CatalogEntry

__all__ = ["SIGN_IN_AGAIN", "SIGN_IN_ERRORS", "find_sign_in_error"]

NOT_AUTHORIZED = "NotAuthorizedException"
SIGN_IN_AGAIN = "Sign in again with `cognito-credentials login`."


def _entry(
    code: str,
    texts: tuple[str, ...],
    meaning: str,
    next_step: str,
    *,
    example: str = "",
    causes: tuple[str, ...] = (),
    is_catch_all: bool = False,
) -> CatalogEntry:
    return CatalogEntry(
        errors.LoginTokenError,
        code=code,
        texts=texts,
        example=example or (texts[0] if texts else ""),
        meaning=meaning,
        causes=causes,
        next_step=next_step,
        is_catch_all=is_catch_all,
    )


_APPLICATION = (
    _entry(
        "",
        ("not enabled for this client", "not enabled for the client"),
        "The app client of the user pool does not allow this authentication flow.",
        "Enable the flow for the app client (console: App clients, Authentication flows; API: "
        "ExplicitAuthFlows): ALLOW_USER_SRP_AUTH for a sign-in with a password, and "
        "ALLOW_REFRESH_TOKEN_AUTH. To sign in with a browser instead, omit --password and "
        "--username.",
        example="USER_SRP_AUTH is not enabled for the client.",
    ),
    _entry(
        "",
        ("not configured for secret but", "is not configured with secret but"),
        "The app client has no client secret, but a secret was sent.",
        "Omit the client secret: remove --client-secret, AWS_COGNITO_CLIENT_SECRET, or "
        "cognito_client_secret in the profile.",
        example="Client … is not configured for secret but secret hash was received",
    ),
    _entry(
        "",
        (
            "SECRET_HASH was not received",
            "is configured with secret but",
            "is configured for secret but",
        ),
        "The app client has a client secret, but no secret was sent.",
        "Pass --client-secret @FILE, or set cognito_client_secret where the issuer and the client "
        "ID are set. If users sign in on their own machines, create an app client without a "
        "secret.",
        example="Client … is configured with secret but SECRET_HASH was not received",
    ),
    _entry(
        "",
        ("Unable to verify secret hash", "invalid_client_secret"),
        "The client secret does not belong to the client ID.",
        "Copy the client ID and the client secret from the same app client.",
        example="Unable to verify secret hash for client …",
        causes=(
            "the secret of another app client, or a secret that was replaced",
            "a line break or a quotation mark in the file or variable with the secret",
        ),
    ),
    _entry(
        "",
        ("User pool client",),
        "The user pool has no app client with this client ID.",
        "Check the client ID, which must belong to this user pool.",
        example="User pool client … does not exist.",
    ),
    _entry(
        "",
        (
            "redirect_mismatch",
            "redirect_uri_mismatch",
            "AADSTS50011",
            "Callback URL mismatch",
            "Invalid parameter: redirect_uri",
            "Invalid redirect uri",
            "Invalid redirect_uri",
            "'redirect_uri' parameter must be",
            "redirect_uri did not match",
        ),
        "The callback URL of the sign-in is not registered with the issuer.",
        "Register exactly the callback URL that `cognito-credentials login` prints, including its "
        "host, port and path. Choose the port and the path with --redirect-port and "
        "--redirect-path.",
        example="redirect_mismatch",
        causes=(
            "a port that changes with each sign-in, because no port is configured",
            "127.0.0.1 registered instead of localhost, or vice versa",
        ),
    ),
)

_USERS = (
    _entry(
        NOT_AUTHORIZED,
        ("Incorrect username or password",),
        "The user name or the password is wrong.",
        "Check the user name and the password. If the user was created in another user pool, check the "
        "issuer.",
        example="Incorrect username or password.",
    ),
    _entry(
        NOT_AUTHORIZED,
        ("User is disabled",),
        "An administrator has disabled the user.",
        "Ask an administrator of the user pool to enable the user (AdminEnableUser).",
        example="User is disabled.",
    ),
    _entry(
        "",
        ("Password attempts exceeded", "Attempt limit exceeded", "Failed attempts exceeded"),
        "The user pool blocks the user after too many wrong passwords or codes.",
        "Wait up to 15 minutes, then sign in again. Further attempts lengthen the wait.",
        example="Password attempts exceeded",
    ),
    _entry(
        NOT_AUTHORIZED,
        ("Temporary password has expired", "User account has expired"),
        "The temporary password of a new user has expired.",
        "Ask an administrator of the user pool for a new temporary password (AdminCreateUser with "
        "MessageAction RESEND, or AdminSetUserPassword).",
        example="Temporary password has expired and must be reset by an administrator.",
    ),
    _entry(
        NOT_AUTHORIZED,
        ("Invalid session for the user", "Invalid code or auth state"),
        "The sign-in has ended: it took too long, or a code was wrong several times.",
        "Sign in again. A sign-in ends after several wrong codes or a few minutes.",
        example="Invalid session for the user, session is expired.",
    ),
    _entry(
        "",
        (
            "Refresh Token has been revoked",
            "Invalid Refresh Token",
            "Refresh Token has expired",
            "Refresh token has expired",
            "Invalid refresh token",
        ),
        "The refresh token of the session was revoked or has expired.",
        SIGN_IN_AGAIN,
        example="Invalid Refresh Token.",
        causes=(
            "a sign-out on another device (GlobalSignOut), or a changed password",
            "a session that is older than the lifetime of refresh tokens, 30 days by default",
            "a refresh token that was issued to another app client",
        ),
    ),
    _entry(
        "",
        ("Access Token has been revoked", "Access Token has expired"),
        "The access token was revoked or has expired.",
        SIGN_IN_AGAIN,
        example="Access Token has been revoked",
    ),
    _entry(
        "UserNotFoundException",
        (),
        "The user pool has no such user.",
        "Check the user name and the issuer.",
        example="User does not exist.",
    ),
    _entry(
        "UserNotConfirmedException",
        (),
        "The user has not confirmed the account.",
        "Confirm the account with the code that was sent to the user, then sign in again.",
        example="User is not confirmed.",
    ),
    _entry(
        "PasswordResetRequiredException",
        (),
        "An administrator requires a new password.",
        "Reset the password on the sign-in page of the user pool, then sign in again.",
        example="Password reset required for the user",
    ),
    _entry(
        "InvalidPasswordException",
        (),
        "The new password violates the password policy of the user pool.",
        "Sign in again, and choose a password that the password policy allows.",
        example="Password did not conform with policy: …",
    ),
    _entry(
        "CodeMismatchException",
        (),
        "The code is wrong.",
        "Sign in again with the current code.",
        example="Invalid verification code provided, please try again.",
    ),
    _entry(
        "ExpiredCodeException",
        (),
        "The code has expired or was used before.",
        "Sign in again with a new code.",
        example="Invalid code provided, please request a code again.",
    ),
)

_TRIGGERS_AND_LIMITS = (
    _entry(
        "UserLambdaValidationException",
        (),
        "A Lambda trigger of the user pool rejected the sign-in.",
        "Follow the trigger's message (after `failed with error`), or ask the developer of the "
        "trigger.",
        example="PreAuthentication failed with error …",
    ),
    _entry(
        "UnexpectedLambdaException",
        (),
        "A Lambda trigger of the user pool failed.",
        "Ask an administrator of the user pool to check the trigger's logs, and whether the user "
        "pool is permitted to invoke the trigger.",
    ),
    _entry(
        "InvalidLambdaResponseException",
        (),
        "A Lambda trigger of the user pool returned an invalid response.",
        "Ask the developer of the trigger to return the event that the trigger received.",
    ),
    _entry(
        "ForbiddenException",
        ("WAF block",),
        "The web ACL (AWS WAF) of the user pool blocked the request.",
        "Ask an administrator of the user pool to allow requests from this network.",
        example="Request not allowed due to WAF block.",
    ),
    _entry(
        "TooManyFailedAttemptsException",
        (),
        "The user pool blocks the user after too many wrong codes.",
        "Wait a few minutes, and sign in again.",
    ),
    _entry(
        "ResourceNotFoundException",
        (),
        "The user pool or its app client does not exist in this region.",
        "Check the issuer and the client ID, which must belong to the same user pool.",
        is_catch_all=True,
    ),
    _entry(
        "LimitExceededException",
        (),
        "A limit of the user pool was exceeded.",
        "Wait a few minutes, and sign in again.",
        is_catch_all=True,
    ),
    _entry(
        "TooManyRequestsException",
        (),
        "The request quota of the user pool is exhausted.",
        "Wait a moment, and sign in again.",
        is_catch_all=True,
    ),
    _entry(
        "InternalErrorException",
        (),
        "The user pool reported an internal error.",
        "Wait a moment, and sign in again.",
        is_catch_all=True,
    ),
    _entry(
        "InvalidParameterException",
        (),
        "The user pool rejected a parameter of the request.",
        "Check the parameter or app client setting that the message names.",
        is_catch_all=True,
    ),
    _entry(
        NOT_AUTHORIZED,
        (),
        "The user pool rejected the request for a reason that only the message states.",
        "Send the message to an administrator of the user pool, who can find the event in the user "
        "pool's logs.",
        is_catch_all=True,
    ),
)

_OAUTH = (
    _entry(
        "invalid_grant",
        (),
        "The issuer does not accept the authorization code, refresh token or device code.",
        SIGN_IN_AGAIN,
        causes=(
            "a session that was revoked or has expired",
            "a code that was used before or has expired",
            "a refresh token or a code that was issued for another application or callback URL",
        ),
    ),
    _entry(
        "invalid_client",
        (),
        "The issuer does not know the application, or does not accept its client secret.",
        "Copy the client ID and the client secret from the same application. Omit the secret if "
        "the application has none.",
        causes=("a missing client secret", "the client ID or the secret of another application"),
    ),
    _entry(
        "unauthorized_client",
        (),
        "The application is not permitted to use this sign-in method.",
        "Enable these grant types for the application: Refresh Token and Authorization Code, or "
        "for --device, Refresh Token and Device Code.",
    ),
    _entry(
        "unsupported_grant_type",
        (),
        "The issuer does not support this sign-in method.",
        "If you passed --device, omit it; if this machine has no browser, pass --no-browser instead. "
        "If you did not pass --device, pass it.",
    ),
    _entry(
        "invalid_scope",
        (),
        "The application is not permitted to request one of the scopes.",
        "Request only scopes that the application is permitted to use, for example `--scope openid`.",
    ),
    _entry(
        "access_denied",
        (),
        "The user or a policy of the issuer denied the sign-in.",
        "Sign in again and accept the request, or ask an administrator to assign the user to the "
        "application.",
    ),
    _entry(
        "server_error",
        (),
        "The issuer reported an internal error.",
        "Try again later.",
    ),
    _entry(
        "temporarily_unavailable",
        (),
        "The issuer is busy.",
        "Try again later.",
    ),
)

SIGN_IN_ERRORS = (*_APPLICATION, *_USERS, *_TRIGGERS_AND_LIMITS, *_OAUTH)
_UNKNOWN = _entry(
    "",
    (),
    "The issuer reports an error that this package does not know.",
    "Look up the error code in the documentation of the issuer. If the error persists, check the client ID "
    "and the settings of the application.",
    is_catch_all=True,
)


def find_sign_in_error(code: str, message: str) -> CatalogEntry:
    """Return the entry for an error that an issuer reports with this code and message."""
    text = f"{code} {message}".lower()
    return next(
        (entry for entry in SIGN_IN_ERRORS if _matches(entry, code, text)),
        _UNKNOWN,
    )


def _matches(entry: CatalogEntry, code: str, text: str) -> bool:
    return entry.code in ("", code) and (
        not entry.texts or any(part.lower() in text for part in entry.texts)
    )
