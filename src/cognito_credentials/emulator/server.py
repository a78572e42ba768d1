"""The emulator: Amazon Cognito Identity and other AWS services in one process and on one port.

The package has these parts, each of which uses only the parts below it:

- `server` and `http_server`: the public class, and the loopback server.
- `control`: the HTTP interface below `/_emulator/`.
- `furnishing`: ready-made identity pools, users, buckets, tables and login tokens.
- `persistence`: the state file.
- `configuration`: the file that declares resources.
- `request_pipeline`: the steps from a request to its response.
- `account`: the services of one account, and the dispatch of requests to these services.
- `issuer`: an OpenID Connect issuer with sign-in pages, without I/O.
- `front`: parses each request once, verifies its signature, authorizes it, and implements STS.
- `moto`: the integration of moto, which implements the other services.
- `identity`: Amazon Cognito Identity, without I/O. Its `service` module explains how to add an
  operation.
- `policy`: the evaluation of IAM policies, without I/O.
- `messages`, `errors`, `clock`, `json_values`, `service_models`: shared by the other parts.
"""

from __future__ import annotations

import os
import secrets
import threading
import warnings
import weakref
from functools import partial
from types import TracebackType
from typing import Any, Self

from cognito_credentials.emulator import accounts
from cognito_credentials.emulator.account import EmulatedAccount
from cognito_credentials.emulator.account_state import AccountState
from cognito_credentials.emulator.argument_checks import (
    check_emulator_arguments,
    check_number,
    check_text,
)
from cognito_credentials.emulator.clock import MAX_TIME, EmulatorClock, MovableClock, ServiceClock
from cognito_credentials.emulator.configuration.creation import create_declared
from cognito_credentials.emulator.configuration.model import Configuration, load_configuration
from cognito_credentials.emulator.control.access import TOKEN_VARIABLE
from cognito_credentials.emulator.control.server import ControlServer, is_control_path
from cognito_credentials.emulator.fault_methods import FaultMethods
from cognito_credentials.emulator.faults import Faults
from cognito_credentials.emulator.front.browsers import is_control_host, reject_host
from cognito_credentials.emulator.front.principals import generate_administrator_key
from cognito_credentials.emulator.furnishing.login_methods import LoginMethods
from cognito_credentials.emulator.furnishing.resources import ResourceMethods
from cognito_credentials.emulator.http_server import HttpServer
from cognito_credentials.emulator.identity.service import IdentityService
from cognito_credentials.emulator.issuer.oidc_issuer import OidcIssuer
from cognito_credentials.emulator.issuer.service import IssuerService
from cognito_credentials.emulator.messages import RawRequest, RawResponse
from cognito_credentials.emulator.moto import time_source
from cognito_credentials.emulator.moto.hermetic_boto3 import make_client, make_hermetic_session
from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.recorded_calls import RecordedCall
from cognito_credentials.emulator.request_pipeline import RequestPipeline
from cognito_credentials.emulator.state_methods import StateMethods

_NOT_RUNNING = "the emulator is not running; call start() or use it in a with statement"


class Emulator(ResourceMethods, StateMethods, FaultMethods, LoginMethods):
    """Amazon Cognito Identity and other AWS services, on a loopback port.

    The emulator responds to requests between `start()` and `close()`, or within a `with` statement.
    Closing the emulator deletes its state, except the state file. Thread-safe.

    Within a process, moto keeps separate state for each account ID. Emulators that run at the same
    time therefore need different values of `account_id`. Such emulators share only the namespace
    of S3 buckets: as in AWS, bucket names are global. Other code in the process that uses moto with
    the same account shares the emulator's state.

    The emulator implements all operations of Amazon Cognito Identity, in all regions. moto
    implements the other services. Known differences from AWS:

    - Encrypted SAML assertions and AssumeRoleWithSAML are rejected.
    - PartiQL statements need permission on all tables (`"*"`).
    - The time of signing is not checked.
    - A DeleteObjects request with one forbidden key is rejected as a whole.
    - The only resource policies that are evaluated are bucket policies of S3 and trust policies of
      roles.

    Args:
        host: The address to listen on.
        port: The port to listen on. 0 selects a free port.
        region: The AWS region.
        account_id: The AWS account ID, 12 digits.
        enforce_iam: Whether signatures and IAM policies are enforced. If False, every access key
            has all permissions, except in requests from web pages on other machines.
        credential_lifetime: The lifetime of the enhanced flow's credentials, in seconds. Fractions
            are allowed. AWS uses one hour.
        clock: The source of the time. Default: the system clock.
        state_file: A file that retains the identity pools and identities, with everything that
            belongs to them, when the emulator is closed or its process is killed. A missing file is
            created. The file does not contain the resources of other services, such as the roles of
            the pools.
        config_file: A TOML file that declares the resources with which the emulator starts; see
            docs/emulator-state.md. Identity pools in the state file retain their identities.

    Attributes:
        host: The address to listen on.
        region: The AWS region.
        account_id: The AWS account ID.
        clock: The clock of the emulator. `clock.advance(seconds)` moves it.
        issuer: The OpenID Connect issuer of the emulator, at which every user can sign in.
        faults: The faults that affect the next requests. `faults.add(Fault(...))` injects a fault.
        control_token: The token for requests to the control interface that make changes.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument has an invalid value.
    """

    __module__ = "cognito_credentials.emulator"

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        region: str = "us-east-1",
        account_id: str = "123456789012",
        enforce_iam: bool = True,
        credential_lifetime: float = 3600,
        clock: EmulatorClock | None = None,
        state_file: str | os.PathLike[str] | None = None,
        config_file: str | os.PathLike[str] | None = None,
    ) -> None:
        check_emulator_arguments(
            host=host,
            port=port,
            region=region,
            account_id=account_id,
            enforce_iam=enforce_iam,
            credential_lifetime=credential_lifetime,
            clock=clock,
            state_file=state_file,
            config_file=config_file,
        )
        self.host: str = host
        self.region: str = region
        self.account_id: str = account_id
        self.clock: MovableClock = MovableClock() if clock is None else MovableClock(clock.now)
        self._requested_port = port
        self._server: HttpServer | None = None
        self._is_closed = False
        self._administrator = generate_administrator_key()
        self._issuer_service = IssuerService(lambda: self.endpoint_url, self.clock)
        self.issuer: OidcIssuer = OidcIssuer(self._issuer_service.state)
        make_account = partial(
            EmulatedAccount,
            issuer=self._issuer_service,
            moto=MotoServices(account_id=account_id, region=region),
            clock=ServiceClock(self.clock),
            administrator=self._administrator,
            enforces_iam=enforce_iam,
            credential_lifetime=credential_lifetime,
        )
        self._state = AccountState(make_account, state_file)
        self._config_file = config_file
        self._configuration: Configuration | None = None
        self._pipeline = RequestPipeline(make_account(), host=host, region=region, clock=self.clock)
        self.control_token: str = secrets.token_urlsafe(18)
        self._control = ControlServer(self, self.control_token)
        self.faults: Faults = self._pipeline.faults
        self._lock = threading.Lock()
        self._reset_lock = threading.Lock()
        self._session: Any = None
        self._clients = weakref.WeakSet[Any]()

    def start(self) -> Self:
        """Start to listen.

        Returns:
            The emulator itself.

        Raises:
            RuntimeError: If the emulator is closed, or another emulator of the same account is
                running in this process.
            OSError: If the port is not available.
            ConfigurationError: If another emulator uses the state file, if the file is not a state
                file, or if the configuration file is invalid.
        """
        if self._is_closed:
            raise RuntimeError(
                "the emulator is closed and its state is deleted; create another emulator"
            )
        if self._config_file is not None:
            self._configuration = load_configuration(self._config_file)
        accounts.acquire(self.account_id)
        time_source.install()
        try:
            self._state.open(self._pipeline.account)
            self._server = HttpServer(self.host, self._requested_port, self._respond)
            self._server.start()
        except BaseException:
            self._release_account()
            raise
        try:
            self._create_declared()
        except BaseException:
            self._close()
            raise
        return self

    def _create_declared(self) -> None:
        if self._configuration is not None:
            create_declared(self._configuration, self, self._pipeline.account)

    def close(self) -> None:
        """Stop listening and delete all state. Further calls do nothing.

        A `UserWarning` lists the faults that have not taken full effect; see `Faults.add`.
        """
        warning = self.faults.take_warning()
        self._close()
        if warning is not None:
            warnings.warn(warning, stacklevel=2)

    def reset(self) -> None:
        """Delete all state within milliseconds, as if the emulator were new.

        Deletes the resources of the account, role sessions, login providers, everything that
        `issuer` stores, `calls`, faults, quotas, the contents of the state file and the offset of
        the clock. The port, the connections and the access key of the administrator do not change,
        so the clients from `client` remain usable. Finally, recreates the resources that the
        configuration file declared at the start.

        Requests that run during the call finish first. A request that takes more than 5 seconds
        fails with status 503.

        Raises:
            ConfigurationError: If the state file cannot be written.
            RuntimeError: If the emulator is not running.
        """
        with self._reset_lock:
            with self._lock:
                if self._server is None:
                    raise RuntimeError(_NOT_RUNNING)
                self._pipeline.reset(self._state.renew)
                self._issuer_service.state.clear()
                self.clock.reset()
            self._create_declared()

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Advance `clock` immediately by the sum of the arguments; a negative sum sets it back.

        Raises:
            TypeError: If an argument is not a number.
            ValueError: If the time would not be in the years 1970 to 2999.
        """
        for name, value in {"hours": hours, "minutes": minutes, "seconds": seconds}.items():
            check_number(name, value, minimum=-MAX_TIME, maximum=MAX_TIME)
        self.clock.advance(hours * 3600 + minutes * 60 + seconds)

    def _close(self) -> None:
        with self._lock:
            server, self._server = self._server, None
        if server is None:
            return
        self._is_closed = True
        self.faults.clear()
        server.close()
        for client in tuple(self._clients):
            client.close()
        self._release_account()

    def _release_account(self) -> None:
        self._state.close()
        self._pipeline.account.close()
        time_source.uninstall()
        accounts.release(self.account_id)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self._close()

    @property
    def port(self) -> int:
        """The port on which the emulator listens.

        Raises:
            RuntimeError: If the emulator is not running.
        """
        if self._server is None:
            raise RuntimeError(_NOT_RUNNING)
        return self._server.port

    @property
    def endpoint_url(self) -> str:
        """The endpoint URL for every service and every SDK.

        Raises:
            RuntimeError: If the emulator is not running.
        """
        return f"http://{self._client_host}:{self.port}"

    @property
    def _client_host(self) -> str:
        # Clients cannot connect to 0.0.0.0, which stands for all addresses of this machine.
        return "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104

    @property
    def calls(self) -> tuple[RecordedCall, ...]:
        """The latest requests since the start or `reset`, in the order of the responses.

        At most 10,000 requests, and 100 MB of parameters, are retained.
        """
        return self._pipeline.calls

    @property
    def identity_service(self) -> IdentityService:
        """The emulated Amazon Cognito Identity."""
        return self._pipeline.account.identity_service

    def environment(self, *, administrator: bool = False) -> dict[str, str]:
        """Return environment variables that direct SDKs and the AWS CLI to the emulator.

        The variables include the token of the control interface.

        Args:
            administrator: Whether to include the access key of an administrator.

        Raises:
            RuntimeError: If the emulator is not running.
        """
        variables = {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            TOKEN_VARIABLE: self.control_token,
            "NO_PROXY": self._client_host,
            "no_proxy": self._client_host,
        }
        if administrator:
            variables["AWS_ACCESS_KEY_ID"] = self._administrator.access_key_id
            variables["AWS_SECRET_ACCESS_KEY"] = self._administrator.secret_access_key
        return variables

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client with the access key of an administrator.

        The client ignores the environment and the AWS config files, and is closed together with
        the emulator.

        Args:
            service: The service, for example `s3`.
            **options: Options of `boto3.Session.client`, for example another access key or a
                `config`.

        Raises:
            RuntimeError: If the emulator is not running.
        """
        check_text("service", service)
        options = {
            "region_name": self.region,
            "endpoint_url": self.endpoint_url,
            "aws_access_key_id": self._administrator.access_key_id,
            "aws_secret_access_key": self._administrator.secret_access_key,
            **options,
        }
        with self._lock:  # boto3 sessions are not thread-safe.
            if self._session is None:
                self._session = make_hermetic_session()
            client = make_client(self._session, service, options)
            self._clients.add(client)
        return client

    def _respond(self, request: RawRequest) -> RawResponse:
        if not is_control_path(request.path):
            return self._pipeline.respond(request)
        if not is_control_host(request, self.host):
            return reject_host(request)
        if self._issuer_service.owns(request.path):
            return self._issuer_service.respond(request)
        return self._control.respond(request)
