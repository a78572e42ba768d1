"""S3 bucket policies and access control lists, read from moto."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cognito_credentials.emulator.messages import RawRequest
from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.policy.documents import read_policy
from cognito_credentials.emulator.policy.evaluation import (
    AuthorizationRequest,
    PolicyDecision,
    evaluate,
)
from cognito_credentials.emulator.policy.explanations import NamedPolicies
from cognito_credentials.emulator.policy.s3_actions import split_bucket_and_key

_ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
_FULL_CONTROL = "FULL_CONTROL"
# From "Access control list (ACL) overview", "Mapping of ACL permissions and access policy permissions".
_BUCKET_ACL_PERMISSIONS = {
    "s3:ListBucket": "READ",
    "s3:ListBucketVersions": "READ",
    "s3:ListBucketMultipartUploads": "READ",
    "s3:PutObject": "WRITE",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
_OBJECT_ACL_PERMISSIONS = {
    "s3:GetObject": "READ",
    "s3:GetObjectVersion": "READ",
    "s3:GetObjectAcl": "READ_ACP",
    "s3:PutObjectAcl": "WRITE_ACP",
}


class BucketPermissions:
    """Evaluation of the bucket policies and access control lists in one account."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto = moto

    def belongs_to_other_account(self, request: AuthorizationRequest) -> bool:
        """Return True if the bucket belongs to another emulator in this process."""
        from moto.s3.models import s3_backends

        _, owner = s3_backends.bucket_accounts.get(_bucket_of(request), (None, None))
        return owner not in (None, self._moto.account_id)

    def has_bucket(self, name: str) -> bool:
        """Return True if this account has a bucket of that name."""
        return name in self._moto.backend("s3").buckets

    def disable_moto_bucket_policies(self, requests: Iterable[AuthorizationRequest]) -> None:
        """Stop moto from evaluating the policies of the buckets in `requests`.

        moto ignores principals and conditions, so a Deny for one role would lock out the
        administrator.
        """
        from moto.iam.access_control import PermissionResult

        def permit(_action: str, _resource: str) -> PermissionResult:
            return PermissionResult.PERMITTED

        buckets = self._moto.backend("s3").buckets
        for bucket in filter(None, map(buckets.get, map(_bucket_of, requests))):
            bucket.get_permission = permit

    def find_policy(self, request: AuthorizationRequest) -> NamedPolicies:
        """Return the bucket policy with a name for messages; empty if the bucket has no policy."""
        name = _bucket_of(request)
        bucket: Any = self._moto.backend("s3").buckets.get(name)
        if bucket is None or bucket.policy is None:
            return {}
        return {f"bucket policy of '{name}'": read_policy(bucket.policy)}

    def evaluate(self, request: AuthorizationRequest, http: RawRequest) -> PolicyDecision:
        """Evaluate the bucket policy, then the access control list of the bucket or object.

        Args:
            request: The action, the resource and the names of the principal.
            http: The HTTP request, which shows whether the object is written, or is the source of a
                copy.
        """
        name, key = _bucket_of(request), (request.resource or "").partition("/")[2]
        bucket: Any = self._moto.backend("s3").buckets.get(name)
        if bucket is None:
            return PolicyDecision.IMPLICIT_DENY
        block = bucket.public_access_block
        if bucket.policy is not None:
            decision = evaluate([read_policy(bucket.policy)], request)
            is_restricted = block is not None and block.restrict_public_buckets
            if decision is PolicyDecision.ALLOWED and is_restricted:
                decision = PolicyDecision.IMPLICIT_DENY
            if decision is not PolicyDecision.IMPLICIT_DENY:
                return decision
        if block is not None and block.ignore_public_acls:
            return PolicyDecision.IMPLICIT_DENY
        acl, permission = bucket.acl, _BUCKET_ACL_PERMISSIONS.get(request.action)
        if request.action in _OBJECT_ACL_PERMISSIONS:
            version = request.context.get("s3:versionid", (None,))[0]
            is_copy_source = (name, key) != split_bucket_and_key(http)
            found = self._moto.backend("s3").get_object(
                name, key, version_id=None if is_copy_source else version
            )
            acl, permission = getattr(found, "acl", None), _OBJECT_ACL_PERMISSIONS[request.action]
        if permission is not None and acl is not None and _is_public(acl, permission):
            return PolicyDecision.ALLOWED
        return PolicyDecision.IMPLICIT_DENY


def _bucket_of(request: AuthorizationRequest) -> str:
    return (request.resource or "").rpartition(":::")[2].partition("/")[0]


def _is_public(acl: Any, permission: str) -> bool:
    return any(
        permission in grant.permissions or _FULL_CONTROL in grant.permissions
        for grant in acl.grants
        if any(grantee.uri == _ALL_USERS for grantee in grant.grantees)
    )
