"""One application at one issuer: its token requests, and what becomes of the answers."""

from __future__ import annotations

from functools import cached_property

from cognito_credentials._core import logs
from cognito_credentials._core.login_providers import derive_provider_name
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.records import tokens_digest
from cognito_credentials._sign_in import id_tokens
from cognito_credentials._sign_in.discovery import discover
from cognito_credentials._sign_in.http import checked_url
from cognito_credentials._sign_in.providers import takes_secret_for_tokens_alone
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
    from cognito_credentials._sign_in.http import Answer, Http
    from cognito_credentials.ports import Clock

__all__ = ["Client", "RefusedError", "authlib", "quoted"]

MOST_DIGESTS = 8  # as many as a record of credentials has
LONGEST = 300
SHORTEST = 4  # a secret that is shorter would take letters out of every text
WANTS_PROOF = (
    "The application may have a secret: say where it is with --client-secret @FILE, or in the place "
    "that gives the issuer and the client ID. A secret that was given elsewhere is not sent."
)
WANTS_LESS = (
    "Ask for what the issuer knows, and this application may have: --scope openid, for one."
)
# Refusals of this moment, by OAuth's words (RFC 6749, 4.1.2.1) and the user pools'.
TEMPORARY = frozenset(
    (
        "server_error",
        "temporarily_unavailable",
        "slow_down",
        "InternalErrorException",
        "LimitExceededException",
        "TooManyRequestsException",
    )
)


class RefusedError(LoginTokenError):
    """The issuer refused; `code` is its word for why."""

    def __init__(self, message: str, *, provider_name: str, code: str, hint: str = "") -> None:
        super().__init__(message, provider_name=provider_name, hint=hint)
        self.code = code
        self.is_retryable = code in TEMPORARY


class Client:
    """An application that people sign in to, at one issuer.

    Args:
        application: The application, with its secret and its endpoint.
        http: What to send with.
        clock: Tells the time, and waits.
        user: Local user whose session is requested.

    Raises (its methods):
        ConfigurationError: The issuer is not what it should be, or Authlib is not installed.
        RefusedError: The issuer refused.
        MalformedResponseError, TransportError: It did not answer, or nothing that can be read.
    """

    def __init__(
        self,
        application: Application,
        *,
        http: Http,
        clock: Clock,
        user: str = "",
    ) -> None:
        self.application = application
        self.session_key = application.session_key(user)
        self.http = http
        self.clock = clock

    @property
    def provider_name(self) -> str:
        """The key of the login that this client's ID tokens are."""
        return derive_provider_name(self.session_key.issuer)

    @cached_property
    def secret(self) -> str | None:
        """The client's secret, read when it is first needed.

        Where it cannot be had, that is no word about the session: hence no `LoginTokenError`.
        """
        if self.application.secret is None:
            return None
        try:
            with logs.Wait("the client secret"):
                return self.application.secret()
        except LoginTokenError as error:
            raise ConfigurationError(
                f"there is no client secret: {error.message}", hint=error.hint
            ) from error

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the issuer says of itself."""
        return discover(self.http, self.session_key.issuer, self.application.endpoint_url)

    def endpoint(self, name: str, hint: str = "") -> str:
        """Return one of the issuer's addresses.

        Raises:
            ConfigurationError: It has none, or one without TLS.
        """
        if not self.metadata.get(name):
            raise ConfigurationError(f"{self.session_key.issuer} has no {name}", hint=hint)
        return checked_url(self.metadata[name], f"the {name} of {self.session_key.issuer}")

    # --- requests -------------------------------------------------------------------------------

    def oauth(self, **options: Any) -> Any:
        """Return Authlib's client."""
        methods = self.metadata.get("token_endpoint_auth_methods_supported") or ()
        method = "none" if self.secret is None else "client_secret_basic"
        if self.secret is not None and methods and method not in methods:
            method = "client_secret_post"
        return authlib("authlib.oauth2.client").OAuth2Client(
            self.http,
            client_id=self.session_key.client_id,
            client_secret=self.secret,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method="none"
            if takes_secret_for_tokens_alone(self.provider_name)
            else method,
            **options,
        )

    def tokens(self, grant_type: str, hint: str = "", **parameters: str) -> dict[str, Any]:
        """Return what the token endpoint gives for a grant."""

        def check(answer: Answer) -> Answer:
            # Before Authlib does, which has its own idea of the letters in a description.
            document = answer.any_document()
            if "error" in document:
                sent = [*parameters.values(), self.secret or ""]
                text = document.get("error_description")
                raise self.refusal(document["error"], text, sent, hint)
            return answer

        logs.debug("Asking the token endpoint, grant type %s", grant_type)
        client = self.oauth()
        client.register_compliance_hook("access_token_response", check)
        url = self.endpoint("token_endpoint")
        try:
            return dict(client.fetch_token(url, grant_type=grant_type, **parameters))
        except CognitoCredentialsError:
            raise  # a ValueError, too
        except (TypeError, ValueError, OverflowError):  # Authlib's, of `expires_in`
            raise MalformedResponseError(
                f"{self.session_key.issuer} gave tokens that cannot be read"
            ) from None

    def revoke(self, refresh_token: str) -> bool:
        """Let the issuer end a refresh token (RFC 7009); False where it does not do that."""
        if not self.metadata.get("revocation_endpoint"):
            return False
        answer = self.oauth().revoke_token(
            self.endpoint("revocation_endpoint"),
            token=refresh_token,
            token_type_hint="refresh_token",  # noqa: S106 - the kind of token
        )
        return bool(answer.status_code < 400)  # noqa: PLR2004

    def refusal(
        self, code: object, text: object, sent: Iterable[str], hint: str = "", *, what: str = ""
    ) -> RefusedError:
        """Return the error for an issuer's refusal, its text without what was sent."""
        secrets = list(sent)
        code, text = quoted(code, secrets) or "an error", quoted(text, secrets)
        told = f"{code}: {text}" if text else code
        if self.application.secret is None and (
            code == "invalid_client" or "secret" in text.lower()
        ):
            hint = WANTS_PROOF
        elif "scope" in told:
            hint = WANTS_LESS
        return RefusedError(
            f"{self.session_key.issuer} refused {what or 'to sign in'}: {told}",
            provider_name=self.provider_name,
            code=code,
            hint=hint,
        )

    # --- answers --------------------------------------------------------------------------------

    def session(
        self,
        tokens: Mapping[str, Any],
        *,
        method: str,
        nonce: str | None = None,
        before: Session | None = None,
    ) -> Session:
        """Return the session that tokens make, once the ID token is verified.

        `before` is the session that they renew: what they do not replace stays.

        Raises:
            LoginTokenError: There is no ID token, it is none of this issuer's, or another user's.
        """
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise LoginTokenError(
                f"{self.session_key.issuer} gave no ID token",
                provider_name=self.provider_name,
                hint="Ask for the scope openid; the issuer's settings may leave ID tokens out.",
            )
        claims = id_tokens.verified(
            token,
            self.http.get(self.endpoint("jwks_uri")).document(),
            issuer=str(self.metadata["issuer"]),
            client_id=self.session_key.client_id,
            now=self.clock.now(),
            nonce=nonce,
        )
        if before is not None and claims["sub"] != before.subject:
            raise LoginTokenError(
                f"{self.session_key.issuer} renewed the session with another user's token",
                provider_name=self.provider_name,
                hint="Sign in again.",
            )
        digest = tokens_digest(
            ResolvedLogins({self.provider_name: token}, refreshable_names=frozenset())
        )
        earlier = before.digests if before else ()
        names = map(claims.get, ("email", "preferred_username", "cognito:username", "sub"))
        return Session(
            self.session_key,
            id_token=token,
            refresh_token=_text(tokens.get("refresh_token"))
            or (before.refresh_token if before else ""),
            expires_at=float(claims["exp"]),
            method=method,
            subject=claims["sub"],
            name=next(filter(None, map(_text, names))),
            digests=(digest, *earlier)[:MOST_DIGESTS],
            endpoint_url=self.application.endpoint_url or "",
        )


def authlib(module: str) -> Any:
    """Import a module of the extra `login`; its libraries are not loaded before they are needed."""
    from importlib import import_module

    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        from cognito_credentials._core.missing_packages import missing_package

        raise missing_package(error, extra="login") from error


def quoted(text: object, secrets: Iterable[str]) -> str:
    """Return another's text as it can be shown: in one line, and without these secrets."""
    shown = text if isinstance(text, str) else ""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            shown = shown.replace(secret, "…")
    return "".join(c if c.isprintable() else " " for c in shown)[:LONGEST].strip()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
