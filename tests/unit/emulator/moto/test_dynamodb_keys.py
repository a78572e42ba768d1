from __future__ import annotations

import json

import pytest
from moto_account import MotoAccount

from cognito_credentials.emulator.front.request_parsing import parse_request
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest
from cognito_credentials.emulator.moto.dynamodb_keys import find_partition_key

REGION = "us-east-1"


TABLE = {
    "TableName": "notes",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "owner", "AttributeType": "S"},
        {"AttributeName": "day", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-day",
            "KeySchema": [
                {"AttributeName": "n", "KeyType": "RANGE"},
                {"AttributeName": "day", "KeyType": "HASH"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


@pytest.fixture(autouse=True)
def table(account: MotoAccount) -> None:
    scope = f"AKIA/20260101/{REGION}/dynamodb/aws4_request"
    headers = Headers()
    headers.add("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=, Signature=")
    headers.add("X-Amz-Date", "20260101T000000Z")
    headers.add("X-Amz-Target", "DynamoDB_20120810.CreateTable")
    raw = RawRequest("POST", "/", headers, json.dumps(TABLE).encode())
    response = account.moto.send(parse_request(raw, default_region=REGION))
    assert response.status == 200, response.body


@pytest.mark.parametrize(
    ("table_name", "index", "key"),
    [
        ("notes", None, "owner"),
        ("notes", "by-day", "day"),
        ("notes", "none", None),
        ("none", None, None),
    ],
)
def test_the_partition_key_of_a_table_or_index_is_found(
    account: MotoAccount, table_name: str, index: str | None, key: str | None
):
    assert find_partition_key(account.moto, REGION, table_name, index) == key


def test_tables_belong_to_a_region(account: MotoAccount):
    assert find_partition_key(account.moto, "eu-west-1", "notes", None) is None
