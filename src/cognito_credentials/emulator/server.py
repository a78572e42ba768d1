"""The emulator as one process on one port: Cognito Identity by us, the rest of AWS by moto."""

from __future__ import annotations

import json
import logging
import re
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from cognito_credentials.emulator.clock import MovableClock
from cognito_credentials.emulator.front.access_control import AccessControl, new_administrator_keys
from cognito_credentials.emulator.front.errors import (
    Refused,
    refusal_response,
    unreadable_signature,
)
from cognito_credentials.emulator.front.requests import ServiceCall, query_parameters, read_call
from cognito_credentials.emulator.front.role_sessions import MotoRoleSessions
from cognito_credentials.emulator.front.signatures import (
    MalformedSignatureError,
    Signature,
    read_signature,
)
from cognito_credentials.emulator.front.sts import StsService
from cognito_credentials.emulator.http_server import HttpRequest, HttpResponse, HttpServer
from cognito_credentials.emulator.identity.errors import ServiceFault
from cognito_credentials.emulator.identity.ports import EmulatorClock
from cognito_credentials.emulator.identity.service import IdentityService
from cognito_credentials.emulator.identity.wire import failure, preflight
from cognito_credentials.emulator.moto import time_source
from cognito_credentials.emulator.moto.hermetic_boto3 import hermetic_session
from cognito_credentials.emulator.moto.login_keys import MotoLoginKeys
from cognito_credentials.emulator.moto.passwords import MotoPasswords
from cognito_credentials.emulator.moto.requests import request_for_moto
from cognito_credentials.emulator.moto.services import MotoServices

_log = logging.getLogger(__name__)

# Paths that moto answers itself, whatever the service.
_MOTOS_OWN = ("/moto-api", "/latest/meta-data/", "/latest/api/", "/favicon.ico")

# moto's state is the process's: two emulators of one account would share everything.
_accounts_in_use = set[str]()
_accounts_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Call:
    """Record one request.

    ``service`` is the name that signs requests ("cognito-identity", "sts", "s3"); ``operation``
    is the HTTP method where the path alone tells what is asked (S3 and other REST services).
    ``status`` is the HTTP status of the answer, ``time`` when the request came, in seconds since
    the epoch by the emulator's clock.
    """

    service: str
    operation: str
    status: int
    time: float


@dataclass(slots=True)
class _Fault:
    operation: str
    refused: Refused
    times: int


class Emulator:
    """Run Amazon Cognito Identity, and the AWS behind it, on a loopback port.

    ``port`` 0 takes a free one. ``credential_lifetime`` is how long the enhanced flow's
    credentials last, in seconds, fractions allowed; the real service gives an hour. With
    ``enforce_iam`` off any keys may do anything. ``clock`` is what time starts from, by default the
    system's; the attribute ``clock`` can be moved on from there with ``advance(seconds)``.

    State belongs to the emulator and goes with ``close()``. moto keeps its state for the whole
    process by account id, so two emulators that run at once need different ``account_id``s, and
    see nothing of each other then; names of S3 buckets stay global, as they are in AWS. Code in
    the same process that uses moto itself with the same account sees the emulator's state.

    Of Cognito Identity it answers creating, updating, describing and deleting pools, their roles,
    GetId, GetOpenIdToken (a developer's, too) and GetCredentialsForIdentity. All else is as
    complete as moto makes it. SAML assertions are refused, PartiQL needs permission on everything; S3's
    upload forms and signatures' own times are not looked at; a DeleteObjects with one forbidden
    key is refused as a whole. Of policies that hang on resources, those of S3 buckets and the
    trust policies of roles are judged.

    Use as a context manager, or call ``start()`` and ``close()``. Thread-safe.
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
    ) -> None:
        if not re.fullmatch(r"[0-9]{12}", account_id):
            raise ValueError(f"account_id must be 12 digits, not {account_id!r}")
        self.host = host
        self.region = region
        self.account_id = account_id
        self.clock = MovableClock() if clock is None else MovableClock(clock.now)
        self._port = port
        self._server: HttpServer | None = None
        self._closed = False
        self._moto = MotoServices(account_id=account_id, region=region)
        self._administrator = new_administrator_keys()
        self._sessions = MotoRoleSessions(moto=self._moto, clock=self.clock)
        self._login_keys = MotoLoginKeys(self._moto, self.clock)
        self._passwords = MotoPasswords(self._moto)
        self.identity_service = IdentityService(
            account_id=account_id,
            region=region,
            clock=self.clock,
            role_sessions=self._sessions,
            login_keys=self._login_keys,
            credential_lifetime=credential_lifetime,
        )
        self._sts = StsService(
            moto=self._moto,
            sessions=self._sessions,
            pool_tokens=self.identity_service.pool_tokens,
        )
        self._access = AccessControl(
            moto=self._moto,
            sessions=self._sessions,
            clock=self.clock,
            administrator=self._administrator,
            enforce=enforce_iam,
        )
        self._calls: list[Call] = []
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients = weakref.WeakSet[Any]()

    def start(self) -> Self:
        """Begin to listen, once.

        Raises ``RuntimeError`` where an emulator of the same account runs in this process, or
        where this one was closed.
        """
        if self._closed:
            raise RuntimeError("this emulator was closed and its state is gone: make another")
        with _accounts_lock:
            if self.account_id in _accounts_in_use:
                raise RuntimeError(
                    f"an emulator of account {self.account_id} runs in this process already, and"
                    " moto would mix the two up: close it, or give this one another account_id"
                )
            _accounts_in_use.add(self.account_id)
        time_source.install()
        try:
            self._server = HttpServer(self.host, self._port, self._answer)
            self._server.start()
        except BaseException:
            self._leave()
            raise
        return self

    def close(self) -> None:
        """Stop listening and forget all state; again: do nothing."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self._closed = True
        for client in tuple(self._clients):
            client.close()
        self._leave()

    def _leave(self) -> None:
        self._moto.reset()
        time_source.uninstall()
        with _accounts_lock:
            _accounts_in_use.discard(self.account_id)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port in use. Raises ``RuntimeError`` where the emulator does not run."""
        if self._server is None:
            raise RuntimeError("the emulator does not run: call start(), or use it with 'with'")
        return self._server.port

    @property
    def endpoint_url(self) -> str:
        """The URL to give to any SDK, for every service."""
        return f"http://{self.host}:{self.port}"

    @property
    def calls(self) -> tuple[Call, ...]:
        """All requests so far, in the order in which they were answered."""
        with self._lock:
            return tuple(self._calls)

    def environment(self) -> dict[str, str]:
        """Return the environment variables that point an SDK or CLI here; no credentials."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": self.host,
            "no_proxy": self.host,
        }

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client with administrator keys.

        ``options`` are those of ``boto3.Session.client``: other keys, or a ``config``, for one.
        The client takes nothing from the process's environment or AWS config files, and is
        closed with the emulator.
        """
        from botocore.config import Config

        config = Config(
            proxies={},
            use_fips_endpoint=False,
            use_dualstack_endpoint=False,
            s3={"addressing_style": "path"},
        )
        given = options.pop("config", None)
        options = {
            "region_name": self.region,
            "endpoint_url": self.endpoint_url,
            "aws_access_key_id": self._administrator.access_key_id,
            "aws_secret_access_key": self._administrator.secret_access_key,
            "config": config if given is None else config.merge(given),
            **options,
        }
        with self._lock:  # boto3 sessions are not thread-safe
            if self._session is None:
                self._session = hermetic_session()
            client = self._session.client(service, **options)
            self._clients.add(client)
        return client

    def fail(
        self,
        operation: str,
        code: str,
        message: str = "",
        *,
        status: int = 400,
        times: int = 1,
    ) -> None:
        """Answer the next ``times`` calls of ``operation`` with an error of the service.

        Works for every service; an S3 request goes by its HTTP method.
        """
        with self._lock:
            self._faults.append(_Fault(operation, Refused(code, message or code, status), times))

    def add_oidc_issuer(self, issuer_url: str, jwks: Mapping[str, Any]) -> None:
        """Let the emulator verify tokens of ``issuer_url`` with ``jwks``, without a network."""
        self._login_keys.add_oidc_issuer(issuer_url, jwks)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        started = self.clock.now()
        if request.method == "OPTIONS" and "x-amz-" in request.header(
            "Access-Control-Request-Headers"
        ):
            # Browsers ask before they send; moto would take the question for one about S3.
            status, headers, body = preflight(now=started)
            return HttpResponse(status, list(headers.items()), body)
        try:
            signature, readable = read_signature(request), True
        except MalformedSignatureError:
            signature, readable = None, False
        call = read_call(request, signature)
        try:
            response = self._dispatch(request, call, signature, readable=readable)
        except Refused as refused:
            response = self._refusal(call, refused)
        except Exception:  # noqa: BLE001 - logged; the client gets the service's own word for it
            _log.exception("the emulator failed on %s %s", call.service, call.operation)
            fault = Refused("InternalFailure", "the emulator failed; its log says where", 500)
            response = self._refusal(call, fault)
        # Clients learn from it how far their clock is off; moto and the server have another.
        others = [header for header in response.headers if header[0].lower() != "date"]
        response.headers = [*others, ("Date", formatdate(self.clock.now(), usegmt=True))]
        with self._lock:
            operation = call.operation or request.method
            self._calls.append(Call(call.service, operation, response.status, started))
        return response

    def _refusal(self, call: ServiceCall, refused: Refused) -> HttpResponse:
        if call.service != "cognito-identity":
            return refusal_response(call.protocol, refused)
        fault = ServiceFault(refused.code, refused.message, refused.status)
        status, headers, body = failure(fault, now=self.clock.now())
        return HttpResponse(status, list(headers.items()), body)

    def _raise_fault(self, call: ServiceCall, request: HttpRequest) -> None:
        operation = call.operation or request.method
        with self._lock:
            for fault in self._faults:
                if fault.operation == operation:
                    fault.times -= 1
                    if not fault.times:
                        self._faults.remove(fault)
                    raise fault.refused

    def _dispatch(
        self,
        request: HttpRequest,
        call: ServiceCall,
        signature: Signature | None,
        *,
        readable: bool,
    ) -> HttpResponse:
        self._raise_fault(call, request)
        if not readable:
            raise unreadable_signature(call.protocol)
        caller = self._access.authenticate(request, call, signature)
        request = request_for_moto(request, call, signature, region=self.region)
        self._access.authorize(caller, call, request)
        if call.service == "cognito-identity":
            status, headers, body = self.identity_service.handle(
                call.operation, request.body, signed=signature is not None
            )
            return HttpResponse(status, list(headers.items()), body)
        if call.service == "sts":
            operation = self._sts.operation(call.operation)
            if operation is not None:
                return operation(query_parameters(request), caller)
        if unquote(request.path).startswith(_MOTOS_OWN):
            # One of them would reset the state of every emulator in the process.
            return HttpResponse(HTTPStatus.NOT_FOUND)
        if call.service == "cognito-idp" and call.operation.endswith("GlobalSignOut"):
            self._login_keys.note_sign_out(call.operation, json.loads(request.body))
        with time_source.time_of(self.clock):
            if call.service == "cognito-idp":
                return self._passwords.answer(call.operation, request)
            response = self._moto.answer(request)
        if call.service == "s3" and response.status == HTTPStatus.NOT_FOUND:
            self._access.authorize_absence(caller, call, request)
        return response
