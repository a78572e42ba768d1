"""Sign-in to a user pool with a password. SRP proves knowledge of the password without sending it.

The API reference for Amazon Cognito user pools describes the challenges under InitiateAuth and
RespondToAuthChallenge. Remembered devices (`DEVICE_SRP_AUTH`) are not supported.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cognito_credentials._core.endpoints import get_partition
from cognito_credentials._core.wire_cognito import parse_error_members
from cognito_credentials._external_text import (
    MAX_CODE_LENGTH,
    MAX_NAME_LENGTH,
    clean_text,
    hide,
)
from cognito_credentials._sign_in.client import IssuerError, import_login_module
from cognito_credentials._sign_in.issuers import parse_user_pool, require_secure_url
from cognito_credentials._sign_in.members import get_object, get_text
from cognito_credentials.errors import ConfigurationError, LoginTokenError, MalformedResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from cognito_credentials._sign_in.client import Client

    class Prompter(Protocol):
        """Interface for prompting the user.

        `offer_retry` tells the user that an input was rejected, and returns True if the user may
        try again.
        """

        def password(self) -> str: ...
        def code(self, kind: str) -> str: ...
        def new_password(self) -> str: ...
        def offer_retry(self, subject: str, problem: str = "") -> bool: ...


__all__ = ["UserPoolApi", "sign_in_with_password"]

PLACE = "the response from the user pool"
TARGET_PREFIX = "AWSCognitoIdentityProviderService"
SELECT_MFA_TYPE = "SELECT_MFA_TYPE"
PASSWORD_VERIFIER = "PASSWORD_VERIFIER"  # noqa: S105 - this is the name of a challenge
NEW_PASSWORD_REQUIRED = "NEW_PASSWORD_REQUIRED"  # noqa: S105 - this is the name of a challenge
# Maps each challenge that requires a code to its description for the user and the name of the
# response.
CODE_CHALLENGES = {
    "SMS_MFA": ("text message", "SMS_MFA_CODE"),
    "EMAIL_OTP": ("email", "EMAIL_OTP_CODE"),
    "SOFTWARE_TOKEN_MFA": ("authenticator app", "SOFTWARE_TOKEN_MFA_CODE"),
}
# After these errors, the user pool accepts another attempt in the same session. Maps each error
# code to the input that was rejected.
REPEATABLE_ERRORS = {"CodeMismatchException": "code", "InvalidPasswordException": "new password"}
# End of the message for a wrong password. The code is not sufficient, because locked and disabled
# users get the same code.
WRONG_PASSWORD = "NotAuthorizedException: Incorrect username or password."  # noqa: S105 - this is a message


class UserPoolApi:
    """Client for the unsigned operations of the user pool API.

    Raises (when created):
        ConfigurationError: If the issuer is not a user pool.
    """

    def __init__(self, client: Client) -> None:
        pool = parse_user_pool(client.issuer)
        if pool is None:
            raise ConfigurationError(
                f"{client.issuer} is not a user pool",
                hint="Omit --password and --username, which are for user pools only.",
            )
        self.client = client
        region, self.pool_id = pool
        url = (
            client.application.endpoint_url
            or f"https://cognito-idp.{region}.{get_partition(region).dns_suffix}"
        )
        self._url = require_secure_url(url, "endpoint_url").rstrip("/") + "/"

    def call(self, operation: str, *, secrets: tuple[str, ...] = (), **members: Any) -> Any:
        """Call an operation, and return the members of its response.

        Args:
            operation: Name of the operation.
            secrets: Secrets in the request, which are redacted in error messages.
            members: Parameters of the operation.

        Raises:
            IssuerError: If the user pool reports an error.
            MalformedResponseError, TransportError: If there is no valid response.
        """
        members, secrets = hide(members), hide(tuple(secrets))
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{TARGET_PREFIX}.{operation}",
        }
        response = self.client.http.post_json(self._url, headers, members)
        document = response.json_object(accept_errors=True)
        if not response.is_error:
            return hide(document)
        code, text = parse_error_members(response.headers, document)
        if not code:
            response.raise_for_status()
        raise self.client.issuer_error(code, text, secrets)

    def secret_hash(self, username: str) -> dict[str, str]:
        """Return the parameter SECRET_HASH; empty if the application has no client secret."""
        if self.client.secret is None:
            return {}
        message = (username + self.client.session_key.client_id).encode()
        digest = hmac.new(self.client.secret.encode(), message, hashlib.sha256).digest()
        return {"SECRET_HASH": base64.b64encode(digest).decode()}

    def refresh(self, refresh_token: str, username: str) -> dict[str, Any]:
        """Exchange a refresh token for new tokens.

        App clients with refresh token rotation accept only GetTokensFromRefreshToken. User pool
        emulators may support only the older REFRESH_TOKEN_AUTH, which is therefore tried first.
        """
        client_id = self.client.session_key.client_id
        secrets = (refresh_token, self.client.secret or "")
        try:
            response = self.call(
                "InitiateAuth",
                secrets=secrets,
                ClientId=client_id,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": refresh_token, **self.secret_hash(username)},
            )
        except IssuerError as first_error:
            secret = {"ClientSecret": self.client.secret} if self.client.secret else {}
            try:
                response = self.call(
                    "GetTokensFromRefreshToken",
                    secrets=secrets,
                    ClientId=client_id,
                    RefreshToken=refresh_token,
                    **secret,
                )
            except (IssuerError, MalformedResponseError):
                raise first_error from None
        return _extract_tokens(response)

    def revoke(self, refresh_token: str) -> bool:
        """Revoke a refresh token, and the access tokens that were issued with it; return True."""
        secret = {"ClientSecret": self.client.secret} if self.client.secret else {}
        self.call(
            "RevokeToken",
            secrets=(refresh_token, self.client.secret or ""),
            Token=refresh_token,
            ClientId=self.client.session_key.client_id,
            **secret,
        )
        return True


def sign_in_with_password(api: UserPoolApi, username: str, prompter: Prompter) -> dict[str, Any]:
    """Sign in a user with a password, and return the tokens of the user pool.

    Args:
        api: Client of the user pool.
        username: User name, or an alias such as an email address.
        prompter: Object that asks for the password and for codes, and limits the number of
            attempts.

    Raises:
        IssuerError: If the user pool rejects the sign-in, for example for a wrong password.
        LoginTokenError: If the user pool requires a challenge that is not supported.
        MalformedResponseError, TransportError: If there is no valid response.
    """
    while True:
        try:
            return _extract_tokens(_PasswordAttempt(api, username, prompter).run())
        except IssuerError as error:
            if not (error.message.endswith(WRONG_PASSWORD) and prompter.offer_retry("password")):
                raise


class _PasswordAttempt:
    """One attempt to sign in with a password, including the challenges that follow."""

    def __init__(self, api: UserPoolApi, username: str, prompter: Prompter) -> None:
        self.api = api
        self.prompter = prompter
        self.password = prompter.password()
        self.username = username
        self.srp = import_login_module("pycognito.aws_srp").AWSSRP(
            username=username,
            password=self.password,
            pool_id=api.pool_id,
            client_id=api.client.session_key.client_id,
            client=api,  # With None, pycognito would create a boto3 client.
            client_secret=api.client.secret,
        )
        self.parameters = self.srp.get_auth_params()

    def run(self) -> Mapping[str, Any]:
        """Respond to all challenges, and return the last response, which contains tokens."""
        response = self.api.call(
            "InitiateAuth",
            secrets=(self.password,),
            ClientId=self.api.client.session_key.client_id,
            AuthFlow="USER_SRP_AUTH",
            AuthParameters=self.parameters,
        )
        while challenge := get_text(response, "ChallengeName", PLACE):
            response = self._respond(challenge, response)
        return response  # type: ignore[no-any-return]

    def _respond(self, challenge: str, response: Mapping[str, Any]) -> Mapping[str, Any]:
        """Respond to a challenge, until the user pool accepts the response or the user gives up."""
        parameters = get_object(response, "ChallengeParameters", PLACE)
        session_id = get_text(response, "Session", PLACE)
        session = {"Session": session_id} if session_id else {}
        while True:
            responses, secret = hide(self._challenge_responses(challenge, parameters))
            try:
                return self.api.call(  # type: ignore[no-any-return]
                    "RespondToAuthChallenge",
                    secrets=(self.password, secret),
                    ClientId=self.api.client.session_key.client_id,
                    ChallengeName=challenge,
                    ChallengeResponses={**responses, **self.api.secret_hash(self.username)},
                    **session,
                )
            except IssuerError as error:
                subject = REPEATABLE_ERRORS.get(error.code)
                # The user pool's message states which rule of the password policy was violated.
                problem = error.message if challenge == NEW_PASSWORD_REQUIRED else ""
                if subject is None or not self.prompter.offer_retry(subject, problem):
                    raise

    def _challenge_responses(
        self, challenge: str, parameters: Mapping[str, str]
    ) -> tuple[Mapping[str, str], str]:
        """Return the responses to a challenge, and the secret in the responses ("" if none).

        Raises:
            LoginTokenError: If the challenge is not supported.
            MalformedResponseError: If the challenge is invalid.
        """
        if challenge == PASSWORD_VERIFIER:
            try:
                responses = dict(self.srp.process_challenge(parameters, self.parameters))
            except (AttributeError, LookupError, TypeError, ValueError):
                responses = {}
            if not responses:
                raise MalformedResponseError(
                    "the challenge from the user pool is invalid", hint="Sign in again."
                )
            # The user's name in the user pool; the user may have typed an alias.
            self.username = responses["USERNAME"]
            return responses, ""
        if challenge in CODE_CHALLENGES:
            source, member = CODE_CHALLENGES[challenge]
            destination = clean_text(
                parameters.get("CODE_DELIVERY_DESTINATION"), max_length=MAX_NAME_LENGTH
            )
            code = self.prompter.code(f"{source} to {destination}" if destination else source)
            return {"USERNAME": self.username, member: code}, code
        if challenge == SELECT_MFA_TYPE:
            # The authenticator app, which is the last entry, is preferred, because its codes are
            # not sent in a message.
            offered = str(parameters.get("MFAS_CAN_CHOOSE"))
            selected = next(filter(offered.__contains__, reversed(CODE_CHALLENGES)), "")
            return {"USERNAME": self.username, "ANSWER": selected}, ""
        if challenge == NEW_PASSWORD_REQUIRED:
            new_password = self.prompter.new_password()
            return {"USERNAME": self.username, "NEW_PASSWORD": new_password}, new_password
        raise LoginTokenError(
            f"the user pool requires {clean_text(challenge, max_length=MAX_CODE_LENGTH)}, which is not supported",
            provider_name=self.api.client.provider_name,
            hint="To sign in with the browser instead, omit --password and --username.",
        )


def _extract_tokens(response: Mapping[str, Any]) -> dict[str, Any]:
    result = get_object(response, "AuthenticationResult", PLACE)
    names = {"id_token": "IdToken", "refresh_token": "RefreshToken"}
    return {name: get_text(result, member, PLACE) or None for name, member in names.items()}
