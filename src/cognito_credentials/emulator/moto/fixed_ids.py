"""User pools with IDs that do not change when the emulator starts again.

AWS and moto choose random IDs. However, the identities in a state file refer to the user pool ID
and to the `sub` of each user.
"""

from __future__ import annotations

from typing import Any

from cognito_credentials.emulator.moto.services import MotoServices


class ExistingIdError(Exception):
    """Error for an ID that another user pool or client already has."""


def set_user_pool_ids(moto: MotoServices, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Change the IDs of a new user pool and of its only client.

    Args:
        moto: The services of moto.
        old: The ID of the user pool and the ID of the client.
        new: The IDs that replace them.

    Raises:
        ExistingIdError: If another user pool or client has one of the IDs.
    """
    pools = _user_pools(moto)
    pool_id, client_id = new
    if pool_id in pools:
        raise ExistingIdError(f"there is another user pool with the ID {pool_id}")
    if any(client_id in pool.clients for pool in pools.values()):
        raise ExistingIdError(f"there is another user pool client with the ID {client_id}")
    pool = pools.pop(old[0])
    client = pool.clients.pop(old[1])
    pool.id = client.user_pool_id = pool_id
    pool.arn = f"{pool.arn.rpartition('/')[0]}/{pool_id}"
    client.id = client_id
    pool.clients[client_id] = client
    pools[pool_id] = pool


def set_subject(moto: MotoServices, user_pool_id: str, name: str, subject: str) -> None:
    """Change the `sub` of a new user."""
    user = _user_pools(moto)[user_pool_id].users[name]
    user.id = subject
    user.update_attributes([{"Name": "sub", "Value": subject}])


def _user_pools(moto: MotoServices) -> Any:
    return moto.backends("cognito-idp")[moto.region].user_pools
