"""The AWS operations that create an identity pool, its roles and its user pool."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog.trust_policy import trust_policy
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.emulator.argument_checks import check_type
from cognito_credentials.emulator.furnishing.access import AdministratorAccess, get_client
from cognito_credentials.emulator.furnishing.identity_pools import IdentityPool
from cognito_credentials.emulator.furnishing.resource_names import STANDARD_ATTRIBUTES
from cognito_credentials.emulator.furnishing.statements import check_statements, policy_document
from cognito_credentials.logins import user_pool

Statements = Sequence[Mapping[str, Any]]

# The kinds of identities; the name of each role ends with the kind of its identities.
GUESTS, SIGNED_IN = "guest", "signed-in"
MAX_ROLE_NAME_LENGTH = 64

SIGN_IN_FLOWS = [
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
]


def create_identity_pool(
    emulator: AdministratorAccess,
    name: str,
    *,
    guests: Statements | None,
    signed_in: Statements | None,
    parameters: Mapping[str, Any],
) -> IdentityPool:
    """Create an identity pool with a role for each kind of identity that it allows.

    Args:
        emulator: The emulator.
        name: The name of the identity pool and of the user pool, and the prefix of the role names.
        guests: The permissions of guests; None if the pool does not allow guests.
        signed_in: The permissions of users; None if the pool does not allow users.
        parameters: Further parameters of CreateIdentityPool.

    Raises:
        TypeError: If `guests` or `signed_in` is not a list of statements, or
            `CognitoIdentityProviders` is not a list.
        ValueError: If the pool would allow no identities, or a statement is invalid.
    """
    if guests is None and signed_in is None:
        raise ValueError(
            "the identity pool would allow no identities; pass guests, signed_in or both: a list of"
            " policy statements, or [] for identities without permissions"
        )
    check_statements(guests, "guests")
    check_statements(signed_in, "signed_in")
    providers = parameters.get("CognitoIdentityProviders", [])
    check_type("CognitoIdentityProviders", providers, list | tuple, "a list of dicts")
    providers = [*providers]
    user_pool_id = client_id = None
    if signed_in is not None:
        user_pool_id, client_id = create_user_pool(emulator, name)
        providers.append({"ProviderName": user_pool(user_pool_id), "ClientId": client_id})
    identities = get_client(emulator, "cognito-identity")
    pool_id: str = identities.create_identity_pool(
        IdentityPoolName=name,
        AllowUnauthenticatedIdentities=guests is not None,
        **{**parameters, "CognitoIdentityProviders": providers},
    )["IdentityPoolId"]
    pool = IdentityPool(
        emulator,
        pool_id=pool_id,
        guest_role_arn=create_role(emulator, pool_id, name, GUESTS, guests),
        signed_in_role_arn=create_role(emulator, pool_id, name, SIGNED_IN, signed_in),
        user_pool_id=user_pool_id,
        client_id=client_id,
    )
    roles = {"unauthenticated": pool.guest_role_arn, "authenticated": pool.signed_in_role_arn}
    identities.set_identity_pool_roles(
        IdentityPoolId=pool_id, Roles={kind: arn for kind, arn in roles.items() if arn}
    )
    return pool


def create_user_pool(emulator: AdministratorAccess, name: str) -> tuple[str, str]:
    """Create a user pool, and return its ID and the ID of its client."""
    users = get_client(emulator, "cognito-idp")
    user_pool_id: str = users.create_user_pool(PoolName=name)["UserPool"]["Id"]
    client = users.create_user_pool_client(
        UserPoolId=user_pool_id,
        ClientName=name,
        ExplicitAuthFlows=SIGN_IN_FLOWS,
        # By default, a client may read all standard attributes in AWS, but none in moto.
        ReadAttributes=list(STANDARD_ATTRIBUTES),
    )
    return user_pool_id, client["UserPoolClient"]["ClientId"]


def create_role(
    emulator: AdministratorAccess,
    pool_id: str,
    pool_name: str,
    kind: str,
    statements: Statements | None,
    *,
    suffix: str | None = None,
) -> str | None:
    """Create a role for guests or for signed-in users, and return its ARN.

    Args:
        emulator: The emulator.
        pool_id: The identity pool ID.
        pool_name: The name of the identity pool, which is the prefix of the role name.
        kind: `GUESTS` or `SIGNED_IN`.
        statements: The permissions. If None, no role is created, and None is returned.
        suffix: The part of the role name that follows the pool name. Default: `kind`.
    """
    if statements is None:
        return None
    iam = get_client(emulator, "iam")
    # The trust policy depends on whether there are logins, but not on their providers.
    logins = {"provider": ""} if kind == SIGNED_IN else {}
    context = CallContext(identity_pool_id=pool_id, logins=ResolvedLogins(logins))
    trust = json.dumps(trust_policy(context))
    name = _role_name(pool_name, f"-{suffix or kind}")
    try:
        created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    except iam.exceptions.EntityAlreadyExistsException:  # Another identity pool has the same name.
        name = _role_name(pool_name, f"-{suffix or kind}-{pool_id.partition(':')[2]}")
        created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    arn: str = created["Role"]["Arn"]
    if statements:
        iam.put_role_policy(
            RoleName=name, PolicyName="permissions", PolicyDocument=policy_document(statements)
        )
    return arn


def _role_name(pool_name: str, suffix: str) -> str:
    """Return a valid role name. Names of identity pools can be longer and can contain spaces."""
    return re.sub(r"\s", "-", pool_name)[: MAX_ROLE_NAME_LENGTH - len(suffix)] + suffix
