"""Validation of the policies that requests store; moto accepts some policies that AWS rejects."""

from __future__ import annotations

from urllib.parse import parse_qs

from cognito_credentials.emulator.messages import ServiceRequest
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
