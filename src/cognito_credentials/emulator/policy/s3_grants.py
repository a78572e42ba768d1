"""What a bucket itself grants: its policy and its ACLs, read from moto."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.policy.policies import Verdict, judge
from cognito_credentials.emulator.policy.s3_actions import bucket_and_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.s3.models import FakeAcl

    from cognito_credentials.emulator.http_server import HttpRequest
    from cognito_credentials.emulator.moto.services import MotoServices
    from cognito_credentials.emulator.policy.policies import Question

_ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
_FULL = "FULL_CONTROL"


class S3Grants:
    """Judge requests by the buckets of one account."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto = moto

    def is_of_another_account(self, question: Question) -> bool:
        """Say whether ``question`` is about a bucket of another emulator in the process."""
        from moto.s3.models import s3_backends

        _, owner = s3_backends.bucket_accounts.get(_bucket_of(question), (None, None))
        return owner not in (None, self._moto.account_id)

    def has_bucket(self, name: str) -> bool:
        """Say whether there is a bucket of that name in this account."""
        return name in self._moto.backend("s3").buckets

    def keep_moto_from_judging(self, questions: Iterable[Question]) -> None:
        """Have the bucket policies judged here alone.

        moto looks at them too, for everyone alike: it reads neither principals nor conditions,
        so one role's Deny would shut the administrator out.
        """
        from moto.iam.access_control import PermissionResult

        def permit(_action: str, _resource: str) -> PermissionResult:
            return PermissionResult.PERMITTED

        buckets = self._moto.backend("s3").buckets
        for bucket in filter(None, map(buckets.get, map(_bucket_of, questions))):
            bucket.get_permission = permit

    def judge(self, question: Question, request: HttpRequest) -> Verdict:
        """Say what the bucket policy and the ACLs say of ``question``."""
        name, key = _bucket_of(question), (question.resource or "").partition("/")[2]
        bucket: Any = self._moto.backend("s3").buckets.get(name)
        if bucket is None:
            return Verdict.SILENT
        block = bucket.public_access_block
        if bucket.policy is not None:
            verdict = judge([json.loads(bucket.policy)], question)
            if verdict is Verdict.ALLOWED and block is not None and block.restrict_public_buckets:
                verdict = Verdict.SILENT
            if verdict is not Verdict.SILENT:
                return verdict
        if block is not None and block.ignore_public_acls:
            return Verdict.SILENT
        acl, permission = bucket.acl, _BUCKET_PERMISSIONS.get(question.action)
        if question.action in _OBJECT_PERMISSIONS:
            version = question.context.get("s3:versionid", (None,))[0]
            is_source = (name, key) != bucket_and_key(request)
            found = self._moto.backend("s3").get_object(
                name, key, version_id=None if is_source else version
            )
            acl, permission = getattr(found, "acl", None), _OBJECT_PERMISSIONS[question.action]
        public = permission is not None and acl is not None and _is_public(acl, permission)
        return Verdict.ALLOWED if public else Verdict.SILENT


# Access control list overview, "Mapping of ACL permissions and access policy permissions".
_BUCKET_PERMISSIONS = {
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:ListBucketMultipartUploads": "READ",
    "s3:PutObject": "WRITE",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
_OBJECT_PERMISSIONS = {
    "s3:GetObject": "READ",
    "s3:GetObjectVersion": "READ",
    "s3:GetObjectAcl": "READ_ACP",
    "s3:PutObjectAcl": "WRITE_ACP",
}


def _bucket_of(question: Question) -> str:
    return (question.resource or "").rpartition(":::")[2].partition("/")[0]


def _is_public(acl: FakeAcl, permission: str) -> bool:
    return any(
        permission in grant.permissions or _FULL in grant.permissions
        for grant in acl.grants
        if any(grantee.uri == _ALL_USERS for grantee in grant.grantees)
    )
