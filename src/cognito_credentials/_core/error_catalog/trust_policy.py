"""The trust policy that an identity pool's role needs, as a sentence and as an IAM document."""

from __future__ import annotations

from cognito_credentials._core.endpoints import get_developer_provider_name
from cognito_credentials._core.error_catalog.context_facts import provider_names, region_of_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.call_context import CallContext

__all__ = ["describe_trust_policy", "trust_policy"]


def describe_trust_policy(context: CallContext) -> str:
    """Return a sentence that states what the role's trust policy must allow."""
    principal, pool = _principal_and_pool(context)
    amr = f'"{_kind_of_identity(context)}"'
    if context.logins is None:
        amr = '"authenticated", or "unauthenticated" for guests'
    return (
        f"In the trust policy of {context.role_arn or 'the role'}, allow the Principal "
        f'{{"Federated": "{principal}"}} the action sts:AssumeRoleWithWebIdentity (and '
        "sts:TagSession if the identity pool maps claims to tags), under the conditions StringEquals "
        f'"{principal}:aud": "{pool}" and ForAnyValue:StringLike "{principal}:amr": {amr}.'
    )


def trust_policy(context: CallContext) -> dict[str, Any]:
    """Return the trust policy as an IAM policy document."""
    principal, pool = _principal_and_pool(context)
    actions = ["sts:AssumeRoleWithWebIdentity"]
    if provider_names(context):  # A guest has no claims that could become tags.
        actions.append("sts:TagSession")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": principal},
                "Action": actions,
                "Condition": {
                    "StringEquals": {f"{principal}:aud": pool},
                    "ForAnyValue:StringLike": {f"{principal}:amr": _kind_of_identity(context)},
                },
            }
        ],
    }


def _kind_of_identity(context: CallContext) -> str:
    return "authenticated" if provider_names(context) else "unauthenticated"


def _principal_and_pool(context: CallContext) -> tuple[str, str]:
    principal = get_developer_provider_name(region_of_call(context, unknown="us-east-1"))
    return principal, context.identity_pool_id or "the identity pool ID"
