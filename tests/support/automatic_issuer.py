"""An OpenID provider on loopback that signs in the user "ada" without interaction."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fake_issuer import KEY
from joserfc import jwt

CLIENT_ID = "game"


class AutomaticIssuer(ThreadingHTTPServer):
    """The issuer; its authorization endpoint redirects immediately, without a sign-in page."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.nonces: dict[str, str] = {}

    def create_token(self, **claims: str) -> str:
        now = int(time.time())
        standard = {
            "iss": self.url,
            "sub": "ada",
            "aud": CLIENT_ID,
            "email": "ada@example.com",
            "iat": now,
            "exp": now + 3600,
        }
        return jwt.encode({"alg": "RS256", "kid": "k1"}, {**standard, **claims}, KEY)

    @property
    def key_set(self) -> dict[str, Any]:
        return {"keys": [KEY.as_dict(private=False)]}

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "revocation_endpoint": f"{self.url}/revoke",
        }

    def issue_tokens(self, code: str) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "access_token": secrets.token_urlsafe(),
            "refresh_token": secrets.token_urlsafe(),
            "id_token": self.create_token(nonce=self.nonces.pop(code)),
            "expires_in": 3600,
        }


class Handler(BaseHTTPRequestHandler):
    server: AutomaticIssuer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/authorize":
            query = dict(parse_qs(url.query))
            code = secrets.token_urlsafe()
            self.server.nonces[code] = query["nonce"][0]
            query_string = urlencode({"code": code, "state": query["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri'][0]}?{query_string}")
            self.end_headers()
        elif url.path == "/jwks":
            self.respond(self.server.key_set)
        else:
            self.respond(self.server.metadata())

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        is_token = self.path == "/token"
        self.respond(self.server.issue_tokens(form["code"][0]) if is_token else {})

    def respond(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""


@contextmanager
def automatic_issuer() -> Iterator[AutomaticIssuer]:
    with AutomaticIssuer() as issuer:
        thread = threading.Thread(target=issuer.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield issuer
        finally:
            issuer.shutdown()
            thread.join()
