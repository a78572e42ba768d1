"""An application that calls the issuer of the emulator in the same process, without sockets."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet

from cognito_credentials.emulator import MovableClock
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.issuer.oidc_issuer import OidcIssuer
from cognito_credentials.emulator.issuer.service import PATH, IssuerService
from cognito_credentials.emulator.messages import RawRequest, RawResponse

HOST = "127.0.0.1:4599"
URL = f"http://{HOST}{PATH}"
REDIRECT_URI = "http://127.0.0.1:8400/callback"
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Application:
    """A public client, and the browser of its user.

    Attributes:
        clock: The clock of the issuer.
        issuer: Registers users and clients.
        service: Responds to the requests of the application and the browser.
    """

    def __init__(self) -> None:
        self.clock = MovableClock(lambda: 1_800_000_000.0)
        self.service = IssuerService(lambda: f"http://{HOST}", self.clock)
        self.issuer = OidcIssuer(self.service.state)

    def send(
        self, line: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> RawResponse:
        """Send a request; `line` is the method and the path below the issuer."""
        method, _, path = line.partition(" ")
        fields = Headers()
        for name, value in {"Host": HOST, **(headers or {})}.items():
            fields.add(name, value)
        return self.service.respond(RawRequest(method, PATH + path, fields, body))

    def post(
        self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None
    ) -> RawResponse:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send(f"POST {path}", urlencode(fields).encode(), {**form, **(headers or {})})

    # --- the browser ------------------------------------------------------------------------------

    def authorize(self, **changes: str | None) -> RawResponse:
        """Open the sign-in page; a parameter that is None is omitted."""
        parameters = {
            "client_id": "app",
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid email offline_access",
            "state": "a state",
            "nonce": "a nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        sent = {name: value for name, value in parameters.items() if value is not None}
        return self.send(f"GET /authorize?{urlencode(sent)}")

    def submit(
        self, page: RawResponse, headers: dict[str, str] | None = None, **fields: str
    ) -> RawResponse:
        """Submit the last form of a page."""
        text = page.body.decode()
        action = re.findall(r'<form method="post" action="([^"]*)"', text)[-1]
        hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', text)
        values = {name: unescape(value) for name, value in hidden} | fields
        return self.post(action.removeprefix(PATH), values, headers)

    def sign_in(self, user: str = "ann", **changes: str | None) -> str:
        """Sign in, and return the authorization code."""
        return redirect_of(self.submit(self.authorize(**changes), user=user))["code"]

    # --- the application --------------------------------------------------------------------------

    def request_tokens(
        self, grant_type: str, headers: dict[str, str] | None = None, **fields: str | None
    ) -> dict[str, Any]:
        """Return the response of the token endpoint, with its status as `status`."""
        form = {"grant_type": grant_type, "client_id": "app", **fields}
        sent = {name: value for name, value in form.items() if value is not None}
        response = self.post("/token", sent, headers)
        return {"status": response.status, **json.loads(response.body)}

    def redeem(self, code: str, **changes: str | None) -> dict[str, Any]:
        fields = {"redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER, **changes}
        return self.request_tokens("authorization_code", code=code, **fields)

    def refresh(self, token: str, **changes: str | None) -> dict[str, Any]:
        return self.request_tokens("refresh_token", refresh_token=token, **changes)

    def poll(self, device_code: str) -> dict[str, Any]:
        return self.request_tokens(DEVICE_GRANT, device_code=device_code)

    def start_device(self) -> dict[str, Any]:
        fields = {"client_id": "app", "scope": "openid email offline_access"}
        return json.loads(self.post("/device_authorization", fields).body)

    def user_info(self, access_token: str) -> RawResponse:
        return self.send("GET /userinfo", headers={"Authorization": f"Bearer {access_token}"})

    def claims(self, id_token: str) -> dict[str, Any]:
        """Verify an ID token with the published keys, and return its claims."""
        keys = KeySet.import_key_set(json.loads(self.send("GET /jwks").body))
        return jwt.decode(id_token, keys, algorithms=["RS256"]).claims


def header(response: RawResponse, name: str) -> str:
    return next(value for key, value in response.headers if key.lower() == name.lower())


def redirect_of(response: RawResponse) -> dict[str, str]:
    """Return the parameters with which the browser is redirected to the application."""
    assert response.status == 303, response.body
    location = header(response, "Location")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
