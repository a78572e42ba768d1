"""The creation of the resources that a configuration file declares."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Generator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cognito_credentials.emulator.account import EmulatedAccount
from cognito_credentials.emulator.configuration.model import (
    Configuration,
    DeclaredOidcProvider,
    DeclaredPool,
)
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
    for pool in configuration.pools:
        with _describe_errors(pool.table):
            _create_pool(pool, emulator, account)
    for bucket in configuration.buckets:
        with _describe_errors(bucket.table):
            emulator.create_bucket(bucket.name, bucket.objects)


def _create_oidc_provider(provider: DeclaredOidcProvider, emulator: Emulator) -> None:
    get_client(emulator, "iam").create_open_id_connect_provider(
        Url=provider.url, ClientIDList=provider.client_ids, ThumbprintList=["0" * 40]
    )
    if provider.local_issuer is not None:
        emulator.add_oidc_issuer(provider.url, provider.local_issuer)


def _create_pool(pool: DeclaredPool, emulator: Emulator, account: EmulatedAccount) -> None:
    arn_prefix = f"arn:aws:iam::{emulator.account_id}:oidc-provider/"
    settings = {
        **pool.settings,
        "IdentityPoolName": pool.name,
        "AllowUnauthenticatedIdentities": pool.guests is not None,
        "OpenIdConnectProviderARNs": [
            arn_prefix + url.partition("://")[2] for url in pool.oidc_providers
        ],
    }
    user_pool_id = client_id = None
    if pool.users is not None:
        user_pool_id, client_id = _create_user_pool(pool, emulator, account)
        provider = {"ProviderName": user_pool(user_pool_id), "ClientId": client_id}
        settings["CognitoIdentityProviders"] = [provider]
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
    roles = {"unauthenticated": created.guest_role_arn, "authenticated": created.signed_in_role_arn}
    account.identity_service.perform(
        "SetIdentityPoolRoles",
        {
            "IdentityPoolId": pool.id,
            "Roles": {kind: arn for kind, arn in roles.items() if arn is not None},
        },
        pool.id.partition(":")[0],
    )
    for user in pool.users or ():
        with _describe_errors(user.table):
            created.create_user(user.name, attributes=user.attributes, password=user.password)
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
    """Convert errors of services to errors that name a table or one of its values."""
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
