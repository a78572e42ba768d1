"""Validation of the policies that requests store; moto accepts some policies that AWS rejects."""

from __future__ import annotations

from urllib.parse import parse_qs

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.messages import ServiceRequest
from cognito_credentials.emulator.moto.iam import MotoIam
from cognito_credentials.emulator.policy.documents import PolicyKind, check_policy
from cognito_credentials.emulator.policy.s3_actions import split_bucket_and_key

_POLICY_PARAMETERS = {
    "CreatePolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "CreatePolicyVersion": ("PolicyDocument", PolicyKind.IDENTITY),
    "CreateRole": ("AssumeRolePolicyDocument", PolicyKind.TRUST),
    "PutGroupPolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "PutRolePolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "PutUserPolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "UpdateAssumeRolePolicy": ("PolicyDocument", PolicyKind.TRUST),
}

# The quotas of IAM, in characters without white space (IAM user guide, "IAM and AWS STS quotas"). The
# quotas for inline policies apply to all inline policies of a user, group or role together. AWS sent
# the messages in amplify-cli#4369 (role), cloud-platform-environments#14473 (managed policy) and
# kubeflow#6687 (trust policy); those for users and groups are inferred from the message for roles.
_INLINE_POLICY_QUOTAS = {
    "PutGroupPolicy": ("group", "GroupName", 5_120),
    "PutRolePolicy": ("role", "RoleName", 10_240),
    "PutUserPolicy": ("user", "UserName", 2_048),
}
_MANAGED_POLICY_QUOTA = ("PolicyDocument", "PolicySize", 6_144)
_POLICY_QUOTAS = {
    "CreatePolicy": _MANAGED_POLICY_QUOTA,
    "CreatePolicyVersion": _MANAGED_POLICY_QUOTA,
    "CreateRole": ("AssumeRolePolicyDocument", "ACLSizePerRole", 2_048),
    "UpdateAssumeRolePolicy": ("PolicyDocument", "ACLSizePerRole", 2_048),
}


def check_stored_policy(request: ServiceRequest) -> None:
    """Check the policy in a request that stores a policy; do nothing for all other requests.

    Raises:
        AwsError: If the policy is malformed.
    """
    if request.service == "iam" and request.operation in _POLICY_PARAMETERS:
        name, kind = _POLICY_PARAMETERS[request.operation]
        if name in request.parameters:
            check_policy(request.parameters[name], kind)
    elif request.service == "s3" and request.http.method == "PUT":
        bucket, key = split_bucket_and_key(request.http)
        if bucket and not key and "policy" in parse_qs(request.http.query, keep_blank_values=True):
            check_policy(request.http.body, PolicyKind.BUCKET)


def check_policy_size(request: ServiceRequest, iam: MotoIam) -> None:
    """Check the size of the policy in a request to IAM; do nothing for all other requests.

    Raises:
        AwsError: If the policy exceeds a quota of IAM.
    """
    if request.service != "iam":
        return
    if request.operation in _POLICY_QUOTAS:
        parameter, quota_name, quota = _POLICY_QUOTAS[request.operation]
        if _count_characters(request.parameters.get(parameter, "")) > quota:
            raise _limit_exceeded(f"Cannot exceed quota for {quota_name}: {quota}")
    elif request.operation in _INLINE_POLICY_QUOTAS:
        kind, parameter, quota = _INLINE_POLICY_QUOTAS[request.operation]
        name = request.parameters.get(parameter, "")
        stored = iam.find_inline_policies(kind, name)
        if stored is None:
            return  # moto rejects the request.
        policies = dict(stored)
        policies[request.parameters.get("PolicyName", "")] = request.parameters.get(
            "PolicyDocument", ""
        )
        if sum(map(_count_characters, policies.values())) > quota:
            text = f"Maximum policy size of {quota} bytes exceeded for {kind} {name}"
            raise _limit_exceeded(text)


def _count_characters(policy: str) -> int:
    return sum(map(len, policy.split()))


def _limit_exceeded(text: str) -> AwsError:
    return AwsError("LimitExceeded", text, 409)
