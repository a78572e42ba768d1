from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from moto_account import MotoAccount, document

from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest
from cognito_credentials.emulator.moto.bucket_permissions import BucketPermissions
from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.policy.evaluation import AuthorizationRequest, PolicyDecision

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "arn:aws:s3:::bucket"
ANONYMOUS: dict[str, frozenset[str]] = {}
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
def permissions(account: MotoAccount) -> BucketPermissions:
    return BucketPermissions(account.moto)


def evaluate(
    permissions: BucketPermissions,
    action: str,
    resource: str = f"{BUCKET}/key",
    principals: Any = ANONYMOUS,
    context: Any = None,
) -> PolicyDecision:
    headers = Headers()
    headers.add("Host", "127.0.0.1")
    request = RawRequest("GET", "/bucket/key", headers, b"")
    return permissions.evaluate(
        AuthorizationRequest(f"s3:{action}", resource, context or {}, principals), request
    )


def set_acl(account: MotoAccount, acl: str, *, bucket: bool = False) -> None:
    from moto.s3.models import get_canned_acl

    stored_bucket: Any = account.moto.backend("s3").buckets["bucket"]
    (stored_bucket if bucket else stored_bucket.keys["key"]).acl = get_canned_acl(acl)


def test_a_private_bucket_grants_nothing(permissions: BucketPermissions):
    actions = ("GetObject", "PutObject", "ListBucket", "DeleteObject", "GetObjectAcl")
    assert {evaluate(permissions, action) for action in actions} == {PolicyDecision.IMPLICIT_DENY}
    assert (
        evaluate(permissions, "GetObject", "arn:aws:s3:::none/key") is PolicyDecision.IMPLICIT_DENY
    )
    assert evaluate(permissions, "GetObject", f"{BUCKET}/none") is PolicyDecision.IMPLICIT_DENY
    assert evaluate(permissions, "ListAllMyBuckets", "*") is PolicyDecision.IMPLICIT_DENY


def test_public_acls_grant_access(account: MotoAccount, permissions: BucketPermissions):
    set_acl(account, "public-read")
    assert evaluate(permissions, "GetObject") is PolicyDecision.ALLOWED
    assert evaluate(permissions, "PutObject") is PolicyDecision.IMPLICIT_DENY
    assert evaluate(permissions, "ListBucket", BUCKET) is PolicyDecision.IMPLICIT_DENY
    set_acl(account, "public-read-write", bucket=True)
    assert evaluate(permissions, "PutObject", f"{BUCKET}/new") is PolicyDecision.ALLOWED
    assert evaluate(permissions, "ListBucket", BUCKET) is PolicyDecision.ALLOWED
    assert evaluate(permissions, "DeleteObject") is PolicyDecision.IMPLICIT_DENY


def test_a_bucket_policy_applies_to_its_principals(
    account: MotoAccount, permissions: BucketPermissions
):
    bucket: Any = account.moto.backend("s3").buckets["bucket"]
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
    bucket.policy = document({**allow, "Principal": {"AWS": "arn:role"}}).encode()
    assert evaluate(permissions, "GetObject", principals=ROLE) is PolicyDecision.ALLOWED
    assert evaluate(permissions, "GetObject") is PolicyDecision.IMPLICIT_DENY
    bucket.policy = document({**allow, "Principal": "*", "Effect": "Deny"}).encode()
    set_acl(account, "public-read")
    assert evaluate(permissions, "GetObject") is PolicyDecision.EXPLICIT_DENY


def test_a_public_access_block_disables_policy_and_acls(
    account: MotoAccount, permissions: BucketPermissions
):
    from moto.s3.models import PublicAccessBlock

    bucket: Any = account.moto.backend("s3").buckets["bucket"]
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
    bucket.policy = document({**allow, "Principal": "*"}).encode()
    set_acl(account, "public-read")
    bucket.public_access_block = PublicAccessBlock("false", "true", "false", "true")
    assert evaluate(permissions, "GetObject") is PolicyDecision.IMPLICIT_DENY
    bucket.public_access_block = PublicAccessBlock("false", "true", "false", "false")
    assert evaluate(permissions, "GetObject") is PolicyDecision.ALLOWED


def test_buckets_of_other_accounts_are_recognized(
    account: MotoAccount, permissions: BucketPermissions
):
    other = BucketPermissions(MotoServices(account_id="999999999999", region="us-east-1"))
    request = AuthorizationRequest("s3:GetObject", f"{BUCKET}/key")
    assert other.belongs_to_other_account(request)
    assert not permissions.belongs_to_other_account(request)
    assert not other.belongs_to_other_account(
        AuthorizationRequest("s3:CreateBucket", "arn:aws:s3:::new")
    )
    assert not other.belongs_to_other_account(AuthorizationRequest("s3:ListAllMyBuckets", "*"))


def test_bucket_policies_are_disabled_in_moto(account: MotoAccount, permissions: BucketPermissions):
    from moto.iam.access_control import PermissionResult

    bucket: Any = account.moto.backend("s3").buckets["bucket"]
    deny = {"Effect": "Deny", "Principal": {"AWS": "arn:x"}, "Action": "s3:*", "Resource": "*"}
    bucket.policy = document(deny).encode()
    assert bucket.get_permission("s3:GetObject", "*") is PermissionResult.DENIED
    permissions.disable_moto_bucket_policies(
        [AuthorizationRequest("s3:GetObject", f"{BUCKET}/key")]
    )
    assert bucket.get_permission("s3:GetObject", "*") is PermissionResult.PERMITTED
