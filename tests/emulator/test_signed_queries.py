"""As in AWS, the parameters of a signed query are sorted by name and then by value."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from emulated_account import Account, allow
from raw_requests import send

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

QUERIES = [
    "select&select-type=2",
    "list=1&list-type=2",
    "a=1&a1=2",
    "a1=2&a=1&a=0&a-=3",
    "b=%20&a=~&A=%2F&a%20b=c",
    "x&y=&x=",
    "a=%C3%B6&a%C3%B6=1",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("presigned", [False, True])
def test_every_query_can_be_signed(
    account: Account, emulator: Emulator, query: str, presigned: bool
):
    _, keys = account.guest(allow("*", "*"))
    bucket = account.bucket()
    status, body = send(emulator, f"GET /{bucket}?{query}", keys=keys, presigned=presigned)
    assert b"SignatureDoesNotMatch" not in body
    assert status < 500


def test_random_queries_can_be_signed(account: Account, emulator: Emulator):
    _, keys = account.guest(allow("*", "*"))
    bucket, numbers = account.bucket(), random.Random(7)  # noqa: S311 - the test data must be reproducible
    for _ in range(40):
        names = ["".join(numbers.choices("ab-_.~1", k=numbers.randint(1, 3))) for _ in range(4)]
        query = "&".join(f"{name}={numbers.randint(0, 20)}" for name in names)
        _, body = send(emulator, f"GET /{bucket}?{query}", keys=keys)
        assert b"SignatureDoesNotMatch" not in body, query


def test_select_object_content_works(account: Account):
    bucket = account.bucket()
    account.client("s3").put_object(Bucket=bucket, Key="x.csv", Body=b"a,b\n1,2\n")
    _, keys = account.guest(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    response = account.client("s3", keys).select_object_content(
        Bucket=bucket,
        Key="x.csv",
        Expression="SELECT s.a FROM s3object s",
        ExpressionType="SQL",
        InputSerialization={"CSV": {"FileHeaderInfo": "USE"}},
        OutputSerialization={"JSON": {}},
    )
    records = [event["Records"]["Payload"] for event in response["Payload"] if "Records" in event]
    assert b'{"a":"1"}' in b"".join(records)
