"""Authentication and authorization of every request, before it reaches moto.

moto's own enforcement does not support policy variables, session policies, conditions, NotResource
or the expiration of keys, and treats most resources as `*`. This enforcement is therefore disabled,
and this module authorizes requests with the policies in moto's IAM. No principal can do more than
its policies allow: if the emulator cannot determine the resource of a request, only an Allow for
`"*"` applies, and every Deny applies.

The only resource policies that are evaluated are bucket policies of S3 and trust policies of roles.
Service control policies, resource control policies and S3 access points are not evaluated.
`aws:SecureTransport` is always true, because the loopback endpoint stands in for a TLS endpoint.
The context of a request contains condition keys of the principal, the most common global condition
keys for requests, and the condition keys of S3 and DynamoDB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from cognito_credentials._core.guest_policy import GUEST_SESSION_POLICY
from cognito_credentials._core.timestamps import iso_timestamp
from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front import error_responses as errors
from cognito_credentials.emulator.front.browsers import is_from_remote_page, is_from_web_page
from cognito_credentials.emulator.front.denials import explain_rejection
from cognito_credentials.emulator.front.principals import ANONYMOUS, LongTermKey, Principal
from cognito_credentials.emulator.front.signatures import covers_amz_headers, is_signed_with
from cognito_credentials.emulator.messages import ServiceRequest, Signature
from cognito_credentials.emulator.moto.bucket_permissions import BucketPermissions
from cognito_credentials.emulator.moto.dynamodb_keys import find_partition_key
from cognito_credentials.emulator.moto.iam import IamUser, MotoIam
from cognito_credentials.emulator.moto.resource_lookups import find_resource_arn
from cognito_credentials.emulator.moto.role_sessions import IssuedSession, MotoRoleSessions
from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.policy.dynamodb_actions import dynamodb_authorization_requests
from cognito_credentials.emulator.policy.evaluation import (
    AuthorizationRequest,
    PolicyDecision,
    PolicyDocument,
    evaluate,
)
from cognito_credentials.emulator.policy.explanations import NamedPolicies
from cognito_credentials.emulator.policy.generic_actions import generic_authorization_requests
from cognito_credentials.emulator.policy.patterns import Context
from cognito_credentials.emulator.policy.s3_actions import (
    s3_authorization_requests,
    split_bucket_and_key,
)
from cognito_credentials.emulator.quoting import quote

_BUCKET_POLICY_ACTIONS = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


class AccessControl:
    """Authenticates and authorizes requests for one account. Thread-safe.

    Args:
        moto: The account.
        sessions: The role sessions of the account.
        clock: The clock that determines when sessions and presigned URLs expire.
        administrator: The access key with all permissions.
        enforces_iam: If False, every access key has all permissions, as in plain moto. Even then,
            role sessions expire, and requests that web pages from other machines send need
            valid signatures.
    """

    def __init__(
        self,
        *,
        moto: MotoServices,
        sessions: MotoRoleSessions,
        clock: EmulatorClock,
        administrator: LongTermKey,
        enforces_iam: bool,
    ) -> None:
        self._moto = moto
        self._iam = MotoIam(moto)
        self._sessions = sessions
        self._clock = clock
        self._administrator = administrator
        self._enforces_iam = enforces_iam
        self._buckets = BucketPermissions(moto)

    def authenticate(self, request: ServiceRequest) -> Principal:
        """Return the principal that signed a request, or `ANONYMOUS`.

        Raises:
            AwsError: If the signature is missing, malformed, wrong or expired.
        """
        if request.signature_error is not None:
            raise request.signature_error
        signature = request.signature
        if signature is None:
            return self._accept_unsigned(request)
        principal, secret = self._find_signer(signature, request)
        if secret is not None and request.service == "s3" and not covers_amz_headers(signature):
            text = "There were headers present in the request which were not signed"
            raise errors.access_denied(request.protocol, text)
        if secret is not None and not is_signed_with(signature, secret):
            raise errors.invalid_signature(request.protocol).with_explanation(
                f"The signature was not made with the secret of {quote(signature.access_key_id)},"
                " or the request was changed after it was signed."
            )
        if signature.expires_at is not None and self._clock.now() >= signature.expires_at:
            text = "Request has expired"
            if signature.policy is not None:
                text = "Invalid according to Policy: Policy expired."
            raise errors.access_denied(request.protocol, text).with_explanation(
                _describe_expiry("The signature", signature.expires_at, self._clock.now())
            )
        return principal if self._enforces_iam else self._root()

    def authorize(self, principal: Principal, request: ServiceRequest) -> None:
        """Check that policies allow a request.

        Raises:
            AwsError: If the policies do not allow the request.
        """
        if request.service != "s3" and (
            principal.policies is None
            or request.is_public
            # AWS allows GetCallerIdentity even if a policy denies it.
            or (request.service, request.operation) == ("sts", "GetCallerIdentity")
        ):
            return
        needed = self._list_authorization_requests(request)
        if request.service == "s3":
            if any(map(self._buckets.belongs_to_other_account, needed)):
                raise errors.access_denied(request.protocol, "Access Denied").with_explanation(
                    "The bucket belongs to another emulator in this process."
                )
            if self._enforces_iam:
                self._buckets.disable_moto_bucket_policies(needed)
        self._authorize_all(principal, request, needed)

    def authorize_missing_object(self, principal: Principal, request: ServiceRequest) -> None:
        """Check that a principal is permitted to learn that an S3 object does not exist.

        Raises:
            AwsError: If the principal is not permitted to list the bucket. S3 then returns the same
                error as for an object that exists.
        """
        bucket, key = split_bucket_and_key(request.http)
        if key and request.http.method in ("GET", "HEAD") and self._buckets.has_bucket(bucket):
            arn = f"arn:{self._moto.partition}:s3:::{bucket}"
            self._authorize_all(principal, request, [AuthorizationRequest("s3:ListBucket", arn)])

    def _accept_unsigned(self, request: ServiceRequest) -> Principal:
        if request.is_public or (self._enforces_iam and request.service == "s3"):
            return ANONYMOUS
        if self._enforces_iam:
            raise errors.missing_signature(request.protocol)
        if is_from_web_page(request.http):
            text = "If IAM is not enforced, the emulator rejects unsigned requests from web pages"
            raise errors.access_denied(request.protocol, text)
        return self._root()

    def _find_signer(
        self, signature: Signature, request: ServiceRequest
    ) -> tuple[Principal, str | None]:
        """Return an access key's principal and secret; the secret None accepts any signature."""
        protocol = request.protocol
        key_id, token = signature.access_key_id, signature.session_token
        # A web page from another machine can make up an access key ID, but does not know the secret
        # of an existing key. The signatures of such requests are therefore always verified.
        verifies = self._enforces_iam or is_from_remote_page(request.http)
        session = self._sessions.find(key_id)
        if session is not None:
            # The token is checked first, because AWS reads the expiration of the session from the
            # token.
            if token != session.session_token and verifies:
                raise errors.invalid_session_token(protocol).with_explanation(
                    f"The session token {'is missing' if token is None else 'does not match'}:"
                    f" {quote(key_id)} is the key of a session of {session.assumed_role_arn}."
                )
            if self._clock.now() >= session.expiration:
                subject = f"The session of {session.assumed_role_arn}"
                raise errors.expired_token(protocol).with_explanation(
                    _describe_expiry(subject, session.expiration, self._clock.now())
                )
            if verifies:
                return self._make_session_principal(session), session.secret_access_key
        if not verifies:
            return self._root(), None
        if token is not None:
            raise errors.invalid_session_token(protocol).with_explanation(
                f"The account has no session with the access key {quote(key_id)}."
            )
        if key_id == self._administrator.access_key_id:
            return self._root(), self._administrator.secret_access_key
        user = self._iam.find_user(key_id)
        if user is None:
            raise errors.unknown_access_key(protocol).with_explanation(
                f"The account has no active access key {quote(key_id)}."
            )
        return self._make_user_principal(user), user.secret_access_key

    def _root(self) -> Principal:
        account, partition = self._moto.account_id, self._moto.partition
        arn = f"arn:{partition}:iam::{account}:root"
        return Principal(
            arn,
            account,
            None,
            context={
                "aws:userid": [account],
                "aws:principalarn": [arn],
                "aws:principalaccount": [account],
                "aws:principaltype": ["Account"],
            },
            names={"AWS": frozenset((account, arn))},
        )

    def _make_user_principal(self, user: IamUser) -> Principal:
        account = self._moto.account_id
        return Principal(
            arn=user.arn,
            user_id=user.id,
            policies=user.policies,
            context={
                "aws:username": [user.name],
                "aws:userid": [user.id],
                "aws:principalarn": [user.arn],
                "aws:principalaccount": [account],
                "aws:principaltype": ["User"],
            },
            names={"AWS": frozenset((account, self._root().arn, user.arn))},
        )

    def _make_session_principal(self, session: IssuedSession) -> Principal:
        role = self._iam.find_role(session.role_arn)
        if role is not None and role.id != session.role_id:
            role = None  # The role was deleted, and another role has the same name.
        limits: dict[str, NamedPolicies] = {}
        if session.policies:
            limits["session policy"] = _name_session_policies(session.policies)
        if role is not None and role.permissions_boundary_arn is not None:
            arn = role.permissions_boundary_arn
            boundary = self._iam.find_managed_policy(arn)
            name = f"permissions boundary '{arn}'"
            limits["permissions boundary"] = {} if boundary is None else {name: boundary}
        return Principal(
            arn=session.assumed_role_arn,
            user_id=session.assumed_role_id,
            # A deleted role has no permissions.
            policies={} if role is None else role.policies,
            limits=limits,
            context=session.context,
            names=session.principals,
            transitive_tags=session.transitive_tags,
        )

    def _authorize_all(
        self,
        principal: Principal,
        request: ServiceRequest,
        needed: Sequence[AuthorizationRequest],
    ) -> None:
        if not self._enforces_iam:
            return
        shared = {**self._make_global_context(request), **principal.context}
        for authorization in needed:
            full = replace(authorization, context={**shared, **authorization.context})
            reason = self._find_reason_to_deny(principal, request, full)
            if reason is not None:
                policy: NamedPolicies = {}
                if request.service == "s3":
                    policy = self._buckets.find_policy(full)
                error = _access_denied(principal, request, authorization, reason)
                raise error.with_explanation(*explain_rejection(principal, full, policy))

    def _find_reason_to_deny(
        self, principal: Principal, request: ServiceRequest, needed: AuthorizationRequest
    ) -> str | None:
        """Return the reason for denying an action, in AWS's wording; None if policies allow it."""
        own = PolicyDecision.ALLOWED
        if principal.policies is not None:
            own = evaluate(principal.policies.values(), needed)
        decisions = {"identity-based policy": own}
        for kind, limit in principal.limits.items():
            decisions[kind] = evaluate(limit.values(), needed)
        bucket = PolicyDecision.IMPLICIT_DENY
        if request.service == "s3" and not (
            # As in AWS, the root user can still change a bucket policy that denies access to all
            # principals.
            principal.policies is None and needed.action in _BUCKET_POLICY_ACTIONS
        ):
            named = replace(needed, principals=principal.names)
            bucket = self._buckets.evaluate(named, request.http)
        for kind, decision in {**decisions, "resource-based policy": bucket}.items():
            if decision is PolicyDecision.EXPLICIT_DENY:
                return f"with an explicit deny in {'an' if kind[0] == 'i' else 'a'} {kind}"
        if bucket is PolicyDecision.ALLOWED:
            del decisions["identity-based policy"]
        for kind, decision in reversed(decisions.items()):
            if decision is not PolicyDecision.ALLOWED:
                return f"because no {kind} allows the {needed.action} action"
        return None

    def _list_authorization_requests(
        self, request: ServiceRequest
    ) -> Sequence[AuthorizationRequest]:
        moto = self._moto
        if request.service == "s3":
            return s3_authorization_requests(request.http, moto.partition)
        prefix = f"arn:{moto.partition}:{request.service}:{request.region}:{moto.account_id}:"
        target = request.http.header("X-Amz-Target")
        if request.service == "dynamodb" and not target.startswith("DynamoDBStreams"):
            return dynamodb_authorization_requests(
                request.operation,
                request.parameters,
                arn_prefix=prefix,
                find_partition_key=lambda table, index: find_partition_key(
                    moto, request.region, table, index
                ),
            )
        operation, parameters = request.operation, request.parameters
        if not operation:
            # If moto does not know the operation, use an action name that only wildcards match.
            operation, parameters = moto.find_rest_operation(request) or ("Unknown", {})
        return tuple(
            generic_authorization_requests(
                request.service,
                operation,
                parameters,
                prefix,
                partial(find_resource_arn, moto, request.region),
            )
        )

    def _make_global_context(self, request: ServiceRequest) -> Context:
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        context: dict[str, Sequence[str]] = {
            "aws:currenttime": [now.isoformat()],
            "aws:epochtime": [str(int(now.timestamp()))],
            "aws:requestedregion": [request.region],
            "aws:securetransport": ["true"],
            "aws:sourceip": ["127.0.0.1"],
            "aws:viaawsservice": ["false"],
            "aws:principalisawsservice": ["false"],
        }
        for header, key in (("User-Agent", "aws:useragent"), ("Referer", "aws:referer")):
            if request.http.header(header):
                context[key] = [request.http.header(header)]
        return context


def _describe_expiry(subject: str, expires_at: float, now: float) -> str:
    return (
        f"{subject} expired at {iso_timestamp(expires_at)}, {now - expires_at:.0f} seconds before"
        " the request."
    )


def _name_session_policies(documents: Sequence[PolicyDocument]) -> NamedPolicies:
    return {
        "session policy that Amazon Cognito applies to guests"
        if document is GUEST_SESSION_POLICY
        else f"session policy number {number}": document
        for number, document in enumerate(documents, start=1)
    }


def _access_denied(
    principal: Principal, request: ServiceRequest, needed: AuthorizationRequest, reason: str
) -> AwsError:
    if principal is ANONYMOUS:
        return errors.access_denied(request.protocol, "Access Denied")
    resource = ""
    if needed.resource is not None:
        name = f'"{needed.resource}"' if request.service == "s3" else needed.resource
        resource = f" on resource: {name}"
    text = f"User: {principal.arn} is not authorized to perform: {needed.action}"
    return errors.access_denied(request.protocol, f"{text}{resource} {reason}")
