"""A user pool's password sign-in: SRP, which never sends the password, and the challenges after it.

The API reference of Amazon Cognito user pools (InitiateAuth, RespondToAuthChallenge) names what each
challenge wants. A pool's devices (`DEVICE_SRP_AUTH`) are not remembered here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cognito_credentials._core.endpoints import get_partition
from cognito_credentials._sign_in.client import RefusedError, authlib, quoted
from cognito_credentials._sign_in.http import checked_url
from cognito_credentials._sign_in.issuers import user_pool_of
from cognito_credentials.errors import ConfigurationError, LoginTokenError, MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from cognito_credentials._sign_in.client import Client

    class Asked(Protocol):
        """Where the answers of the user come from; `again` asks whether there may be another."""

        def password(self) -> str: ...
        def code(self, kind: str) -> str: ...
        def new_password(self) -> str: ...
        def again(self, what: str, why: str = "") -> bool: ...


__all__ = ["Api", "sign_in"]

TARGET = "AWSCognitoIdentityProviderService"
SELECT_MFA = "SELECT_MFA_TYPE"
VERIFIER, NEW_PASSWORD = "PASSWORD_VERIFIER", "NEW_PASSWORD_REQUIRED"
# Where a code comes from, and the answer that it goes into.
CODES = {
    "SMS_MFA": ("text message", "SMS_MFA_CODE"),
    "EMAIL_OTP": ("email", "EMAIL_OTP_CODE"),
    "SOFTWARE_TOKEN_MFA": ("authenticator app", "SOFTWARE_TOKEN_MFA_CODE"),
}
# Answers that the pool lets be given once more, in the session that asked for them.
MISTAKEN = {"CodeMismatchException": "code", "InvalidPasswordException": "new password"}
# NotAuthorizedException says this of a wrong password, and other things of users who are locked out.
WRONG_PASSWORD = "NotAuthorizedException: Incorrect username or password."  # noqa: S105 - no password
ENDED = "Sign in again: wrong codes, or a long wait, end a sign-in."
# What to do about the refusals that people meet; by the code, since texts change.
HINTS = {
    "NotAuthorizedException": "Check user name and password, and that the pool's app client has "
    "ALLOW_USER_SRP_AUTH.",
    "UserNotFoundException": "Check the user name.",
    "CodeMismatchException": "Sign in again with the code that is shown now.",
    "ExpiredCodeException": "Sign in again with a new code.",
    "PasswordResetRequiredException": "Reset the password first, in your organization's way.",
    "UserNotConfirmedException": "Confirm the account first, by the code that was sent to it.",
    "InvalidPasswordException": "Sign in again, and choose a password that the pool's policy allows.",
    "ResourceNotFoundException": "Check the client id: it belongs to one pool.",
    "TooManyRequestsException": "Wait a moment, and sign in again.",
    "LimitExceededException": "Wait a while, and sign in again.",
}


class Api:
    """The operations of one user pool that need no signature.

    Raises (when made): ConfigurationError: The issuer is not a user pool.
    """

    def __init__(self, client: Client) -> None:
        pool = user_pool_of(client.session_key.issuer)
        if pool is None:
            raise ConfigurationError(
                f"{client.session_key.issuer} is not a user pool",
                hint="Passwords go to user pools only: leave --password and --username out.",
            )
        self.client = client
        region, self.pool_id = pool
        at = (
            client.application.endpoint_url
            or f"https://cognito-idp.{region}.{get_partition(region).dns_suffix}"
        )
        self._url = checked_url(at, "endpoint_url").rstrip("/") + "/"

    def call(self, operation: str, *, secrets: tuple[str, ...] = (), **members: Any) -> Any:
        """Return the answer of an operation; `secrets` are what no text may repeat.

        Raises:
            RefusedError: The pool refused.
            MalformedResponseError, TransportError: It did not answer.
        """
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{TARGET}.{operation}",
        }
        answer = self.client.http.post_json(self._url, headers, members)
        document = answer.any_document()
        if answer.status_code < 400:  # noqa: PLR2004
            return document
        code = quoted(document.get("__type"), secrets).rpartition("#")[2]
        if not code:
            answer.raise_for_status()
        text = document.get("message") or document.get("Message")
        raise self.client.refusal(code, text, secrets, HINTS.get(code, ""))

    def secret_hash(self, username: str) -> dict[str, str]:
        """Return what proves the client's secret, for a client that has one."""
        if self.client.secret is None:
            return {}
        message = (username + self.client.session_key.client_id).encode()
        digest = hmac.new(self.client.secret.encode(), message, hashlib.sha256).digest()
        return {"SECRET_HASH": base64.b64encode(digest).decode()}

    def renew(self, refresh_token: str, username: str) -> dict[str, Any]:
        """Return new tokens for a refresh token; the client's secret is proven for the user's name.

        A client whose refresh tokens are replaced at each use refuses REFRESH_TOKEN_AUTH, and
        takes GetTokensFromRefreshToken alone; other services that speak this API know only the
        first.
        """
        client_id = self.client.session_key.client_id
        secrets = (refresh_token, self.client.secret or "")
        try:
            answer = self.call(
                "InitiateAuth",
                secrets=secrets,
                ClientId=client_id,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": refresh_token, **self.secret_hash(username)},
            )
        except RefusedError as refused:
            secret = {"ClientSecret": self.client.secret} if self.client.secret else {}
            try:
                answer = self.call(
                    "GetTokensFromRefreshToken",
                    secrets=secrets,
                    ClientId=client_id,
                    RefreshToken=refresh_token,
                    **secret,
                )
            except (RefusedError, MalformedResponseError):
                raise refused from None
        return _tokens(answer)

    def revoke(self, refresh_token: str) -> bool:
        """Let the pool end a refresh token, and the access tokens that came of it."""
        secret = {"ClientSecret": self.client.secret} if self.client.secret else {}
        self.call(
            "RevokeToken",
            secrets=(refresh_token, self.client.secret or ""),
            Token=refresh_token,
            ClientId=self.client.session_key.client_id,
            **secret,
        )
        return True


def sign_in(api: Api, username: str, asked: Asked) -> dict[str, Any]:
    """Sign a user in by password, and return the pool's tokens.

    What was mistyped is asked for again, as long as `asked` has another answer.

    Raises:
        RefusedError: The pool refused: a wrong password or code, for one.
        LoginTokenError: The pool wants what this program cannot give.
        MalformedResponseError, TransportError: It did not answer.
    """
    while True:
        try:
            return _tokens(_Attempt(api, username, asked).result())
        except RefusedError as refused:
            if not (refused.message.endswith(WRONG_PASSWORD) and asked.again("password")):
                raise


class _Attempt:
    """A password, and the challenges after it."""

    def __init__(self, api: Api, username: str, asked: Asked) -> None:
        self.api = api
        self.asked = asked
        self.password = asked.password()
        self.user = username
        self.srp = authlib("pycognito.aws_srp").AWSSRP(
            username=username,
            password=self.password,
            pool_id=api.pool_id,
            client_id=api.client.session_key.client_id,
            client=api,  # anything but None: its own would look for an AWS configuration
            client_secret=api.client.secret,
        )
        self.parameters = self.srp.get_auth_params()

    def result(self) -> Mapping[str, Any]:
        """Return the answer that has tokens."""
        answer = self.api.call(
            "InitiateAuth",
            secrets=(self.password,),
            ClientId=self.api.client.session_key.client_id,
            AuthFlow="USER_SRP_AUTH",
            AuthParameters=self.parameters,
        )
        while (challenge := answer.get("ChallengeName")) is not None:
            answer = self._answer(challenge, answer)
        return answer  # type: ignore[no-any-return]

    def _answer(self, challenge: str, asking: Mapping[str, Any]) -> Mapping[str, Any]:
        given: Mapping[str, str] = asking.get("ChallengeParameters") or {}
        session = {"Session": asking["Session"]} if asking.get("Session") else {}
        while True:
            responses, secret = self._responses(challenge, given)
            try:
                return self.api.call(  # type: ignore[no-any-return]
                    "RespondToAuthChallenge",
                    secrets=(self.password, secret),
                    ClientId=self.api.client.session_key.client_id,
                    ChallengeName=challenge,
                    ChallengeResponses={**responses, **self.api.secret_hash(self.user)},
                    **session,
                )
            except RefusedError as refused:
                if challenge in CODES and refused.code == "NotAuthorizedException":
                    refused.hint = ENDED
                what = MISTAKEN.get(refused.code)
                # Why a new password will not do, the pool alone knows.
                why = refused.message if challenge == NEW_PASSWORD else ""
                if what is None or not self.asked.again(what, why):
                    raise

    def _responses(self, challenge: str, given: Mapping[str, str]) -> tuple[Mapping[str, str], str]:
        """Return what answers a challenge, and which of it is secret."""
        if challenge == VERIFIER:
            try:
                responses = dict(self.srp.process_challenge(given, self.parameters))
            except (LookupError, ValueError):
                responses = {}
            if not responses:
                raise MalformedResponseError("the user pool's challenge cannot be read")
            self.user = responses["USERNAME"]  # the pool's own name of the user, from here on
            return responses, ""
        if challenge in CODES:
            where, member = CODES[challenge]
            destination = quoted(given.get("CODE_DELIVERY_DESTINATION"), ())
            code = self.asked.code(f"{where} to {destination}" if destination else where)
            return {"USERNAME": self.user, member: code}, code
        if challenge == SELECT_MFA:
            # Of those that the user has, the one that cannot be read on its way.
            offered = str(given.get("MFAS_CAN_CHOOSE"))
            chosen = next(filter(offered.__contains__, reversed(CODES)), "")
            return {"USERNAME": self.user, "ANSWER": chosen}, ""
        if challenge == NEW_PASSWORD:
            new = self.asked.new_password()
            return {"USERNAME": self.user, "NEW_PASSWORD": new}, new
        raise LoginTokenError(
            f"the user pool asks for {quoted(challenge, ())}, which this command cannot give",
            provider_name=self.api.client.provider_name,
            hint="Sign in with the browser: leave --password and --username out.",
        )


def _tokens(answer: Mapping[str, Any]) -> dict[str, Any]:
    result: Mapping[str, Any] = answer.get("AuthenticationResult") or {}
    return {"id_token": result.get("IdToken"), "refresh_token": result.get("RefreshToken")}
