"""Next steps for errors about roles, trust policies and flows.

The module `next_steps` contains the next steps for all other errors.
"""

from __future__ import annotations

from cognito_credentials._core.error_catalog.context_facts import provider_names, roles_in_tokens
from cognito_credentials._core.error_catalog.trust_policy import describe_trust_policy
from cognito_credentials._core.hints import Hint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.call_context import CallContext


def choose_role(context: CallContext) -> str:
    """Return the hint for a user to whom the role mapping assigns no role."""
    roles = ", ".join(roles_in_tokens(context))
    if context.role_arn is not None:
        if roles:
            return Hint(
                "Set {custom_role_arn} to one of the roles that the token lists: {roles}. {role!r} is not "
                "one of them. If the identity pool chooses roles by rules, omit {custom_role_arn}.",
                role=context.role_arn,
                roles=roles,
            )
        return Hint(
            "Omit {custom_role_arn}, or add the user to a group that has the role {role!r}. The token "
            "lists no role.",
            role=context.role_arn,
        )
    if roles:
        return Hint(
            "Set {custom_role_arn} to one of the roles that the token lists: {roles}. The identity pool "
            "cannot choose between them.",
            roles=roles,
        )
    return (
        "Add the user to a group that has a role, add a role mapping rule, or let the role mapping use "
        "the default role. No rule matches this user, and the token lists no role."
    )


ENABLE_BASIC_FLOW = Hint(
    "Omit {basic_flow}, or enable the basic flow (console: Identity pool properties, Basic (classic) "
    "authentication; API: AllowClassicFlow)."
)

REMOVE_ROLE_MAPPINGS = Hint(
    "Omit {basic_flow}, or remove the role mappings for all login providers from the identity pool "
    "(console: User access, the provider, Role settings)."
)

CALL_DEVELOPER_OPERATION = Hint(
    "In your back end, pass logins=DeveloperIdentity(identity_pool_id, provider_name, user). "
    "In any other program, pass logins=DeveloperIdentity(...) with a function that requests the "
    "identity ID and the token from your back end.",
    for_command="Pass the ID token from the provider that signed the user in. This command does not "
    "support developer-authenticated identities.",
)

USE_ROLE_ARN = Hint(
    "Set {custom_role_arn} to the full ARN of the role, for example "
    "arn:aws:iam::123456789012:role/NAME."
)

OMIT_CUSTOM_ROLE = Hint(
    "Omit {custom_role_arn}, or let the identity pool take the role from the token (console: User "
    "access, the provider, Role settings). Guests, and users of a pool that chooses roles by "
    "rules, cannot request a custom role."
)


def correct_parameter(context: CallContext) -> str:
    """Return the hint for a parameter that the service rejected."""
    if context.role_arn is None:
        return "Correct the parameter that the message names."
    return OMIT_CUSTOM_ROLE


def allow_audience(context: CallContext) -> str:
    """Return the hint for a token whose audience AWS STS does not accept."""
    if context.role_arn is not None:
        # The library sends AWS STS only tokens that an identity pool issued.
        return describe_trust_policy(context)
    return (
        "Add the audience (aud) of the token to the audiences of the IAM identity provider for its issuer. "
        f"If an identity pool issued the token: {describe_trust_policy(context)}"
    )


def set_pool_role(context: CallContext) -> str:
    """Return the hint for an identity pool without a usable role."""
    identities = "authenticated identities" if provider_names(context) else "guests"
    if context.logins is None:
        identities = "this kind of identity"
    return (
        f"Set a role for {identities} in the identity pool; the role must exist in the pool's account. "
        f"{describe_trust_policy(context)}"
    )
