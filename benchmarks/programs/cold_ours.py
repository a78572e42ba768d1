"""Fetch credentials with cognito_credentials."""

from __future__ import annotations

import sys

from cognito_credentials import from_cognito_identity_pool

_, endpoint_url, identity_pool_id = sys.argv
provider = from_cognito_identity_pool(
    identity_pool_id, client_config={"endpoint_url": endpoint_url}
)
assert provider().access_key_id
