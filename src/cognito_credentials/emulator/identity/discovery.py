"""The OpenID Connect metadata and the keys that Amazon Cognito Identity publishes.

Back ends that accept OpenID tokens of identity pools use these keys to verify the tokens.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cognito_credentials.emulator.identity.open_id_tokens import OpenIdTokens
from cognito_credentials.emulator.messages import RawRequest, RawResponse

_METADATA_PATH = "/.well-known/openid-configuration"
_KEYS_PATH = "/.well-known/jwks_uri"  # Amazon Cognito uses this unusual path.
_MAX_AGE_SECONDS = 30 * 86400


def is_discovery(raw: RawRequest) -> bool:
    """Return True if a request is for the metadata or the keys."""
    return raw.method in ("GET", "HEAD") and raw.path in (_METADATA_PATH, _KEYS_PATH)


def discovery_response(raw: RawRequest, regions: Sequence[OpenIdTokens]) -> RawResponse:
    """Return the metadata or the keys of an issuer.

    Args:
        raw: A request for which `is_discovery` is true.
        regions: The OpenID tokens of all regions, which have the same issuer but different key IDs.
    """
    document: dict[str, Any]
    if raw.path == _KEYS_PATH:
        document = {"keys": [key for region in regions for key in region.key_set()["keys"]]}
    else:
        issuer = regions[0].issuer
        document = {
            "issuer": issuer,
            # The key URL has the host of this request, because the host of the issuer belongs to
            # AWS.
            "jwks_uri": f"http://{raw.header('Host')}{_KEYS_PATH}",
            "authorization_endpoint": issuer,
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [
                regions[0].key_set()["keys"][0]["alg"],
            ],
        }
    headers = [
        ("Content-Type", "application/json"),
        ("Cache-Control", f"public, max-age={_MAX_AGE_SECONDS}"),
        ("access-control-allow-origin", "*"),
    ]
    return RawResponse(200, headers, json.dumps(document).encode())
