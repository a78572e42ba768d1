"""The services of one emulated AWS account, and the dispatch of requests to these services."""

from __future__ import annotations

from http import HTTPStatus

from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.front.access_control import AccessControl
from cognito_credentials.emulator.front.principals import LongTermKey, Principal
from cognito_credentials.emulator.front.stored_policies import (
    check_policy_size,
    check_stored_policy,
)
from cognito_credentials.emulator.front.sts import StsService
from cognito_credentials.emulator.front.upload_forms import check_upload
from cognito_credentials.emulator.identity.service import IdentityService
from cognito_credentials.emulator.issuer.service import IssuerService
from cognito_credentials.emulator.issuer_keys import IssuerKeys
from cognito_credentials.emulator.messages import RawResponse, ServiceRequest
from cognito_credentials.emulator.minted_tokens import TokenMinter
from cognito_credentials.emulator.moto import time_source
from cognito_credentials.emulator.moto.iam import MotoIam
from cognito_credentials.emulator.moto.login_providers import MotoLoginProviders
from cognito_credentials.emulator.moto.role_sessions import MotoRoleSessions
from cognito_credentials.emulator.moto.services import MotoServices, is_administrative_path
from cognito_credentials.emulator.moto.user_pools import MotoUserPools


class EmulatedAccount:
    """The state of one AWS account, and its services. Thread-safe to the extent that moto is.

    Args:
        moto: The services that moto implements. An account and its replacement may share this
            object.
        issuer: The OpenID Connect issuer of the emulator.
        clock: The clock of all services.
        administrator: The access key that has all permissions.
        enforces_iam: Whether signatures and IAM policies are enforced.
        credential_lifetime: The lifetime of the enhanced flow's credentials, in seconds.

    Attributes:
        moto: The services that moto implements.
        identity_service: Amazon Cognito Identity.
        login_providers: The login providers that identity pools can trust.
        token_minter: Mints login tokens in place of the login providers.
    """

    def __init__(
        self,
        *,
        moto: MotoServices,
        issuer: IssuerService,
        clock: EmulatorClock,
        administrator: LongTermKey,
        enforces_iam: bool,
        credential_lifetime: float,
    ) -> None:
        self._clock = clock
        self._issuer_keys = IssuerKeys()
        self.moto: MotoServices = moto
        self._iam = MotoIam(self.moto)
        self._user_pools = MotoUserPools(self.moto)
        self.login_providers: MotoLoginProviders = MotoLoginProviders(
            self.moto, clock, self._issuer_keys, issuer.find_key_set
        )
        sessions = MotoRoleSessions(moto=self.moto, clock=clock)
        self.identity_service: IdentityService = IdentityService(
            account_id=moto.account_id,
            region=moto.region,
            clock=clock,
            role_sessions=sessions,
            login_providers=self.login_providers,
            credential_lifetime=credential_lifetime,
        )
        self.token_minter: TokenMinter = TokenMinter(
            self.identity_service, self.login_providers, clock
        )
        self._sts = StsService(
            moto=self.moto,
            sessions=sessions,
            open_id_tokens=self.identity_service.open_id_tokens,
        )
        self._access_control = AccessControl(
            moto=self.moto,
            sessions=sessions,
            clock=clock,
            administrator=administrator,
            enforces_iam=enforces_iam,
        )

    def close(self) -> None:
        """Delete all state."""
        self._issuer_keys.close()
        self.moto.reset()

    def authenticate(self, request: ServiceRequest) -> Principal:
        """Return the principal that signed a request.

        Raises:
            AwsError: If the request is malformed, or its signature is rejected.
        """
        if request.service == "cognito-identity":
            self.identity_service.check_format(request)
        return self._access_control.authenticate(request)

    def handle(self, request: ServiceRequest, principal: Principal) -> RawResponse:
        """Authorize an authenticated request, and return the response of its service.

        Raises:
            AwsError: If the request is rejected.
        """
        self._access_control.authorize(principal, request)
        if is_administrative_path(request.http.path):
            return RawResponse(HTTPStatus.NOT_FOUND)
        if request.request_error is not None:
            raise request.request_error
        if request.service == "cognito-identity":
            return self.identity_service.handle(request)
        if request.service == "sts" and self._sts.implements(request.operation):
            return self._sts.handle(request, principal)
        if request.service == "s3" and request.upload_form is None:
            check_upload(request.http)
        check_stored_policy(request)
        check_policy_size(request, self._iam)
        response = self._send_to_moto(request)
        if request.service == "s3" and response.status == HTTPStatus.NOT_FOUND:
            self._access_control.authorize_missing_object(principal, request)
        if request.upload_form is not None and response.status == HTTPStatus.OK:
            return request.upload_form.make_response(response)
        return response

    def _send_to_moto(self, request: ServiceRequest) -> RawResponse:
        if request.service == "cloudformation":
            # Imported here, because the import takes seconds.
            from cognito_credentials.emulator.moto import cloud_formation

            cloud_formation.register(self.moto.account_id, self.identity_service.perform)
        with time_source.use_clock(self._clock):
            if request.service == "cognito-idp":
                self.login_providers.record_sign_out(request.operation, request.parameters)
                return self._user_pools.send(request)
            return self.moto.send(request)
