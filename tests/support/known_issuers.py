"""Issuers that people have, scripted from their documentation: what each wants, gives and refuses.

None of these was tried against the real service. Each switch is one thing in which they differ.
"""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from fake_issuer import KEY, USER_POOL_URL, FakeIssuer, json_answer
from joserfc.jwk import RSAKey

from cognito_credentials._sign_in.browser import sign_in_by_paste
from cognito_credentials._sign_in.sessions import Session
from cognito_credentials.ports import HttpRequest, HttpResponse

SCOPES = ("openid", "email", "profile", "offline_access")
SECRET = "s3cr3t-of-the-application"
TENANT = "11111111-2222-3333-4444-555555555555"


class KnownIssuer(FakeIssuer):
    """One user agrees to everything at once.

    Args:
        says: The issuer's own name, where people leave its closing slash out.
        scopes: What it says that it knows.
        allows: What this application may ask for, where that is less; more is refused.
        offline: What a refresh token is given for: a parameter, and its value or a word of it; nothing
            where one is given always.
        needs_secret: Whether the token endpoint wants the application's secret.
        consent_is_admins: Whether `prompt=consent` ends at an administrator.
        host: The name of this machine that can be registered.
        replaces: Whether a refresh token is replaced at each use.
        pending: The status that goes with `authorization_pending`.
        names_itself: Whether the redirect says whose it is (RFC 9207).
        claims: More claims of its ID tokens.
        keys: More keys in its key set.
        without: What its metadata lacks.
    """

    def __init__(
        self,
        url: str,
        *,
        says: str = "",
        scopes: tuple[str, ...] = SCOPES,
        allows: tuple[str, ...] = (),
        offline: tuple[str, str] | None = ("scope", "offline_access"),
        needs_secret: bool = False,
        consent_is_admins: bool = False,
        host: str = "127.0.0.1",
        replaces: bool = False,
        pending: int = 400,
        names_itself: bool = False,
        claims: dict[str, Any] | None = None,
        keys: tuple[dict[str, Any], ...] = (),
        without: tuple[str, ...] = (),
    ) -> None:
        metadata = {
            "issuer": says or url,
            "scopes_supported": list(scopes),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "authorization_response_iss_parameter_supported": names_itself,
            **dict.fromkeys(without),
        }
        super().__init__(url, **metadata)
        self.says, self.allows, self.offline = says or url, allows or scopes, offline
        self.needs_secret, self.consent_is_admins = needs_secret, consent_is_admins
        self.host, self.replaces, self.pending = host, replaces, pending
        self.names_itself, self.claims = names_itself, claims or {}
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh_tokens: set[str] = set()
        self.given = self.polls = 0
        self.answers["jwks"] = json_answer(keys=[*keys, KEY.as_dict(private=False)])
        self.answers |= {"token": self.token, "device": self.device, "revoke": self.revoke}

    # --- what a user does -----------------------------------------------------------------------

    def sign_in(self, *, scope: str | None = None, **options: Any) -> Session:
        """Go to the page, and copy the address that it ends at."""
        seen: list[str] = []
        return sign_in_by_paste(
            self.client(**options),
            show=seen.append,
            ask=lambda: self.page(seen[0]),
            scope=scope,
        )

    def page(self, address: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        redirect = asked["redirect_uri"]
        assert urlsplit(redirect).hostname == self.host, "redirect_uri_mismatch"
        answer = {"state": asked["state"]}
        if not set(asked["scope"].split()) <= set(self.allows):
            answer |= {"error": "invalid_request", "error_description": "invalid_scope"}
        elif self.consent_is_admins and "consent" in asked.get("prompt", ""):
            answer |= {"error": "access_denied", "error_description": "Need admin approval"}
        else:
            code = answer["code"] = f"code-{len(self.codes)}"
            self.codes[code] = asked
        if self.names_itself:
            answer["iss"] = self.says
        return f"{redirect}?{urlencode(answer)}"

    # --- what the command asks ------------------------------------------------------------------

    def token(self, request: HttpRequest) -> HttpResponse:
        form = form_of(request)
        if self.needs_secret and secret_of(request, form) != SECRET:
            return refusal("invalid_request", "client_secret is missing.")
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form["code"])
            assert form["redirect_uri"] == asked["redirect_uri"]
            return self.tokens(asked, nonce=asked["nonce"])
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refresh_tokens:
                return refusal("invalid_grant", "Token has been expired or revoked.")
            if not self.replaces:
                return json_answer(id_token=self.id_token(), access_token="a", expires_in=3600)
            self.refresh_tokens.remove(form["refresh_token"])
            return self.tokens()
        self.polls += 1
        if self.polls == 1:
            return json_answer(self.pending, error="authorization_pending")
        return self.tokens()

    def tokens(self, asked: dict[str, str] | None = None, **claims: Any) -> HttpResponse:
        more = {}
        if (
            asked is None
            or self.offline is None
            or self.offline[1] in asked.get(self.offline[0], "")
        ):
            self.given += 1
            token = f"refresh-token-{self.given}"
            self.refresh_tokens.add(token)
            more["refresh_token"] = token
        return json_answer(id_token=self.id_token(**claims), access_token="a", **more)

    def id_token(self, key: RSAKey = KEY, **claims: Any) -> str:
        return super().id_token(key, **{"iss": self.says, **self.claims, **claims})

    def device(self, request: HttpRequest) -> HttpResponse:
        codes = {"device_code": "device-code", "user_code": "ABCD", "interval": 5}
        return json_answer(**codes, verification_url=f"{self.url}/device", expires_in=600)

    def revoke(self, request: HttpRequest) -> HttpResponse:
        self.refresh_tokens.discard(form_of(request)["token"])
        return json_answer()


def form_of(request: HttpRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def secret_of(request: HttpRequest, form: dict[str, str]) -> str | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        return unquote(b64decode(text).decode().partition(":")[2])
    return form.get("client_secret")


def refusal(code: str, text: str) -> HttpResponse:
    return HttpResponse(400, {}, json.dumps({"error": code, "error_description": text}).encode())


ENCRYPTION_KEY = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "e", "use": "enc"}
ISSUERS: dict[str, dict[str, Any]] = {
    "Google": {
        "url": "https://accounts.google.com",
        "scopes": ("openid", "email", "profile"),
        "offline": ("access_type", "offline"),
        "needs_secret": True,
        "pending": 428,
        "claims": {"azp": "app"},
    },
    "Auth0": {
        "url": "https://example.eu.auth0.com",
        "says": "https://example.eu.auth0.com/",
        "replaces": True,
        "pending": 403,
    },
    "Okta": {
        "url": "https://example.okta.com/oauth2/default",
        "claims": {"ver": 1, "amr": ["pwd"]},
    },
    "Entra": {
        "url": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "consent_is_admins": True,
        "host": "localhost",
        "replaces": True,
        "without": ("revocation_endpoint",),
    },
    "Keycloak": {
        "url": "https://sso.example.com/realms/staff",
        "replaces": True,
        "names_itself": True,
        "claims": {"aud": ["app", "account"], "azp": "app", "typ": "ID"},
        "keys": (ENCRYPTION_KEY,),
    },
    "user pool": {
        "url": USER_POOL_URL,
        "scopes": ("openid", "email", "phone", "profile"),
        "allows": ("openid",),
        "offline": None,
        "host": "localhost",
        "claims": {"cognito:username": "ann", "token_use": "id"},
        "without": ("device_authorization_endpoint",),
    },
    "strict": {
        "url": "https://op.example.com",
        "offline": ("prompt", "consent"),
        "replaces": True,
        "names_itself": True,
    },
}


def known_issuer(name: str) -> KnownIssuer:
    return KnownIssuer(**ISSUERS[name])
