"""The metadata and keys that back ends use to verify OpenID tokens of identity pools."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from emulated_account import Account
from joserfc import jwt
from joserfc.jwk import KeySet

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

METADATA, KEYS = "/.well-known/openid-configuration", "/.well-known/jwks_uri"


def get(emulator: Emulator, path: str, method: str = "GET") -> tuple[Any, Any]:
    connection = http.client.HTTPConnection(emulator.host, emulator.port)
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, json.loads(body) if body and response.status == 200 else None


def test_a_token_is_verified_by_discovery(account: Account, emulator: Emulator):
    pool = account.pool(AllowClassicFlow=True)
    token = account.unsigned("cognito-identity").get_open_id_token(
        IdentityId=account.identity(pool)
    )["Token"]
    response, metadata = get(emulator, METADATA)
    assert response.status == 200
    assert metadata["issuer"] == "https://cognito-identity.amazonaws.com"
    assert metadata["jwks_uri"] == emulator.endpoint_url + KEYS
    assert metadata["id_token_signing_alg_values_supported"] == ["RS512"]
    response, keys = get(emulator, urlsplit(metadata["jwks_uri"]).path)
    assert response.headers["Cache-Control"] == "public, max-age=2592000"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert all(set(key) == {"kty", "alg", "use", "kid", "n", "e"} for key in keys["keys"])
    decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS512"])
    assert decoded.claims["iss"] == metadata["issuer"]
    assert decoded.header["kid"] in {key["kid"] for key in keys["keys"]}


def test_every_region_in_use_has_a_key(account: Account, emulator: Emulator):
    client = account.client("cognito-identity", region_name="eu-central-1")
    client.list_identity_pools(MaxResults=1)
    _, keys = get(emulator, KEYS)
    assert {"us-east-1-1", "eu-central-1-1"} <= {key["kid"] for key in keys["keys"]}


@pytest.mark.parametrize("path", [METADATA, KEYS])
def test_other_methods_are_not_discovery(emulator: Emulator, path: str):
    assert get(emulator, path, "HEAD")[0].status == 200
    assert get(emulator, path, "DELETE")[0].status == 403
    assert get(emulator, f"{path}/x")[0].status in (403, 404)
