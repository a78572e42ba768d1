from __future__ import annotations

import moto.cognitoidp.models
from joserfc import jwk

from cognito_credentials.emulator.moto.user_pool_keys import share_signing_key


def test_user_pools_share_one_import_of_the_key():
    for _ in range(2):
        share_signing_key()
    first, second = (
        moto.cognitoidp.models.CognitoIdpUserPool("123456789012", "us-east-1", "users", {})
        for _ in range(2)
    )
    assert first.json_web_key is second.json_web_key
    assert first.json_web_key.is_private


def test_other_keys_are_imported_as_before():
    share_signing_key()
    key = jwk.RSAKey.generate_key(2048)
    imported = moto.cognitoidp.models.jwk.RSAKey.import_key(key.as_dict(private=True))
    assert imported.thumbprint() == key.thumbprint()
