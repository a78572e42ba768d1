"""The creation of the resources that a configuration file declares."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_credentials.emulator.account import EmulatedAccount
from cognito_credentials.emulator.configuration.model import (
    Configuration,
    DeclaredOidcProvider,
    DeclaredPool,
)
from cognito_credentials.emulator.configuration.roles import USERS, DeclaredMapping
from cognito_credentials.emulator.configuration.tables import Table
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.furnishing.access import get_client
from cognito_credentials.emulator.furnishing.identity_pools import IdentityPool
from cognito_credentials.emulator.furnishing.pool_creation import (
    GUESTS,
    SIGNED_IN,
    create_role,
    create_user_pool,
)
from cognito_credentials.emulator.moto import fixed_ids
from cognito_credentials.logins import user_pool

if TYPE_CHECKING:
    from cognito_credentials.emulator.server import Emulator

_SUBJECTS = uuid.UUID("6f0f6c5e-5f0b-4a53-9d0c-0e5f5a1f7a54")


def create_declared(
    configuration: Configuration, emulator: Emulator, account: EmulatedAccount
) -> None:
    """Create everything that a configuration declares.

    The account must be empty, apart from the contents of a state file. An identity pool in the
    state file gets the declared settings and roles, and retains its identities.

    Raises:
        ConfigurationError: If a service rejects a value; the message names the file, the line and
            the key.
    """
    for provider in configuration.oidc_providers:
        with _describe_errors(provider.table):
            _create_oidc_provider(provider, emulator)
    for saml_provider in configuration.saml_providers:
        with _describe_errors(saml_provider.table):
            get_client(emulator, "iam").create_saml_provider(
                Name=saml_provider.name, SAMLMetadataDocument=saml_provider.metadata
            )
    for pool in configuration.pools:
        with _describe_errors(pool.table):
            _create_pool(pool, emulator, account)
    for bucket in configuration.buckets:
        with _describe_errors(bucket.table):
            emulator.create_bucket(bucket.name, bucket.objects)
    for table in configuration.tables:
        with _describe_errors(table.table):
            emulator.create_table(
                table.name, key=table.key, sort_key=table.sort_key, items=table.items
            )


class _ProviderKeys:
    """The keys that AWS operations use for the login providers of a pool."""

    def __init__(self, emulator: Emulator, pool: DeclaredPool) -> None:
        self._prefix = f"arn:aws:iam::{emulator.account_id}:"
        self._pool = pool
        self.user_pool = self.client_id = ""

    def oidc_arn(self, url: str) -> str:
        return f"{self._prefix}oidc-provider/{url.partition('://')[2]}"

    def saml_arn(self, name: str) -> str:
        return f"{self._prefix}saml-provider/{name}"

    def mapping_key(self, provider: str) -> str:
        """Return the key in role mappings."""
        return f"{self.user_pool}:{self.client_id}" if provider == USERS else self.tag_key(provider)

    def tag_key(self, provider: str) -> str:
        """Return the key in principal tag maps."""
        if provider == USERS:
            return self.user_pool
        if provider in self._pool.oidc_providers:
            return self.oidc_arn(provider)
        return self.saml_arn(provider) if provider in self._pool.saml_providers else provider


def _create_oidc_provider(provider: DeclaredOidcProvider, emulator: Emulator) -> None:
    get_client(emulator, "iam").create_open_id_connect_provider(
        Url=provider.url, ClientIDList=provider.client_ids, ThumbprintList=["0" * 40]
    )
    if provider.local_issuer is not None:
        emulator.add_oidc_issuer(provider.url, provider.local_issuer)


def _create_pool(pool: DeclaredPool, emulator: Emulator, account: EmulatedAccount) -> None:
    keys = _ProviderKeys(emulator, pool)
    settings = {
        **pool.settings,
        "IdentityPoolName": pool.name,
        "AllowUnauthenticatedIdentities": pool.guests is not None,
        "OpenIdConnectProviderARNs": [keys.oidc_arn(url) for url in pool.oidc_providers],
        "SamlProviderARNs": [keys.saml_arn(name) for name in pool.saml_providers],
    }
    user_pool_id = client_id = None
    if pool.users is not None:
        user_pool_id, client_id = _create_user_pool(pool, emulator, account)
        provider = {"ProviderName": user_pool(user_pool_id), "ClientId": client_id}
        settings["CognitoIdentityProviders"] = [provider]
        keys.user_pool, keys.client_id = user_pool(user_pool_id), client_id
    account.identity_service.put_pool(pool.id, settings)
    with _describe_errors(pool.table, "guests"):
        guest_role_arn = create_role(emulator, pool.id, pool.name, GUESTS, pool.guests)
    with _describe_errors(pool.table, "signed_in"):
        signed_in_role_arn = create_role(emulator, pool.id, pool.name, SIGNED_IN, pool.signed_in)
    created = IdentityPool(
        emulator,
        pool_id=pool.id,
        guest_role_arn=guest_role_arn,
        signed_in_role_arn=signed_in_role_arn,
        user_pool_id=user_pool_id,
        client_id=client_id,
    )
    role_arns = _create_roles(pool, emulator)
    roles = {"unauthenticated": created.guest_role_arn, "authenticated": created.signed_in_role_arn}
    perform = partial(account.identity_service.perform, region=pool.id.partition(":")[0])
    with _describe_errors(pool.table, "role_mappings"):
        parameters: dict[str, Any] = {
            "IdentityPoolId": pool.id,
            "Roles": {kind: arn for kind, arn in roles.items() if arn is not None},
            "RoleMappings": {
                keys.mapping_key(mapping.provider): _make_mapping(mapping, role_arns)
                for mapping in pool.role_mappings
            },
        }
        perform("SetIdentityPoolRoles", parameters)
    with _describe_errors(pool.table, "principal_tags"):
        tag_maps = {keys.tag_key(name): tags for name, tags in pool.principal_tags.items()}
        # A pool in the state file may have maps that the configuration file no longer declares.
        (current,) = (each for each in account.identity_service.list_pools() if each.id == pool.id)
        removed: dict[str, Mapping[str, str]] = {key: {} for key in current.principal_tags}
        for key, tags in (removed | tag_maps).items():
            parameters = {
                "IdentityPoolId": pool.id,
                "IdentityProviderName": key,
                "PrincipalTags": tags,
            }
            perform("SetPrincipalTagAttributeMap", parameters)
    _create_users(pool, created, role_arns, emulator, account)


def _create_roles(pool: DeclaredPool, emulator: Emulator) -> Mapping[str, str]:
    """Create the roles for role mappings and groups, and return their ARNs by name."""
    arns: dict[str, str] = {}
    for name, statements in pool.roles.items():
        with _describe_errors(pool.table.get_table("roles"), name):
            arn = create_role(emulator, pool.id, pool.name, SIGNED_IN, statements, suffix=name)
            arns[name] = str(arn)
    return arns


def _make_mapping(mapping: DeclaredMapping, role_arns: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a role mapping as a parameter of SetIdentityPoolRoles."""
    made: dict[str, Any] = {
        "Type": "Token" if mapping.rules is None else "Rules",
        "AmbiguousRoleResolution": mapping.ambiguous_role,
    }
    if mapping.rules is not None:
        made["RulesConfiguration"] = {
            "Rules": [
                {
                    "Claim": rule.claim,
                    "MatchType": rule.match,
                    "Value": rule.value,
                    "RoleARN": role_arns[rule.role],
                }
                for rule in mapping.rules
            ]
        }
    return made


def _create_users(
    pool: DeclaredPool,
    created: IdentityPool,
    role_arns: Mapping[str, str],
    emulator: Emulator,
    account: EmulatedAccount,
) -> None:
    users = get_client(emulator, "cognito-idp")
    user_pool_id = created.user_pool_id
    for group in dict.fromkeys(group for user in pool.users or () for group in user.groups):
        users.create_group(GroupName=group, UserPoolId=user_pool_id, RoleArn=role_arns[group])
    for user in pool.users or ():
        with _describe_errors(user.table):
            created.create_user(user.name, attributes=user.attributes, password=user.password)
            for group in user.groups:
                users.admin_add_user_to_group(
                    GroupName=group, UserPoolId=user_pool_id, Username=user.name
                )
            subject = str(uuid.uuid5(_SUBJECTS, f"{user_pool_id}/{user.name}"))
            fixed_ids.set_subject(account.moto, str(user_pool_id), user.name, subject)


def _create_user_pool(
    pool: DeclaredPool, emulator: Emulator, account: EmulatedAccount
) -> tuple[str, str]:
    """Create a user pool with IDs that are the same at each start."""
    prefix = f"{emulator.region}_"
    digest = hashlib.sha256(pool.id.encode()).hexdigest()
    user_pool_id = pool.user_pool_id or prefix + digest[:9]
    if not user_pool_id.startswith(prefix):
        raise pool.table.error(
            "user_pool_id",
            f"must begin with the region of the emulator, {prefix}",
            hint="Correct the ID, or start the emulator with the region of the user pool.",
        )
    client_id = pool.client_id or digest[9:35]
    random_pool_id, random_client_id = create_user_pool(emulator, pool.name)
    fixed_ids.set_user_pool_ids(
        account.moto,
        (random_pool_id, random_client_id),
        (user_pool_id, client_id),
    )
    return user_pool_id, client_id


@contextlib.contextmanager
def _describe_errors(table: Table, name: str | None = None) -> Generator[None]:
    """Convert service errors to errors that name a table or one of its values."""
    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        reason = f"{details.get('Code')}: {details.get('Message')}"
    except AwsError as error:
        reason = f"{error.code}: {error.message}"
    except (BotoCoreError, fixed_ids.ExistingIdError) as error:
        reason = str(error)
    else:
        return
    raise table.error(
        name, f"is rejected: {reason}", hint="Correct the value that the message names."
    ) from None
