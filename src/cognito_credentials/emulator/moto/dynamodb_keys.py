"""The partition keys of DynamoDB tables, read from moto."""

from __future__ import annotations

from cognito_credentials.emulator.moto.services import MotoServices


def find_partition_key(
    moto: MotoServices, region: str, table: str, index: str | None
) -> str | None:
    """Return the partition key of a table or of one of its indexes.

    Returns None if there is no such table or index.
    """
    tables = moto.backend("dynamodb", region).tables
    if table not in tables:
        return None
    if index is None:
        return str(tables[table].hash_key_attr)
    for candidate in tables[table].all_indexes():
        if candidate.name == index:
            return next(
                str(part["AttributeName"]) for part in candidate.schema if part["KeyType"] == "HASH"
            )
    return None
