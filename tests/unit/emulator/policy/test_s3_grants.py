from __future__ import annotations

from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest
from moto_account import MotoAccount, document

from cognito_credentials.emulator.http_server import HttpRequest
from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.policy.policies import Question, Verdict
from cognito_credentials.emulator.policy.s3_grants import S3Grants

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "arn:aws:s3:::bucket"
STRANGER: dict[str, frozenset[str]] = {}
ROLE = {"AWS": frozenset({"arn:role"})}


@pytest.fixture
def account() -> Iterator[MotoAccount]:
    account = MotoAccount()
    backend = account.moto.backend("s3")
    backend.create_bucket("bucket", "us-east-1")
    backend.put_object("bucket", "key", b"data")
    yield account
    account.moto.reset()


@pytest.fixture
def grants(account: MotoAccount) -> S3Grants:
    return S3Grants(account.moto)


def judged(
    grants: S3Grants,
    action: str,
    resource: str = f"{BUCKET}/key",
    principals: Any = STRANGER,
    context: Any = None,
) -> Verdict:
    headers = Message()
    headers["Host"] = "127.0.0.1"
    request = HttpRequest("GET", "/bucket/key", headers, b"")
    return grants.judge(Question(f"s3:{action}", resource, context or {}, principals), request)


def grant(account: MotoAccount, acl: str, *, bucket: bool = False) -> None:
    from moto.s3.models import get_canned_acl

    held: Any = account.moto.backend("s3").buckets["bucket"]
    (held if bucket else held.keys["key"]).acl = get_canned_acl(acl)


def test_a_private_bucket_says_nothing(grants: S3Grants):
    actions = ("GetObject", "PutObject", "ListBucket", "DeleteObject", "GetObjectAcl")
    assert {judged(grants, action) for action in actions} == {Verdict.SILENT}
    assert judged(grants, "GetObject", "arn:aws:s3:::none/key") is Verdict.SILENT
    assert judged(grants, "GetObject", f"{BUCKET}/none") is Verdict.SILENT
    assert judged(grants, "ListAllMyBuckets", "*") is Verdict.SILENT


def test_acls_let_everyone_do_what_they_grant(account: MotoAccount, grants: S3Grants):
    grant(account, "public-read")
    assert judged(grants, "GetObject") is Verdict.ALLOWED
    assert judged(grants, "PutObject") is Verdict.SILENT
    assert judged(grants, "ListBucket", BUCKET) is Verdict.SILENT
    grant(account, "public-read-write", bucket=True)
    assert judged(grants, "PutObject", f"{BUCKET}/new") is Verdict.ALLOWED
    assert judged(grants, "ListBucket", BUCKET) is Verdict.ALLOWED
    assert judged(grants, "DeleteObject") is Verdict.SILENT


def test_the_bucket_policy_names_its_principals(account: MotoAccount, grants: S3Grants):
    bucket: Any = account.moto.backend("s3").buckets["bucket"]
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
    bucket.policy = document({**allow, "Principal": {"AWS": "arn:role"}}).encode()
    assert judged(grants, "GetObject", principals=ROLE) is Verdict.ALLOWED
    assert judged(grants, "GetObject") is Verdict.SILENT
    bucket.policy = document({**allow, "Principal": "*", "Effect": "Deny"}).encode()
    grant(account, "public-read")
    assert judged(grants, "GetObject") is Verdict.DENIED


def test_blocking_public_access_turns_both_off(account: MotoAccount, grants: S3Grants):
    from moto.s3.models import PublicAccessBlock

    bucket: Any = account.moto.backend("s3").buckets["bucket"]
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
    bucket.policy = document({**allow, "Principal": "*"}).encode()
    grant(account, "public-read")
    bucket.public_access_block = PublicAccessBlock("false", "true", "false", "true")
    assert judged(grants, "GetObject") is Verdict.SILENT
    bucket.public_access_block = PublicAccessBlock("false", "true", "false", "false")
    assert judged(grants, "GetObject") is Verdict.ALLOWED


def test_buckets_of_other_accounts_are_known(account: MotoAccount, grants: S3Grants):
    other = S3Grants(MotoServices(account_id="999999999999", region="us-east-1"))
    asked = Question("s3:GetObject", f"{BUCKET}/key")
    assert other.is_of_another_account(asked)
    assert not grants.is_of_another_account(asked)
    assert not other.is_of_another_account(Question("s3:CreateBucket", "arn:aws:s3:::new"))
    assert not other.is_of_another_account(Question("s3:ListAllMyBuckets", "*"))


def test_moto_is_kept_from_judging(account: MotoAccount, grants: S3Grants):
    from moto.iam.access_control import PermissionResult

    bucket: Any = account.moto.backend("s3").buckets["bucket"]
    deny = {"Effect": "Deny", "Principal": {"AWS": "arn:x"}, "Action": "s3:*", "Resource": "*"}
    bucket.policy = document(deny).encode()
    assert bucket.get_permission("s3:GetObject", "*") is PermissionResult.DENIED
    grants.keep_moto_from_judging([Question("s3:GetObject", f"{BUCKET}/key")])
    assert bucket.get_permission("s3:GetObject", "*") is PermissionResult.PERMITTED
