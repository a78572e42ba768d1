"""The key with which all user pools in moto sign tokens."""

from __future__ import annotations

import functools
import json
from types import SimpleNamespace
from typing import Any


@functools.cache
def share_signing_key() -> None:
    """Make moto import its private key once, instead of once for each user pool.

    Each import takes a tenth of a second or more, because the key is stored without its prime
    factors, which must be computed.
    """
    import moto.cognitoidp.models
    from joserfc import jwk

    class SharedRsaKey(jwk.RSAKey):
        @classmethod
        def import_key(cls, value: Any, *_: Any, **__: Any) -> Any:
            return import_key(json.dumps(value))

    @functools.cache
    def import_key(text: str) -> jwk.RSAKey:
        return jwk.RSAKey.import_key(json.loads(text))

    models: Any = moto.cognitoidp.models
    models.jwk = SimpleNamespace(**{**vars(jwk), "RSAKey": SharedRsaKey})
