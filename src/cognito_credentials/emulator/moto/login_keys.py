"""What the emulator knows of login providers: moto's user pools and issuers given by tests."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cognito_credentials.emulator.identity.ports import EmulatorClock
    from cognito_credentials.emulator.moto.services import MotoServices

_USER_POOL = re.compile(r"https://cognito-idp\.([\w-]+)\.amazonaws\.com(?:\.cn)?/([\w-]+)")


class MotoLoginKeys:
    """Answer ``ports.LoginKeys`` from moto's state. Thread-safe."""

    def __init__(self, moto: MotoServices, clock: EmulatorClock) -> None:
        self._moto = moto
        self._clock = clock
        self._issuers: dict[str, Mapping[str, Any]] = {}
        # (user pool id, sub) -> when the user was last signed out everywhere
        self._sign_outs: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def add_oidc_issuer(self, issuer: str, key_set: Mapping[str, Any]) -> None:
        """Publish ``key_set`` (a JWKS) for ``issuer`` (its URL); again: replace it."""
        with self._lock:
            self._issuers[issuer.rstrip("/")] = key_set

    def key_set(self, issuer: str) -> Mapping[str, Any] | None:
        """Return the JWKS of ``issuer``, None where neither moto nor a test knows it."""
        known = self._issuers.get(issuer.rstrip("/"))
        if known is not None:
            return known
        if self._user_pool(issuer) is None:
            return None
        # moto signs for every user pool with the one key that it publishes.
        from moto.utilities.utils import load_resource

        key_set: Mapping[str, Any] = load_resource("cognitoidp/resources/jwks-public.json")
        return key_set

    def oidc_client_ids(self, provider_arn: str) -> Sequence[str]:
        """Return the client ids of an IAM OIDC provider; raises ``KeyError``."""
        return tuple(self._moto.iam.open_id_providers[provider_arn].client_id_list)

    def signed_out_since(self, issuer: str, subject: str, auth_time: float) -> bool:
        """Say whether the user is gone, disabled, or was signed out after ``auth_time``."""
        pool = self._user_pool(issuer)
        if pool is None:
            return True
        user = next((user for user in tuple(pool.users.values()) if user.id == subject), None)
        if user is None or not user.enabled:
            return True
        signed_out = self._sign_outs.get((pool.id, subject), 0.0)
        if int(signed_out) != int(auth_time):
            return signed_out > auth_time
        # The token tells whole seconds only. In the second of the sign-out, a user who holds
        # an access token again has signed in after it.
        return all(username != user.username for _, username in tuple(pool.access_tokens.values()))

    def note_sign_out(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Write down when a user was signed out everywhere; moto keeps no such time.

        Call it with the operation's input before moto does it (an access token is gone after).
        """
        if operation == "AdminUserGlobalSignOut":
            pool_id, name = parameters.get("UserPoolId"), parameters.get("Username")
            pools = [pool for pool in self._user_pools() if pool.id == pool_id]
        elif operation == "GlobalSignOut":
            token = parameters.get("AccessToken")
            pools = [pool for pool in self._user_pools() if token in pool.access_tokens]
            name = pools[0].access_tokens[token][1] if pools else None
        else:
            return
        for pool in pools:
            user = pool.users.get(name)
            if user is not None:
                with self._lock:
                    self._sign_outs[pool.id, user.id] = self._clock.now()

    def _user_pools(self) -> Iterable[Any]:
        for backend in tuple(self._moto.backends("cognito-idp").values()):
            yield from tuple(backend.user_pools.values())

    def _user_pool(self, issuer: str) -> Any:
        match = _USER_POOL.fullmatch(issuer)
        if match is None:
            return None
        pools = (pool for pool in self._user_pools() if (pool.region, pool.id) == match.groups())
        return next(pools, None)
