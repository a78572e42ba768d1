"""Amazon Cognito Identity: the class that responds to its requests.

The operations are methods of `PoolOperations` and `IdentityOperations`. To add an operation:

1. Write a method in one of the two classes. The method takes the validated parameters, and returns
   the members of the response or raises `AwsError`.
2. Add the method to the dictionary `operations` of the class.

Everything else follows from the name of the operation: AWS's service model defines which parameters
are valid and whether the operation is public, and access control requires a permission of that
name. If a parameter other than `IdentityPoolId` names the resource in policies, add the parameter
to `policy.generic_actions` as well. Then remove the operation from the list in docs/testing.md.
"""

from __future__ import annotations

from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity import wire
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.identities import IdentityStore
from cognito_credentials.emulator.identity.identity_operations import IdentityOperations
from cognito_credentials.emulator.identity.login_tokens import LoginTokenVerifier
from cognito_credentials.emulator.identity.open_id_tokens import OpenIdTokens
from cognito_credentials.emulator.identity.pool_operations import PoolOperations
from cognito_credentials.emulator.identity.pools import PoolStore
from cognito_credentials.emulator.identity.ports import LoginProviders, RoleSessions
from cognito_credentials.emulator.identity.validation import is_public_operation, validate
from cognito_credentials.emulator.messages import RawResponse, ServiceRequest, WireProtocol


class IdentityService:
    """Amazon Cognito Identity for one account and region. Thread-safe.

    No lock is held while tokens are verified and roles are assumed, so the ports may call the
    service.

    Args:
        account_id: The AWS account ID.
        region: The region.
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
        self._clock = clock
        self._open_id_tokens = OpenIdTokens(region=region, clock=clock)
        self._login_tokens = LoginTokenVerifier(clock=clock, login_providers=login_providers)
        pools = PoolStore(account_id=account_id, region=region)
        identities = IdentityStore(region=region)
        self._operations = {
            **PoolOperations(pools, identities).operations,
            **IdentityOperations(
                pools,
                identities,
                login_tokens=self._login_tokens,
                open_id_tokens=self._open_id_tokens,
                role_sessions=role_sessions,
                credential_lifetime=credential_lifetime,
            ).operations,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The names of the operations that the emulator implements."""
        return frozenset(self._operations)

    @property
    def open_id_tokens(self) -> OpenIdTokens:
        """The OpenID tokens that this service issues, for STS to verify."""
        return self._open_id_tokens

    def handle(self, request: ServiceRequest) -> RawResponse:
        """Return the response to an authorized request, which may be an error.

        If the emulator does not enforce IAM, access control accepts unsigned requests. This method
        rejects an unsigned request unless the operation is public.
        """
        try:
            output = self._perform(request)
        except AwsError as error:
            return wire.error_response(error, now=self._clock.now())
        return wire.success_response(output, now=self._clock.now())

    def register_opaque_token(
        self, provider_name: str, token: str, app_id: str, user_id: str
    ) -> None:
        """Accept an opaque token of Facebook, Amazon, Twitter or Digits.

        Args:
            provider_name: The login provider name, for example `graph.facebook.com`.
            token: The access token.
            app_id: The application that the provider issued the token to.
            user_id: The user that the provider issued the token for.

        Raises:
            ValueError: If `provider_name` is not a provider of opaque tokens.
        """
        self._login_tokens.register_opaque_token(provider_name, token, app_id, user_id)

    def _perform(self, request: ServiceRequest) -> wire.Output:
        name = request.operation
        operation = self._operations.get(name)
        if operation is None:
            message = UnconfirmedText.UNKNOWN_OPERATION.format(operation=name)
            raise AwsError("UnknownOperationException", message)
        if request.protocol is not WireProtocol.JSON or not request.has_json_body:
            raise AwsError("SerializationException", UnconfirmedText.BODY_NOT_JSON)
        if request.signature is None and not is_public_operation(name):
            raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token")
        return operation(validate(name, request.parameters))
