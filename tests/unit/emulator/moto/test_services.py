from __future__ import annotations

from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest
from moto_account import ACCOUNT, MotoAccount, document

from cognito_credentials.emulator.http_server import HttpRequest
from cognito_credentials.emulator.moto.services import MotoServices

if TYPE_CHECKING:
    from collections.abc import Iterator

ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


@pytest.fixture
def account() -> Iterator[MotoAccount]:
    account = MotoAccount()
    yield account
    account.moto.reset()


def request(line: str, service: str = "s3", body: bytes = b"", **headers: str) -> HttpRequest:
    method, _, target = line.partition(" ")
    message = Message()
    scope = f"AKIA/20260101/us-east-1/{service}/aws4_request"
    message["Host"] = "127.0.0.1"
    message["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=, Signature="
    message["Content-Length"] = str(len(body))
    for name, value in headers.items():
        message[name] = value
    return HttpRequest(method, target, message, body)


def test_requests_reach_the_accounts_state_only(account: MotoAccount):
    moto = account.moto
    assert moto.answer(request("PUT /mine")).status == 200
    headers = {"x-amz-meta-my_key": "1", "x-moto-account-id": "999999999999"}
    put = request("PUT /mine/a%20%C3%A4%2Fb", body=b"data", **headers)
    assert moto.answer(put).status == 200
    assert list(moto.backend("s3").buckets["mine"].keys) == ["a ä/b"]
    got = moto.answer(request("GET /mine/a%20%C3%A4%2Fb"))
    assert got.body == b"data"
    assert ("x-amz-meta-my_key", "1") in got.headers
    other = MotoServices(account_id="999999999999", region="us-east-1")
    assert not other.backend("s3").buckets


def test_reset_forgets_this_account_and_no_other(account: MotoAccount):
    other = MotoServices(account_id="999999999999", region="us-east-1")
    for moto, bucket in ((account.moto, "mine"), (other, "theirs")):
        moto.answer(request(f"PUT /{bucket}"))
        moto.answer(request(f"PUT /{bucket}/x", body=b"data"))
        moto.iam.create_group("group")
    mine = account.moto.backend("s3").buckets["mine"].keys["x"]
    account.moto.reset()
    assert mine.disposed
    assert not account.moto.backend("s3").buckets
    assert not account.moto.iam.groups
    assert other.answer(request("GET /theirs/x")).body == b"data"
    assert other.iam.groups
    assert other.answer(request("PUT /mine")).status == 200
    other.reset()


def test_a_failure_of_motos_own_is_an_answer(account: MotoAccount):
    unknown = request("POST /", "sqs", **{"X-Amz-Target": "AmazonSQS.Nonsense"})
    assert account.moto.answer(unknown).status >= 400
    broken = request("POST /", "dynamodb", b"{", **{"X-Amz-Target": "DynamoDB_20120810.GetItem"})
    assert account.moto.answer(broken).status >= 400


def test_rest_operations_have_names(account: MotoAccount):
    find = account.moto.rest_operation
    assert find("lambda", request("GET /2015-03-31/functions/", "lambda")) == "ListFunctions"
    assert find("lambda", request("GET /nowhere", "lambda")) is None
    assert find("no-such-service", request("GET /")) is None


def test_roles_and_their_policies_are_read(account: MotoAccount):
    arn = account.role(ALLOW)
    managed = account.moto.iam.create_policy("", "/", document(ALLOW), "p", [])
    account.moto.iam.attach_role_policy(managed.arn, "role")
    role = account.moto.role(arn)
    assert role is not None
    assert [each["Statement"] for each in account.moto.policies_of(role)] == [[ALLOW], [ALLOW]]
    assert account.moto.managed_policy(managed.arn)
    assert account.moto.managed_policy("arn:aws:iam::aws:policy/None") is None
    assert account.moto.role("arn:aws:iam::1:role/none") is None


def test_users_have_keys_and_the_policies_of_their_groups(account: MotoAccount):
    iam: Any = account.moto.iam
    iam.create_user("us-east-1", "eve")
    iam.create_group("group")
    iam.add_user_to_group("group", "eve")
    iam.put_group_policy("group", "p", document(ALLOW))
    key = iam.create_access_key("eve")
    found = account.moto.user_of_key(key.access_key_id)
    assert found is not None
    user, secret = found
    assert (user.name, secret) == ("eve", key.secret_access_key)
    assert len(account.moto.policies_of(user)) == 1
    iam.update_access_key("eve", key.access_key_id, "Inactive")
    assert account.moto.user_of_key(key.access_key_id) is None
    assert account.moto.user_of_key("AKIANOBODY") is None


def test_the_partition_is_the_regions():
    assert MotoServices(account_id=ACCOUNT, region="cn-north-1").partition == "aws-cn"
