"""A service and users with tokens of a realistic size, a thousand characters."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import TYPE_CHECKING

from cognito_credentials import CredentialBroker, Quotas
from cognito_credentials.ports import HttpResponse

if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials.ports import HttpRequest

IDENTITY_POOL_ID = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
LOGIN = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
TOKEN_LENGTH = 1_000


class Service:
    """Transport that responds with unique identity IDs and credentials."""

    def __init__(self) -> None:
        self.users = 0

    def send(self, request: HttpRequest) -> HttpResponse:
        if request.headers["X-Amz-Target"].endswith("GetId"):
            self.users += 1
            body: dict[str, Any] = {
                "IdentityId": f"us-east-1:128d0a74-c82f-4553-916d-{self.users:012x}"
            }
        else:
            body = {
                "IdentityId": json.loads(request.body)["IdentityId"],
                "Credentials": {
                    "AccessKeyId": f"ASIA{secrets.token_hex(8).upper()}",
                    "SecretKey": secrets.token_hex(20),
                    "SessionToken": secrets.token_hex(TOKEN_LENGTH // 2),
                    "Expiration": time.time() + 3600,
                },
            }
        return HttpResponse(200, {}, json.dumps(body).encode())

    def close(self) -> None:
        pass


def create_login(number: int) -> dict[str, str]:
    """Return a login for a user, with a unique token in the form of an ID token."""
    claims = {
        "iss": f"https://{LOGIN}",
        "sub": f"user-{number}",
        "aud": "app",
        "token_use": "id",
        "pad": secrets.token_hex(250),
    }
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    token = f"eyJhbGciOiJSUzI1NiJ9.{payload}."
    return {LOGIN: token + secrets.token_hex(TOKEN_LENGTH)[: TOKEN_LENGTH - len(token)]}


def create_broker(**options: Any) -> CredentialBroker:
    return CredentialBroker(
        IDENTITY_POOL_ID,
        client_config={"transport": Service()},
        quotas=Quotas(get_id=1e6, get_credentials=1e6),
        max_users=1_000_000,
        **options,
    )
