"""Lookup of the ARNs of resources in moto, for requests that do not contain the ARNs."""

from __future__ import annotations

import base64
from typing import Any

from cognito_credentials.emulator.moto.services import MotoServices


def find_resource_arn(
    moto: MotoServices, region: str, service: str, parameter: str, value: str
) -> str | None:
    """Return the ARN of the resource that the value of a parameter names.

    Returns None if there is no such resource.
    """
    backend: Any = moto.backend(service, region)
    try:
        found = _find(backend, parameter, value)
    except Exception:  # noqa: BLE001 - moto may raise anything for an invalid value
        return None
    return None if found is None else str(found.arn)


def _find(backend: Any, parameter: str, value: str) -> Any:
    if parameter == "SecretId":
        return backend.secrets.get(value)
    if parameter == "ShardIterator":
        from moto.kinesis.utils import decompose_shard_iterator

        return backend.streams.get(decompose_shard_iterator(value)[0])
    if parameter == "CiphertextBlob":
        # A ciphertext that moto created starts with the key ID.
        key_id = base64.b64decode(value)[:36].decode()
        return backend.keys.get(key_id)
    return backend.keys.get(backend.any_id_to_key_id(value))
