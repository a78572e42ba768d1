"""Login providers of the emulator: moto's user pools, and issuers added by tests."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from moto.utilities.utils import load_resource

from cognito_credentials._core.loopback import is_loopback_url
from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.issuer_keys import IssuerKeys
from cognito_credentials.emulator.moto.services import MotoServices

_USER_POOL_ISSUER = re.compile(r"https://cognito-idp\.([\w-]+)\.amazonaws\.com(?:\.cn)?/([\w-]+)")


class MotoLoginProviders:
    """Implementation of `LoginProviders` with the state of moto. Thread-safe.

    Args:
        moto: The services that moto implements.
        clock: The clock of the emulator.
        issuer_keys: The keys that issuers publish.
        find_own_keys: Function that returns the JWKS of the emulator's own issuer without sending a
            request, and None for any other issuer.
    """

    def __init__(
        self,
        moto: MotoServices,
        clock: EmulatorClock,
        issuer_keys: IssuerKeys,
        find_own_keys: Callable[[str], Mapping[str, Any] | None] = lambda _issuer: None,
    ) -> None:
        self._moto = moto
        self._clock = clock
        self._issuer_keys = issuer_keys
        self._find_own_keys = find_own_keys
        # Maps each issuer to its JWKS.
        self._key_sets: dict[str, Mapping[str, Any]] = {}
        # Maps each issuer to its substitute.
        self._substitutes: dict[str, str] = {}
        # Maps each issuer to the key with which the emulator signs tokens in place of the issuer.
        self._trusted_keys: dict[str, Mapping[str, Any]] = {}
        # Maps (user pool ID, sub) to the time at which the user was last signed out everywhere.
        self._sign_outs: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def add_oidc_issuer(self, issuer_url: str, jwks: Mapping[str, Any] | str) -> None:
        """Set the JWKS of an issuer, or the URL of a substitute issuer."""
        issuer = issuer_url.rstrip("/")
        with self._lock:
            self._key_sets.pop(issuer, None)
            self._substitutes.pop(issuer, None)
            if isinstance(jwks, str):
                self._substitutes[issuer] = jwks.rstrip("/")
            else:
                self._key_sets[issuer] = jwks

    def trust_key(self, provider_name: str, key: Mapping[str, Any]) -> str:
        """Also accept tokens of a provider that are signed with this key; return the issuer."""
        is_local = is_loopback_url(f"http://{provider_name}")
        issuer = f"{'http' if is_local else 'https'}://{provider_name}"
        with self._lock:
            self._trusted_keys[issuer] = key
        return issuer

    def find_replaced_issuers(self, issuer: str) -> Sequence[str]:
        """Return the issuers that an issuer replaces."""
        with self._lock:
            return [name for name, url in self._substitutes.items() if url == issuer.rstrip("/")]

    def find_key_set(self, issuer: str, *, refresh: bool = False) -> Mapping[str, Any] | None:
        """Return the JWKS of an issuer, or None if it is unavailable. See `LoginProviders`."""
        issuer = issuer.rstrip("/")
        trusted_key = self._trusted_keys.get(issuer)
        if trusted_key is not None and not refresh:
            # The issuer's own keys are fetched only if the token names another key.
            return {"keys": [trusted_key]}
        return self._find_published_keys(issuer, refresh=refresh)

    def _find_published_keys(self, issuer: str, *, refresh: bool) -> Mapping[str, Any] | None:
        known = self._key_sets.get(issuer)
        if known is not None:
            return known
        if _USER_POOL_ISSUER.fullmatch(issuer) is None:
            issuer = self._substitutes.get(issuer, issuer)
            return self._find_own_keys(issuer) or self._issuer_keys.find(issuer, refresh=refresh)
        if self._find_user_pool(issuer) is None:
            return None
        # moto signs the tokens of all user pools with the same key, which it publishes.
        key_set: Mapping[str, Any] = load_resource("cognitoidp/resources/jwks-public.json")
        return key_set

    def get_oidc_client_ids(self, provider_arn: str) -> Sequence[str]:
        """Return the client IDs of an OIDC provider in IAM.

        Raises:
            KeyError: If IAM has no such provider.
        """
        return tuple(self._moto.backend("iam").open_id_providers[provider_arn].client_id_list)

    def get_saml_metadata(self, provider_arn: str) -> str:
        """Return the metadata document of a SAML provider in IAM.

        Raises:
            KeyError: If IAM has no such provider.
        """
        providers = tuple(self._moto.backend("iam").list_saml_providers())
        documents = {each.arn: str(each.saml_metadata_document) for each in providers}
        return documents[provider_arn]

    def is_signed_out(self, issuer: str, subject: str, auth_time: float) -> bool:
        """Return True if a user was signed out, disabled or deleted after `auth_time`."""
        pool = self._find_user_pool(issuer)
        if pool is None:
            return True
        user = next((user for user in tuple(pool.users.values()) if user.id == subject), None)
        if user is None or not user.enabled:
            return True
        signed_out_at = self._sign_outs.get((pool.id, subject), 0.0)
        if int(signed_out_at) != int(auth_time):
            return signed_out_at > auth_time
        # Times in tokens are whole seconds, so this sign-in may have occurred before or after the
        # sign-out. A sign-out deletes the user's access tokens: if there is an access token now,
        # the user has signed in again.
        return all(username != user.username for _, username in tuple(pool.access_tokens.values()))

    def record_sign_out(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Record when a user is signed out everywhere, because moto does not record this time.

        Call this before moto performs the operation, which deletes the access token.
        """
        if operation == "AdminUserGlobalSignOut":
            pool_id, name = parameters.get("UserPoolId"), parameters.get("Username")
            pools = [pool for pool in self._list_user_pools() if pool.id == pool_id]
        elif operation == "GlobalSignOut":
            token = parameters.get("AccessToken")
            pools = [pool for pool in self._list_user_pools() if token in pool.access_tokens]
            name = pools[0].access_tokens[token][1] if pools else None
        else:
            return
        for pool in pools:
            user = pool.users.get(name)
            if user is not None:
                with self._lock:
                    self._sign_outs[pool.id, user.id] = self._clock.now()

    def _list_user_pools(self) -> Iterable[Any]:
        for backend in tuple(self._moto.backends("cognito-idp").values()):
            yield from tuple(backend.user_pools.values())

    def _find_user_pool(self, issuer: str) -> Any:
        match = _USER_POOL_ISSUER.fullmatch(issuer)
        if match is None:
            return None
        region_and_id = match.groups()
        pools = self._list_user_pools()
        return next((pool for pool in pools if (pool.region, pool.id) == region_and_id), None)
