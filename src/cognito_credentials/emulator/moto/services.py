"""moto's server application, and the state of one of its accounts.

Within a process, moto keeps separate state for each account ID. Every request is sent to moto with
the account ID of the emulator. Two emulators with different accounts share no state, except that
the names of S3 buckets are global, as in AWS. moto's own enforcement of IAM policies is disabled,
because `front.access_control` authorizes requests. Other code in the process that uses moto is not
affected, unless it uses the same account ID.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import unquote
from xml.parsers.expat import ExpatError

from botocore.exceptions import BotoCoreError
from moto.backends import get_backend
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    DomainDispatcherApplication,
    create_backend_app,
)
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from cognito_credentials._external_text import printable
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.messages import RawRequest, RawResponse, ServiceRequest
from cognito_credentials.emulator.moto.hermetic_boto3 import make_hermetic_session
from cognito_credentials.emulator.moto.requests import make_moto_request

_log = logging.getLogger(__name__)

_ADMINISTRATIVE_PATHS = ("/moto-api", "/latest/meta-data/", "/latest/api/", "/favicon.ico")


class MotoServices:
    """Client for one account in moto, with access to its state.

    Thread-safe to the extent that moto is.

    Attributes:
        account_id: The account ID.
        region: The region of the emulator.
        partition: The partition of that region ("aws", "aws-cn", ...).
    """

    def __init__(self, *, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.partition: str = get_partition(region)
        self._application = DomainDispatcherApplication(create_backend_app)
        _tolerate_invalid_settings()

    def backend(self, service: str, region: str | None = None) -> Any:
        """Return moto's backend for a service; "iam" and "s3" have one backend for all regions."""
        return self.backends(service)[region or self.partition]

    def backends(self, service: str) -> Any:
        """Return moto's backends for a service, by region or partition."""
        # get_backend is typed only for literal service names.
        find = cast("Callable[[str], Any]", get_backend)
        return find(service)[self.account_id]

    def send(self, request: ServiceRequest) -> RawResponse:
        """Send a request to moto and return the response.

        If moto does not implement the operation, the response has status 501.

        Raises:
            AwsError: If moto raises an exception, for example for a malformed request.
        """
        http = make_moto_request(request)
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            started.append((status, headers))

        try:
            chunks = self._application(self._make_environ(http), start_response)
            try:
                body = b"".join(chunks)
            finally:
                close = getattr(chunks, "close", None)
                if close is not None:
                    close()
        except HTTPException as error:
            return RawResponse(error.code or 500, [], (error.description or "").encode())
        except NotImplementedError as error:
            return RawResponse(501, [("Content-Type", "text/plain")], str(error).encode())
        except ExpatError:
            text = "The XML you provided was not well-formed or did not validate against our"
            raise AwsError("MalformedXML", f"{text} published schema", 400) from None
        except RecursionError:
            text = "a parameter of the request contains JSON that is nested too deeply"
            raise AwsError("ValidationError", text, 400) from None
        except Exception as error:  # noqa: BLE001 - the error is logged, and the client gets status 500
            name = type(error).__name__
            _log.warning(
                "moto raised %s for %s %s. Responding with status 500.",
                name,
                printable(http.method),
                printable(http.path),
            )
            _log.debug("The traceback of moto:", exc_info=True)
            text = f"moto, which emulates {request.service}, raised {name} for this request"
            raise AwsError("InternalError", text, 500) from None
        status, headers = started[-1]
        return RawResponse(int(status.partition(" ")[0]), headers, body)

    def find_rest_operation(self, request: ServiceRequest) -> tuple[str, Mapping[str, Any]] | None:
        """Return the operation of a REST request and the parameters in its path.

        Returns None if moto does not know the operation.
        """
        try:
            router = get_service_router(request.service)
            environ = self._make_environ(make_moto_request(request))
            operation, parameters = router.match(MotoRequest(environ))
        except Exception:  # noqa: BLE001 - moto may raise anything
            return None
        return operation.name, parameters

    def find_rest_operation_name(self, request: ServiceRequest) -> str | None:
        """Return the name of the operation of a REST request, or None if it is unknown."""
        if request.operation:
            return None
        found = self.find_rest_operation(request)
        return None if found is None else found[0]

    def reset(self) -> None:
        """Delete the state of this account only."""
        # This list contains only the services in use, while moto.backends contains all services.
        in_use: list[Any] = vars(BackendDict)["_instances"]
        for backends in tuple(in_use):
            if self.account_id not in backends:
                continue
            for backend in tuple(backends[self.account_id].values()):
                backend_class = cast("type[BaseBackend]", type(backend))
                if backends.service_name == "s3":
                    self._reset_s3(backends, backend)
                elif backend_class.reset is not BaseBackend.reset:
                    backend.reset()
            # Remove the backends without replacing them: moto creates backends on first use, which
            # takes 30 ms for EC2.
            backends[self.account_id].clear()

    def _reset_s3(self, backends: Any, backend: Any) -> None:
        # S3Backend.reset() would close the objects of every account in the process.
        from moto.s3.models import FakeKey

        tracked: list[Any] = vars(FakeKey)["instances_tracked"]
        for key in [key for key in tuple(tracked) if key.account_id == self.account_id]:
            key.dispose()
            tracked.remove(key)
        for name in (*backend.buckets, *backend.table_buckets):
            backends.bucket_accounts.pop(name, None)

    def _make_environ(self, http: RawRequest) -> dict[str, Any]:
        environ: dict[str, Any] = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(http.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
            "REQUEST_METHOD": http.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(http.path, "latin-1"),
            "QUERY_STRING": http.query,
            "REQUEST_URI": http.target,
            "RAW_URI": http.target,
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
        }
        preserved: dict[str, str] = {}
        for name, value in http.headers.items():
            key = environ_key_for_header(name)
            if should_preserve_original_header_name(name):
                preserved[key] = name
            elif "_" in name:
                continue
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved
        environ["CONTENT_LENGTH"] = str(len(http.body))
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account_id
        return environ


def is_administrative_path(path: str) -> bool:
    """Return True for the paths of moto itself, such as its API that could reset every emulator."""
    return unquote(path).startswith(_ADMINISTRATIVE_PATHS)


def _tolerate_invalid_settings() -> None:
    """Prevent an error in moto if a profile is missing or botocore cannot read the AWS files."""
    try:
        AccountSpecificBackend.get_session()
    except BotoCoreError:
        # moto creates a boto3 session from the environment, only to read the names of the regions,
        # so any session is suitable.
        session = make_hermetic_session()
        setattr(AccountSpecificBackend, "get_session", lambda: session)  # noqa: B010 - type checkers see a method
