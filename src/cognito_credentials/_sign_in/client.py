"""OAuth client: requests tokens for an application, and creates sessions from the responses."""

from __future__ import annotations

from functools import cached_property

from cognito_credentials._core import logs
from cognito_credentials._core.diagnosis import redact
from cognito_credentials._core.login_providers import derive_provider_name
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.loopback import is_loopback_url
from cognito_credentials._core.records import tokens_digest
from cognito_credentials._external_text import MAX_CODE_LENGTH, MAX_NAME_LENGTH, HiddenText, hide
from cognito_credentials._sign_in.discovery import discover, metadata_base_url
from cognito_credentials._sign_in.id_tokens import verify_id_token
from cognito_credentials._sign_in.issuers import require_secure_url
from cognito_credentials._sign_in.members import get_list, get_seconds, get_text
from cognito_credentials._sign_in.providers import is_secret_limited_to_token_endpoint
from cognito_credentials._sign_in.sessions import Session
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    LoginTokenError,
    MalformedResponseError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from cognito_credentials._sign_in.application import Application
    from cognito_credentials._sign_in.http import HttpClient, JsonResponse
    from cognito_credentials._sign_in.sessions import SessionKey
    from cognito_credentials.ports import Clock

__all__ = ["Client", "IssuerError", "import_login_module", "require_packages"]

# Number of ID tokens whose digests a session retains. A record of credentials has the same limit.
MAX_DIGESTS = 8
CLIENT_AUTHENTICATION_HINT = (
    "If the application has a client secret, pass --client-secret @FILE, or set it in the same place as "
    "the issuer and the client ID. A secret from another place is not sent."
)
SCOPE_HINT = (
    "Request only scopes that the application is permitted to use, for example `--scope openid`."
)
# Error codes for temporary problems, from OAuth (RFC 6749, 4.1.2.1, and RFC 8628, 3.5) and from user
# pools.
RETRYABLE_CODES = frozenset(
    (
        "server_error",
        "temporarily_unavailable",
        "slow_down",
        "InternalErrorException",
        "LimitExceededException",
        "TooManyRequestsException",
    )
)


class IssuerError(LoginTokenError):
    """Error that an issuer reported.

    Attributes:
        code: Error code, for example "invalid_grant".
        ends_session: True if the user must sign in again, for example because a refresh token was
            revoked.
    """

    def __init__(
        self, message: str, *, provider_name: str, code: str, hint: str, ends_session: bool = True
    ) -> None:
        super().__init__(message, provider_name=provider_name, hint=hint)
        self.code = code
        self.ends_session = ends_session
        self.is_retryable: bool = code in RETRYABLE_CODES


class Client:
    """OAuth client of one application, for one local user.

    Args:
        application: The application, with its secret and its endpoint.
        http: HTTP client for the requests.
        clock: Clock for checking the expiration of tokens and for waiting.
        user: Local user whose session is created or refreshed.

    Raises (from its methods):
        ConfigurationError: If the issuer or its metadata is invalid, or Authlib is not installed.
        IssuerError: If the issuer reports an error.
        MalformedResponseError, TransportError: If no valid response arrives.
    """

    def __init__(
        self,
        application: Application,
        *,
        http: HttpClient,
        clock: Clock,
        user: str = "",
    ) -> None:
        self.application = application
        self.session_key: SessionKey = application.session_key(user)
        self.http = http
        self.clock = clock

    @property
    def issuer(self) -> str:
        """URL of the issuer."""
        return self.session_key.issuer

    @property
    def provider_name(self) -> str:
        """Login provider name of the issuer's ID tokens."""
        return derive_provider_name(self.issuer)

    @cached_property
    def secret(self) -> str | None:
        """The client secret, which is read on first use.

        Raises:
            ConfigurationError: If the secret cannot be read. This error replaces a
                `LoginTokenError`, which would end the session.
        """
        if self.application.secret is None:
            return None
        try:
            with logs.Wait("the client secret"):
                return HiddenText(self.application.secret())
        except LoginTokenError as error:
            raise ConfigurationError(
                f"the client secret is unavailable: {error.message}",
                hint=error.hint,
            ) from error

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The metadata of the issuer, which is requested on first use."""
        return discover(self.http, self.issuer, self.application.endpoint_url)

    def endpoint(self, name: str, hint: str = "") -> str:
        """Return the URL of an endpoint that the metadata names.

        Raises:
            ConfigurationError: If the issuer has no such endpoint, or its URL is not safe.
        """
        if not self.metadata.get(name):
            raise ConfigurationError(f"the metadata of {self.issuer} has no {name}", hint=hint)
        try:
            return require_secure_url(
                self.metadata[name],
                f"the {name} of {self.issuer}",
                allow_query=True,
                allow_this_machine=is_loopback_url(
                    metadata_base_url(self.issuer, self.application.endpoint_url)
                ),
            )
        except ConfigurationError as error:
            error.hint = "Correct the metadata of the issuer, or check that the settings name the intended issuer."
            raise

    # --- requests -------------------------------------------------------------------------------

    def oauth_client(self, **options: Any) -> Any:
        """Return an Authlib client."""
        methods = self.metadata["token_endpoint_auth_methods_supported"]
        method = "none" if self.secret is None else "client_secret_basic"
        if self.secret is not None and methods and method not in methods:
            method = "client_secret_post"
        return import_login_module("authlib.oauth2.client").OAuth2Client(
            self.http,
            client_id=self.session_key.client_id,
            client_secret=self.secret,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method="none"
            if is_secret_limited_to_token_endpoint(self.provider_name)
            else method,
            **options,
        )

    def request_tokens(self, grant_type: str, hint: str = "", **parameters: str) -> dict[str, Any]:
        """Return the tokens that the token endpoint issues for a grant."""
        parameters = hide(parameters)

        def check(response: JsonResponse) -> JsonResponse:
            # Check for an error before Authlib does, because Authlib raises a different error if
            # the description contains certain characters.
            document = response.json_object(accept_errors=True)
            if "error" in document:
                sent = [*parameters.values(), self.secret or ""]
                text = document.get("error_description")
                raise self.issuer_error(document["error"], text, sent, hint)
            get_seconds(document, "expires_in", self._token_response, 0.0)
            return response

        logs.debug("Requesting tokens with the grant type %s", grant_type)
        client = self.oauth_client()
        client.register_compliance_hook("access_token_response", check)
        url = self.endpoint("token_endpoint")
        try:
            return hide(dict(client.fetch_token(url, grant_type=grant_type, **parameters)))  # type: ignore[no-any-return]
        except CognitoCredentialsError as error:
            # Caught first: the error may also be a ValueError.
            # Remove Authlib's frames from the traceback, because their local variables contain the
            # parameters.
            raise error.with_traceback(None)  # noqa: B904 - this raises the same error
        except (TypeError, ValueError, OverflowError):  # The member `expires_in` is invalid.
            raise MalformedResponseError(
                f"the token response from {self.issuer} is invalid",
                hint="Try again. If the error persists, check the URL of the issuer.",
            ) from None

    @property
    def _token_response(self) -> str:
        return f"the token response from {self.issuer}"

    def revoke(self, refresh_token: str) -> bool:
        """Revoke a refresh token (RFC 7009); return False if the issuer does not revoke it."""
        if not self.metadata.get("revocation_endpoint"):
            return False
        try:
            response = self.oauth_client().revoke_token(
                self.endpoint("revocation_endpoint"),
                token=refresh_token,
                token_type_hint="refresh_token",  # noqa: S106 - this is a kind of token
            )
        except CognitoCredentialsError as error:
            raise error.with_traceback(None)  # noqa: B904 - see `request_tokens`
        return not response.is_error

    def issuer_error(
        self, code: object, text: object, sent: Iterable[str], hint: str = ""
    ) -> IssuerError:
        """Return the exception for an error response from the issuer.

        Args:
            code: Error code.
            text: Error description.
            sent: Secrets in the request, which are redacted in the message.
            hint: Hint for the code invalid_grant, and for errors without a specific entry in the
                catalog.
        """
        from cognito_credentials._core.call_context import CallContext
        from cognito_credentials._core.error_catalog.sign_in_errors import (
            SIGN_IN_AGAIN,
            find_sign_in_error,
        )

        secrets = list(sent)
        code = redact(code, secrets, MAX_CODE_LENGTH) or "unknown error"
        text = redact(text, secrets, MAX_NAME_LENGTH)
        details = f"{code}: {text}" if text else code
        entry = find_sign_in_error(code, text)
        next_step = entry.next_step(CallContext())
        if self.application.secret is None and (
            code == "invalid_client" or "secret" in text.lower()
        ):
            next_step = CLIENT_AUTHENTICATION_HINT
        elif "scope" in details:
            next_step = SCOPE_HINT
        elif hint and (entry.is_catch_all or code == "invalid_grant"):
            next_step = hint
        return IssuerError(
            f"{self.issuer} rejected the request: {details}",
            provider_name=self.provider_name,
            code=code,
            hint=next_step,
            ends_session=entry.is_catch_all or entry.next_step(CallContext()) == SIGN_IN_AGAIN,
        )

    # --- responses ------------------------------------------------------------------------------

    def create_session(
        self,
        tokens: Mapping[str, Any],
        *,
        method: str,
        nonce: str | None = None,
        previous: Session | None = None,
    ) -> Session:
        """Verify the ID token in a token response, and return a session with the tokens.

        Args:
            tokens: Members of the token response.
            method: How the session is refreshed; see `Session`.
            nonce: Expected nonce of the ID token.
            previous: Session that these tokens refresh. The previous refresh token is retained if the
                response contains no new refresh token.

        Raises:
            LoginTokenError: If the ID token is missing, invalid, or was issued for a different user
                than the previous session.
        """
        tokens = hide(dict(tokens))
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise LoginTokenError(
                f"{self.issuer} issued no ID token",
                provider_name=self.provider_name,
                hint="Request the scope openid, and enable ID tokens for the application.",
            )
        key_set = self.http.get(self.endpoint("jwks_uri")).json_object()
        claims = verify_id_token(
            token,
            {"keys": get_list(key_set, "keys", f"the keys of {self.issuer}", dict)},
            issuer=self.metadata["issuer"],
            client_id=self.session_key.client_id,
            now=self.clock.now(),
            nonce=nonce,
        )
        if previous is not None and claims["sub"] != previous.subject:
            raise LoginTokenError(
                f"{self.issuer} responded to the session refresh with an ID token for another user",
                provider_name=self.provider_name,
                hint="Sign in again.",
            )
        digest = tokens_digest(
            ResolvedLogins({self.provider_name: token}, refreshable_names=frozenset())
        )
        previous_digests = previous.digests if previous else ()
        names = map(claims.get, ("email", "preferred_username", "cognito:username", "sub"))
        return Session(
            self.session_key,
            id_token=token,
            refresh_token=get_text(tokens, "refresh_token", self._token_response)
            or (previous.refresh_token if previous else ""),
            expires_at=float(claims["exp"]),
            method=method,
            subject=claims["sub"],
            name=next(filter(None, map(_text_or_empty, names))),
            digests=(digest, *previous_digests)[:MAX_DIGESTS],
            endpoint_url=self.application.endpoint_url or "",
        )


def import_login_module(module: str) -> Any:
    """Import a module from a package that the extra `login` installs.

    Raises:
        ConfigurationError: If the package is not installed.
    """
    from importlib import import_module

    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        from cognito_credentials._core.missing_packages import missing_package

        raise missing_package(error, extra="login") from error


def require_packages(*names: str) -> None:
    """Check that packages of the extra `login` are installed, without importing them.

    Raises:
        ConfigurationError: If a package is not installed.
    """
    from importlib.util import find_spec

    for name in names:
        if find_spec(name) is None:
            from cognito_credentials._core.missing_packages import missing_package

            raise missing_package(name, extra="login")


def _text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""
