"""A fake OpenID Connect issuer behind a transport, with signed tokens and scripted responses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from cognito_credentials._sign_in.application import Application
from cognito_credentials._sign_in.client import Client
from cognito_credentials._sign_in.http import HttpClient
from cognito_credentials.ports import HttpRequest, HttpResponse
from cognito_credentials.testing import FakeClock

KEY = RSAKey.generate_key(2048, {"kid": "k1"}, auto_kid=False)
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "k1"}, auto_kid=False)
URL = "https://login.example.com"
USER_POOL_URL = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"


def json_response(status: int = 200, /, **members: Any) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps(members).encode())


class FakeIssuer:
    """An issuer that is also the transport for the requests to it.

    `responses` maps the last segment of a path to a response, an exception to raise, a function of
    the request, or a list of these, whose items are used one after another.
    """

    def __init__(self, url: str = URL, **metadata: Any) -> None:
        self.url = url
        self.clock = FakeClock()
        self.requests: list[HttpRequest] = []
        self.responses: dict[str, Any] = {
            "openid-configuration": json_response(
                **{
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "jwks_uri": f"{url}/jwks",
                    "revocation_endpoint": f"{url}/revoke",
                    "device_authorization_endpoint": f"{url}/device",
                    **metadata,
                }
            ),
            "jwks": json_response(keys=[KEY.as_dict(private=False)]),
            "revoke": json_response(),
        }

    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        response = self.responses[urlsplit(request.url).path.rpartition("/")[2]]
        if isinstance(response, list):
            response = response.pop(0)
        if isinstance(response, Exception):
            raise response
        return response(request) if isinstance(response, Callable) else response

    def close(self) -> None:
        pass

    def id_token(self, key: RSAKey = KEY, **claims: Any) -> str:
        """Return a signed ID token; a claim with the value None is omitted."""
        claims = {
            "iss": self.url,
            "aud": "app",
            "sub": "user-1",
            "exp": int(self.clock.now()) + 3600,
            **claims,
        }
        payload = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "k1"}, payload, key)

    def client(self, *, secret: str | None = None, **options: Any) -> Client:
        return Client(
            Application(self.url, "app", secret=(lambda: secret) if secret else None, **options),
            http=HttpClient(self, "tests"),
            clock=self.clock,
        )

    def forms(self, path: str) -> list[dict[str, str]]:
        """Return the forms that were posted to a path."""
        return [
            parse_form(request) for request in self.requests if request.url.endswith(f"/{path}")
        ]

    def operations(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the name and the parameters of each call to the user pool API."""
        return [
            (request.headers["X-Amz-Target"].rpartition(".")[2], json.loads(request.body))
            for request in self.requests
            if "X-Amz-Target" in request.headers
        ]


def parse_form(request: HttpRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
