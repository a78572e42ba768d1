"""An OpenID Connect issuer on loopback that publishes its keys and signs tokens."""

from __future__ import annotations

import functools
import json
import time
from typing import TYPE_CHECKING, Any, Self

from joserfc import jwt
from joserfc.jwk import RSAKey

from cognito_credentials.emulator.http_server import HttpServer
from cognito_credentials.emulator.messages import RawResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator.messages import RawRequest


@functools.cache
def make_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name}, auto_kid=False)


class LocalIssuer:
    """Issuer that runs in a thread; use it as a context manager.

    Attributes:
        keys: The public keys.
        metadata: Members that replace valid members of the metadata.
        responses: Responses that replace valid responses, by path.
        requests: The paths that were requested.
    """

    def __init__(self, path: str = "") -> None:
        self.keys: list[Any] = [make_key("k1").as_dict(private=False)]
        self.metadata: dict[str, Any] = {}
        self.responses: dict[str, Callable[[], RawResponse]] = {}
        self.requests: list[str] = []
        self._path = path
        self._server = HttpServer("127.0.0.1", 0, self._respond)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}{self._path}"

    @property
    def provider_name(self) -> str:
        return self.url.removeprefix("http://")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def id_token(
        self, audience: str = "my-app", subject: str = "user-1", key: str = "k1", **claims: Any
    ) -> str:
        now = int(time.time())
        payload = {
            "iss": self.url,
            "aud": audience,
            "sub": subject,
            "iat": now,
            "exp": now + 600,
            **claims,
        }
        return jwt.encode({"alg": "RS256", "kid": key.partition("/")[0]}, payload, make_key(key))

    def _respond(self, request: RawRequest) -> RawResponse:
        path = request.path.removeprefix(self._path)
        self.requests.append(path)
        if path in self.responses:
            return self.responses[path]()
        document: dict[str, Any] = {"keys": self.keys}
        if path == "/.well-known/openid-configuration":
            document = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **self.metadata}
        elif path != "/jwks":
            return RawResponse(404)
        return RawResponse(
            200, [("Content-Type", "application/json")], json.dumps(document).encode()
        )
