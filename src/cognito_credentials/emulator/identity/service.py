"""The emulated service Amazon Cognito Identity, which responds to requests.

An operation is a function in one of the `…_operations` modules, with a row in the table of
`operations`. The function takes the state of a region and the validated parameters, and returns the
members of the response or raises `AwsError`. The operation's name determines everything else: AWS's
service model defines its valid parameters and whether it is public, and access control requires the
permission for the action with the same name. If a parameter determines the resource for which the
action is authorized, list it in `policy.cognito_identity_actions`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cognito_credentials.emulator.argument_checks import check_text
from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity import wire
from cognito_credentials.emulator.identity.discovery import discovery_response
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.identities import IdentityStore
from cognito_credentials.emulator.identity.identity_records import PoolIdentity
from cognito_credentials.emulator.identity.login_tokens import LoginTokenVerifier
from cognito_credentials.emulator.identity.model import is_public_operation
from cognito_credentials.emulator.identity.opaque_tokens import OpaqueTokens
from cognito_credentials.emulator.identity.open_id_tokens import OpenIdTokens
from cognito_credentials.emulator.identity.operations import OPERATIONS
from cognito_credentials.emulator.identity.pool_checks import MAX_POOLS
from cognito_credentials.emulator.identity.pools import IdentityPool, PoolStore
from cognito_credentials.emulator.identity.ports import LoginProviders, RoleSessions
from cognito_credentials.emulator.identity.regions import Region
from cognito_credentials.emulator.identity.state import (
    NoJournal,
    ServiceState,
    StateJournal,
)
from cognito_credentials.emulator.identity.validation import validate
from cognito_credentials.emulator.messages import (
    RawRequest,
    RawResponse,
    ServiceRequest,
    Signature,
    WireProtocol,
)

_EMPTY_STATE = ServiceState()


class IdentityService:
    """Amazon Cognito Identity for one account, in all regions. Thread-safe.

    A signed request is for the region in its signature, and an unsigned request is for the region
    in its identity pool ID or identity ID. No lock is held while the service calls a port, so the
    ports may call the service.

    Args:
        account_id: The AWS account ID.
        region: The region of requests that name no region.
        clock: The clock that determines when tokens and credentials expire.
        role_sessions: Assumes the roles of identity pools.
        login_providers: The login providers that identity pools can trust.
        credential_lifetime: The lifetime of the enhanced flow's credentials, in seconds. AWS uses
            one hour.
    """

    __module__ = "cognito_credentials.emulator"

    def __init__(
        self,
        *,
        account_id: str,
        region: str,
        clock: EmulatorClock,
        role_sessions: RoleSessions,
        login_providers: LoginProviders,
        credential_lifetime: float = 3600,
    ) -> None:
        self._account_id = account_id
        self._default_region = region
        self._clock = clock
        self._role_sessions = role_sessions
        self._opaque_tokens = OpaqueTokens()
        self._login_tokens = LoginTokenVerifier(
            clock=clock, login_providers=login_providers, opaque_tokens=self._opaque_tokens
        )
        self._credential_lifetime = credential_lifetime
        self._journal: StateJournal = NoJournal()
        self._regions = {region: self._make_region(region)}
        self._lock = threading.Lock()

    @property
    def operations(self) -> frozenset[str]:
        """The names of the operations that the emulator implements."""
        return frozenset(OPERATIONS)

    @property
    def open_id_tokens(self) -> OpenIdTokens:
        """The OpenID tokens that this service issues; STS verifies tokens with this object."""
        return self._regions[self._default_region].open_id_tokens

    def respond_to_discovery(self, raw: RawRequest) -> RawResponse:
        """Return the OpenID Connect metadata or the public keys; see `identity.discovery`."""
        regions = [region.open_id_tokens for region in self._list_regions()]
        return discovery_response(raw, regions)

    def check_format(self, request: ServiceRequest) -> None:
        """Perform the checks that the service performs before authentication.

        Raises:
            AwsError: If the operation is unknown, or the body is not a JSON object.
        """
        if request.operation not in OPERATIONS:
            message = UnconfirmedText.UNKNOWN_OPERATION.format(operation=request.operation)
            raise AwsError("UnknownOperationException", message)
        if request.protocol is not WireProtocol.JSON or not request.has_json_body:
            raise AwsError("SerializationException", UnconfirmedText.BODY_NOT_JSON)

    def handle(self, request: ServiceRequest) -> RawResponse:
        """Return the response to an authorized request.

        If the emulator does not enforce IAM, access control accepts unsigned requests. This method
        rejects an unsigned request unless the operation is public.

        Raises:
            AwsError: If the request is rejected.
        """
        return wire.success_response(self._perform(request), now=self._clock.now())

    def perform(
        self, operation: str, parameters: wire.Parameters, region: str
    ) -> Mapping[str, Any]:
        """Perform an operation that another emulated service calls directly.

        Raises:
            AwsError: If the parameters are rejected.
        """
        validated = validate(operation, parameters)
        return OPERATIONS[operation](self._get_region(region), validated) or {}

    def put_pool(self, pool_id: str, settings: wire.Parameters) -> None:
        """Create an identity pool with the given ID, or replace the settings of the existing pool.

        Args:
            pool_id: The identity pool ID, which begins with its region.
            settings: The parameters of CreateIdentityPool.

        Raises:
            AwsError: If a parameter is rejected.
        """
        validated = dict(validate("UpdateIdentityPool", {"IdentityPoolId": pool_id, **settings}))
        del validated["IdentityPoolId"]
        pools = self._get_region(_region_of(pool_id)).pools
        try:
            pools.get(pool_id)
        except AwsError:
            pools.create(validated, pool_id)
        else:
            pools.update(pool_id, validated)

    def list_pools(self) -> list[IdentityPool]:
        """Return the identity pools of all regions."""
        return [
            pool
            for region in self._list_regions()
            for pool in region.pools.list_page(after=-1, limit=MAX_POOLS)
        ]

    def list_client_ids(self, pool: IdentityPool, provider_name: str) -> list[str]:
        """Return the client IDs for which an identity pool accepts tokens of a login provider."""
        return self._login_tokens.list_client_ids(pool, provider_name)

    def snapshot(self) -> ServiceState:
        """Return all data of the service.

        The data is consistent only if no request is being processed at the same time.
        """
        return ServiceState(
            pools=self.list_pools(),
            identities=[
                identity
                for region in self._list_regions()
                for identity in region.identities.list_all()
            ],
            opaque_tokens=self._opaque_tokens.list_registered(),
        )

    def restore(self, state: ServiceState, journal: StateJournal | None = None) -> None:
        """Replace all data of the service. No request may be processed at the same time.

        Args:
            state: The new data.
            journal: Records further changes. The journal must already contain `state`. By default,
                changes are not recorded.
        """
        names = {self._default_region, *(_region_of(pool.id) for pool in state.pools)}
        with self._lock:
            self._journal = journal or NoJournal()
            self._opaque_tokens.restore(state.opaque_tokens, self._journal)
            self._regions = {name: self._make_region(name, state) for name in names}

    def list_identities(
        self, pool_id: str, *, after: int = -1, limit: int | None = None
    ) -> list[PoolIdentity]:
        """Return the identities of an identity pool, in the order in which they were created.

        Args:
            pool_id: The identity pool ID. If the pool does not exist, the result is empty.
            after: A serial number; only identities with a greater serial number are returned.
            limit: The maximum number of identities. None for all.
        """
        check_text("pool_id", pool_id)
        region = self._regions.get(_region_of(pool_id))
        if region is None:
            return []
        most = sys.maxsize if limit is None else limit
        return region.identities.list_page(pool_id, after=after, limit=most, hides_disabled=False)

    def register_opaque_token(
        self, provider_name: str, token: str, app_id: str, user_id: str
    ) -> None:
        """Accept an opaque token from Facebook, Amazon, Twitter or Digits.

        Args:
            provider_name: The login provider name, for example `graph.facebook.com`.
            token: The access token.
            app_id: The application to which the provider issued the token.
            user_id: The user for whom the provider issued the token.

        Raises:
            TypeError: If an argument is not a string.
            ValueError: If `provider_name` is not a provider of opaque tokens.
        """
        self._opaque_tokens.register(provider_name, token, app_id, user_id)

    def set_token_verifier(
        self, provider_name: str, verify: Callable[[str], tuple[str, str] | None]
    ) -> None:
        """Verify the opaque tokens of one provider with a function.

        Args:
            provider_name: The login provider name, for example `graph.facebook.com`.
            verify: Function that returns the application ID and the user ID of a token, or None if
                the token is not valid. If it raises an exception, the service responds with an
                `ExternalServiceException`. Registered tokens are accepted without calling the
                function.

        Raises:
            TypeError: If `provider_name` is not a string, or `verify` is not a function.
            ValueError: If `provider_name` is not a provider of opaque tokens.
        """
        self._opaque_tokens.set_verifier(provider_name, verify)

    def _perform(self, request: ServiceRequest) -> wire.Output:
        self.check_format(request)
        name = request.operation
        if request.signature is None and not is_public_operation(name):
            raise AwsError("MissingAuthenticationTokenException", UnconfirmedText.MISSING_SIGNATURE)
        parameters = validate(name, request.parameters)
        return OPERATIONS[name](self._find_region(request.signature, parameters), parameters)

    def _find_region(self, signature: Signature | None, parameters: wire.Parameters) -> Region:
        if signature is None:
            # An unsigned request does not create the state of a region: in a region without state,
            # the ID in the request cannot exist.
            named: str = parameters.get("IdentityPoolId") or parameters.get("IdentityId", "")
            region = self._regions.get(named.partition(":")[0])
            return region or self._regions[self._default_region]
        return self._get_region(signature.region)

    def _get_region(self, name: str) -> Region:
        with self._lock:
            region = self._regions.get(name)
            if region is None:
                region = self._regions[name] = self._make_region(name)
            return region

    def _list_regions(self) -> Sequence[Region]:
        with self._lock:
            return tuple(self._regions.values())

    def _make_region(self, name: str, state: ServiceState = _EMPTY_STATE) -> Region:
        return Region(
            pools=PoolStore(
                account_id=self._account_id,
                region=name,
                journal=self._journal,
                pools=[pool for pool in state.pools if _region_of(pool.id) == name],
            ),
            identities=IdentityStore(
                region=name,
                clock=self._clock,
                journal=self._journal,
                identities=[each for each in state.identities if _region_of(each.id) == name],
            ),
            login_tokens=self._login_tokens,
            open_id_tokens=OpenIdTokens(region=name, clock=self._clock),
            role_sessions=self._role_sessions,
            credential_lifetime=self._credential_lifetime,
        )


def _region_of(resource_id: str) -> str:
    return resource_id.partition(":")[0]
