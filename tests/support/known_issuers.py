"""Fakes of well-known issuers, written according to the issuers' documentation.

None of the fakes was compared with the real service. Each parameter of `KnownIssuer` is a
property in which the issuers differ.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from fake_issuer import KEY, USER_POOL_URL, FakeIssuer, json_response, parse_form
from joserfc.jwk import RSAKey

from cognito_credentials._sign_in.browser import sign_in_by_paste
from cognito_credentials._sign_in.sessions import Session
from cognito_credentials.ports import HttpRequest, HttpResponse

SCOPES = ("openid", "email", "profile", "offline_access")
SECRET = "s3cr3t-of-the-application"
TENANT = "11111111-2222-3333-4444-555555555555"


class KnownIssuer(FakeIssuer):
    """Issuer with one user, who gives consent to every request.

    Args:
        url: The URL that users pass to `--issuer`.
        issuer_name: The issuer's name in its metadata and tokens, if it differs from `url`.
        scopes: The scopes in the metadata.
        allowed_scopes: The scopes that the application may request, if not all of them.
        refresh_token_condition: A request parameter and the word that it must contain for the
            issuer to return a refresh token; None if a refresh token is always issued.
        requires_secret: Whether the token endpoint requires the client secret.
        consent_requires_admin: Whether `prompt=consent` requires the approval of an administrator.
        redirect_host: The host name of registered loopback redirect URLs.
        rotates_refresh_tokens: Whether a refresh token is replaced when it is used.
        pending_status: The HTTP status of `authorization_pending` errors.
        returns_issuer: Whether the redirect URL contains the issuer (RFC 9207).
        claims: Additional claims of the ID tokens.
        extra_keys: Additional keys in the key set.
        missing_metadata: Members that are missing from the metadata.
    """

    def __init__(
        self,
        url: str,
        *,
        issuer_name: str = "",
        scopes: tuple[str, ...] = SCOPES,
        allowed_scopes: tuple[str, ...] = (),
        refresh_token_condition: tuple[str, str] | None = ("scope", "offline_access"),
        requires_secret: bool = False,
        consent_requires_admin: bool = False,
        redirect_host: str = "127.0.0.1",
        rotates_refresh_tokens: bool = False,
        pending_status: int = 400,
        returns_issuer: bool = False,
        claims: dict[str, Any] | None = None,
        extra_keys: tuple[dict[str, Any], ...] = (),
        missing_metadata: tuple[str, ...] = (),
    ) -> None:
        metadata = {
            "issuer": issuer_name or url,
            "scopes_supported": list(scopes),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "authorization_response_iss_parameter_supported": returns_issuer,
            **dict.fromkeys(missing_metadata),
        }
        super().__init__(url, **metadata)
        self.issuer_name = issuer_name or url
        self.allowed_scopes = allowed_scopes or scopes
        self.refresh_token_condition = refresh_token_condition
        self.requires_secret = requires_secret
        self.consent_requires_admin = consent_requires_admin
        self.redirect_host = redirect_host
        self.rotates_refresh_tokens = rotates_refresh_tokens
        self.pending_status = pending_status
        self.returns_issuer = returns_issuer
        self.claims = claims or {}
        # Authorization code -> parameters of the authorization request.
        self.authorizations: dict[str, dict[str, str]] = {}
        self.refresh_tokens: set[str] = set()
        self.issued_refresh_tokens = 0
        self.polls = 0
        self.responses["jwks"] = json_response(keys=[*extra_keys, KEY.as_dict(private=False)])
        self.responses |= {"token": self.token, "device": self.device, "revoke": self.revoke}

    # --- the user -------------------------------------------------------------------------------

    def sign_in(self, *, scope: str | None = None, **options: Any) -> Session:
        """Sign in by opening the sign-in page and pasting the redirect URL."""
        shown: list[str] = []
        return sign_in_by_paste(
            self.client(**options),
            show=shown.append,
            ask=lambda: self.redirect_url(shown[0]),
            scope=scope,
        )

    def redirect_url(self, sign_in_url: str) -> str:
        """Return the URL to which the sign-in page redirects the browser."""
        query = parse_qs(urlsplit(sign_in_url).query)
        parameters = {name: values[0] for name, values in query.items()}
        redirect_uri = parameters["redirect_uri"]
        assert urlsplit(redirect_uri).hostname == self.redirect_host, "redirect_uri_mismatch"
        result = {"state": parameters["state"]}
        if not set(parameters["scope"].split()) <= set(self.allowed_scopes):
            result |= {"error": "invalid_request", "error_description": "invalid_scope"}
        elif self.consent_requires_admin and "consent" in parameters.get("prompt", ""):
            result |= {"error": "access_denied", "error_description": "Need admin approval"}
        else:
            code = result["code"] = f"code-{len(self.authorizations)}"
            self.authorizations[code] = parameters
        if self.returns_issuer:
            result["iss"] = self.issuer_name
        return f"{redirect_uri}?{urlencode(result)}"

    # --- the endpoints --------------------------------------------------------------------------

    def token(self, request: HttpRequest) -> HttpResponse:
        form = parse_form(request)
        if self.requires_secret and client_secret(request, form) != SECRET:
            return error_response("invalid_request", "client_secret is missing.")
        if form["grant_type"] == "authorization_code":
            parameters = self.authorizations.pop(form["code"])
            assert form["redirect_uri"] == parameters["redirect_uri"]
            return self.token_response(parameters, nonce=parameters["nonce"])
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refresh_tokens:
                return error_response("invalid_grant", "Token has been expired or revoked.")
            if not self.rotates_refresh_tokens:
                return json_response(id_token=self.id_token(), access_token="a", expires_in=3600)
            self.refresh_tokens.remove(form["refresh_token"])
            return self.token_response()
        self.polls += 1
        if self.polls == 1:
            return json_response(self.pending_status, error="authorization_pending")
        return self.token_response()

    def token_response(
        self, parameters: dict[str, str] | None = None, **claims: Any
    ) -> HttpResponse:
        """Return new tokens, with a refresh token if the authorization request permits it."""
        members = {"id_token": self.id_token(**claims), "access_token": "a"}
        if parameters is None or self.has_refresh_token(parameters):
            self.issued_refresh_tokens += 1
            members["refresh_token"] = f"refresh-token-{self.issued_refresh_tokens}"
            self.refresh_tokens.add(members["refresh_token"])
        return json_response(**members)

    def has_refresh_token(self, parameters: dict[str, str]) -> bool:
        if self.refresh_token_condition is None:
            return True
        name, word = self.refresh_token_condition
        return word in parameters.get(name, "")

    def id_token(self, key: RSAKey = KEY, **claims: Any) -> str:
        return super().id_token(key, **{"iss": self.issuer_name, **self.claims, **claims})

    def device(self, request: HttpRequest) -> HttpResponse:
        codes = {"device_code": "device-code", "user_code": "ABCD", "interval": 5}
        return json_response(**codes, verification_url=f"{self.url}/device", expires_in=600)

    def revoke(self, request: HttpRequest) -> HttpResponse:
        self.refresh_tokens.discard(parse_form(request)["token"])
        return json_response()


def client_secret(request: HttpRequest, form: dict[str, str]) -> str | None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        return unquote(b64decode(credentials).decode().partition(":")[2])
    return form.get("client_secret")


def error_response(code: str, description: str) -> HttpResponse:
    return json_response(400, error=code, error_description=description)


ENCRYPTION_KEY = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "e", "use": "enc"}
ISSUERS: dict[str, dict[str, Any]] = {
    "Google": {
        "url": "https://accounts.google.com",
        "scopes": ("openid", "email", "profile"),
        "refresh_token_condition": ("access_type", "offline"),
        "requires_secret": True,
        "pending_status": 428,
        "claims": {"azp": "app"},
    },
    "Auth0": {
        "url": "https://example.eu.auth0.com",
        "issuer_name": "https://example.eu.auth0.com/",
        "rotates_refresh_tokens": True,
        "pending_status": 403,
    },
    "Okta": {
        "url": "https://example.okta.com/oauth2/default",
        "claims": {"ver": 1, "amr": ["pwd"]},
    },
    "Entra": {
        "url": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "consent_requires_admin": True,
        "redirect_host": "localhost",
        "rotates_refresh_tokens": True,
        "missing_metadata": ("revocation_endpoint",),
    },
    "Keycloak": {
        "url": "https://sso.example.com/realms/staff",
        "rotates_refresh_tokens": True,
        "returns_issuer": True,
        "claims": {"aud": ["app", "account"], "azp": "app", "typ": "ID"},
        "extra_keys": (ENCRYPTION_KEY,),
    },
    "user pool": {
        "url": USER_POOL_URL,
        "scopes": ("openid", "email", "phone", "profile"),
        "allowed_scopes": ("openid",),
        "refresh_token_condition": None,
        "redirect_host": "localhost",
        "claims": {"cognito:username": "ann", "token_use": "id"},
        "missing_metadata": ("device_authorization_endpoint",),
    },
    "strict": {
        "url": "https://op.example.com",
        "refresh_token_condition": ("prompt", "consent"),
        "rotates_refresh_tokens": True,
        "returns_issuer": True,
    },
}


def known_issuer(name: str) -> KnownIssuer:
    return KnownIssuer(**ISSUERS[name])
