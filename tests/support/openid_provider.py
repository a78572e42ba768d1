"""An OpenID provider on loopback, built with Authlib, for device codes and refresh tokens.

`oidc-provider-mock` supports browsers only, and returns no ID token for a refresh token.
"""

from __future__ import annotations

import secrets
import threading
import time
from typing import Any, Self

import flask
import werkzeug.serving
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, InvalidGrantError, TokenMixin
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant
from fake_issuer import KEY
from joserfc import jwt

PUBLIC_CLIENT_METHODS = ["none"]


class PublicClient(ClientMixin):
    def get_client_id(self) -> str:
        return "app"

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "none"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


class RefreshToken(TokenMixin):
    def __init__(self, text: str, scope: str) -> None:
        self.text, self.scope = text, scope

    def check_client(self, client: Any) -> bool:
        return True

    def get_scope(self) -> str:
        return self.scope


class DeviceCredential:
    def __init__(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        self.client_id, self.scope, self.data = client_id, scope, data

    def get_client_id(self) -> str:
        return self.client_id

    def get_scope(self) -> str:
        return self.scope

    def get_user_code(self) -> str:
        return str(self.data["user_code"])

    def is_expired(self) -> bool:
        return False


class OpenIdProvider:
    """OpenID provider that runs in a thread; use it as a context manager.

    Attributes:
        lifetime: Lifetime of the next ID tokens, in seconds.
        interval: Seconds that a device waits between two polls.
        slow_downs: How many of the next polls get the error `slow_down`.
        decisions: Maps a device's user code to whether the user approved the device.
        has_been_polled: Set when a device polls for the first time.
        issued: All tokens and device codes that were issued.
    """

    def __init__(self) -> None:
        self.lifetime = 3600
        self.interval = 0.02
        self.slow_downs = 0
        self.decisions: dict[str, bool] = {}
        self.has_been_polled = threading.Event()
        self.devices: dict[str, DeviceCredential] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.issued: list[str] = []
        self.refreshes = 0
        self.app = flask.Flask("openid_provider")
        self._server = werkzeug.serving.make_server("127.0.0.1", 0, self.app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._define_endpoints()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def decide(self, *, is_approved: bool) -> None:
        """Approve or reject, as the user, all devices that have a user code."""
        for credential in self.devices.values():
            self.decisions[credential.get_user_code()] = is_approved

    def revoke_all(self) -> None:
        self.refresh_tokens.clear()

    def _define_endpoints(self) -> None:  # noqa: C901 - Authlib requires a class for each grant
        provider, app = self, self.app
        server = AuthorizationServer(
            app, query_client=lambda _: PublicClient(), save_token=lambda token, request: None
        )

        def generate_tokens(
            grant_type: str, client: Any, user: Any = None, scope: str = "", **_: Any
        ) -> dict[str, Any]:
            refresh_token = secrets.token_urlsafe(24)
            self.refresh_tokens[refresh_token] = RefreshToken(refresh_token, scope)
            now = int(time.time())
            claims = {
                "iss": self.url,
                "aud": "app",
                "sub": "user-1",
                "email": "ann@example.com",
                "iat": now,
                "exp": now + self.lifetime,
                "jti": secrets.token_hex(4),
            }
            id_token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, KEY)
            self.issued += [refresh_token, id_token]
            return {
                "token_type": "Bearer",
                "access_token": "not-used",
                "expires_in": self.lifetime,
                "refresh_token": refresh_token,
                "id_token": id_token,
            }

        class DeviceGrant(DeviceCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = PUBLIC_CLIENT_METHODS

            def query_device_credential(self, device_code: str) -> DeviceCredential | None:
                return provider.devices.get(device_code)

            def query_user_grant(self, user_code: str) -> tuple[str, bool] | None:
                provider.has_been_polled.set()
                is_approved = provider.decisions.get(user_code)
                return None if is_approved is None else ("user-1", is_approved)

            def should_slow_down(self, credential: Any) -> bool:
                provider.slow_downs -= 1
                return provider.slow_downs >= 0

        class RefreshGrant(RefreshTokenGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = PUBLIC_CLIENT_METHODS
            INCLUDE_NEW_REFRESH_TOKEN = True

            def authenticate_refresh_token(self, refresh_token: str) -> RefreshToken:
                provider.refreshes += 1
                token = provider.refresh_tokens.get(refresh_token)
                if token is None:
                    # Some issuers include the token in the error.
                    raise InvalidGrantError(f"no such token: {refresh_token}")
                return token

            def authenticate_user(self, refresh_token: Any) -> str:
                return "user-1"

            def revoke_old_credential(self, refresh_token: RefreshToken) -> None:
                del provider.refresh_tokens[refresh_token.text]

        class DeviceEndpoint(DeviceAuthorizationEndpoint):
            CLIENT_AUTH_METHODS = PUBLIC_CLIENT_METHODS
            INTERVAL = self.interval

            def get_verification_uri(self) -> str:
                return f"{provider.url}/activate"

            def save_device_credential(self, client_id: str, scope: str, data: Any) -> None:
                provider.devices[data["device_code"]] = DeviceCredential(client_id, scope, data)
                provider.issued.append(data["device_code"])

        class RevokeEndpoint(RevocationEndpoint):
            CLIENT_AUTH_METHODS = PUBLIC_CLIENT_METHODS

            def query_token(self, token: str, hint: str | None) -> RefreshToken | None:
                return provider.refresh_tokens.get(token)

            def revoke_token(self, token: RefreshToken, request: Any) -> None:
                del provider.refresh_tokens[token.text]

        server.register_token_generator("default", generate_tokens)
        server.register_grant(DeviceGrant)
        server.register_grant(RefreshGrant)
        server.register_endpoint(DeviceEndpoint)
        server.register_endpoint(RevokeEndpoint)

        @app.get("/.well-known/openid-configuration")
        def metadata() -> Any:
            return {
                "issuer": provider.url,
                "authorization_endpoint": f"{provider.url}/authorize",
                "token_endpoint": f"{provider.url}/token",
                "device_authorization_endpoint": f"{provider.url}/device",
                "revocation_endpoint": f"{provider.url}/revoke",
                "jwks_uri": f"{provider.url}/jwks",
                "scopes_supported": ["openid", "email", "offline_access"],
            }

        @app.get("/jwks")
        def jwks() -> Any:
            return {"keys": [KEY.as_dict(private=False)]}

        @app.post("/device")
        def device() -> Any:
            return server.create_endpoint_response(DeviceEndpoint.ENDPOINT_NAME)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response()

        @app.post("/revoke")
        def revoke() -> Any:
            return server.create_endpoint_response(RevokeEndpoint.ENDPOINT_NAME)
