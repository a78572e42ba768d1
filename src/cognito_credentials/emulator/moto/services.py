"""The rest of AWS: moto's server application, for one account of moto's state.

moto keeps its state for the whole process, by account id. Every request is sent to it with the
emulator's account, so two emulators see nothing of each other as long as their accounts
differ; only S3's bucket names are global, as they are in AWS. moto's own IAM enforcement stays
off: ``access_control`` stands in front. Other users of moto in the process notice nothing,
except that they share the default account id.
"""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from botocore.exceptions import ProfileNotFound
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

from cognito_credentials.emulator.http_server import HttpResponse
from cognito_credentials.emulator.moto.hermetic_boto3 import hermetic_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moto.iam.models import IAMBackend, Role, User
    from moto.sts.models import STSBackend

    from cognito_credentials.emulator.http_server import HttpRequest

_log = logging.getLogger(__name__)


class MotoServices:
    """Answer requests with moto, and read the state of its account. Thread-safe as moto is.

    ``partition`` is that of the region ("aws", "aws-cn", ...).
    """

    def __init__(self, *, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.partition = get_partition(region)
        self._application = DomainDispatcherApplication(create_backend_app)
        _free_from_profiles()

    def backend(self, service: str, region: str | None = None) -> Any:
        """Return moto's state of ``service`` in this account ("iam" and "s3" have no region)."""
        return self.backends(service)[region or self.partition]

    def backends(self, service: str) -> Any:
        """Return moto's state of ``service`` in this account, by region (or partition)."""
        # get_backend is typed for one literal name after the other.
        find = cast("Callable[[str], Any]", get_backend)
        return find(service)[self.account_id]

    @property
    def iam(self) -> IAMBackend:
        """Moto's IAM."""
        backend: IAMBackend = self.backend("iam")
        return backend

    @property
    def sts(self) -> STSBackend:
        """Moto's STS."""
        backend: STSBackend = self.backend("sts")
        return backend

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Send ``request`` to moto; a failure of moto's own is a 500 (not built yet: 501)."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            started.append((status, headers))

        try:
            chunks = self._application(self._environ(request), start_response)
            try:
                body = b"".join(chunks)
            finally:
                close = getattr(chunks, "close", None)
                if close is not None:
                    close()
        except HTTPException as error:
            return HttpResponse(error.code or 500, [], (error.description or "").encode())
        except NotImplementedError as error:
            return HttpResponse(501, [("Content-Type", "text/plain")], str(error).encode())
        except Exception:  # noqa: BLE001 - logged; whatever fails in moto is a 500
            _log.exception("moto failed on %s %s", request.method, request.path)
            text = b"moto failed on this request; the emulator's log has the traceback"
            return HttpResponse(500, [("Content-Type", "text/plain")], text)
        status, headers = started[-1]
        return HttpResponse(int(status.partition(" ")[0]), headers, body)

    def rest_operation(self, service: str, request: HttpRequest) -> str | None:
        """Name the operation that a REST request means, or None where moto does not know it."""
        try:
            router = get_service_router(service)
            operation, _ = router.match(MotoRequest(self._environ(request)))
        except Exception:  # noqa: BLE001 - moto raises what it likes
            # Whatever moto cannot route, policies cannot name: the caller's rules for unknown
            # actions apply.
            return None
        return operation.name

    def role(self, arn: str) -> Role | None:
        """Return the IAM role of that ARN."""
        return next((role for role in tuple(self.iam.get_roles()) if role.arn == arn), None)

    def user_of_key(self, access_key_id: str) -> tuple[User, str] | None:
        """Return the IAM user of an active long-term key, and its secret."""
        for user in tuple(self.iam.users.values()):
            for key in user.access_keys:
                if key.access_key_id == access_key_id and key.status == "Active":
                    return user, key.secret_access_key
        return None

    def policies_of(self, holder: Role | User) -> list[Mapping[str, Any]]:
        """Return the documents of all policies of a role or user, its groups' included."""
        holders: list[Any] = [holder]
        if hasattr(holder, "access_keys"):
            holders += self.iam.get_groups_for_user(holder.name)
        documents: list[Mapping[str, Any]] = []
        for each in holders:
            documents += map(_document, each.policies.values())
            documents += map(_managed_document, each.managed_policies.values())
        return documents

    def managed_policy(self, arn: str) -> Mapping[str, Any] | None:
        """Return the document of a managed policy of the account, or of AWS where moto has it."""
        policy = self.iam.managed_policies.get(arn)
        return None if policy is None else _managed_document(policy)

    def reset(self) -> None:
        """Forget everything of this account, and nothing of others."""
        # The list of what is in use; moto.backends can only name every service there is.
        in_use: list[Any] = vars(BackendDict)["_instances"]
        for backends in tuple(in_use):
            if self.account_id not in backends:
                continue
            if backends.service_name == "s3":
                for backend in tuple(backends[self.account_id].values()):
                    self._reset_s3(backends, backend)
            else:
                backends[self.account_id].reset()

    def _reset_s3(self, backends: Any, backend: Any) -> None:
        # S3Backend.reset() would close the objects of every account in the process.
        from moto.s3.models import FakeKey

        tracked: list[Any] = vars(FakeKey)["instances_tracked"]
        for key in [key for key in tuple(tracked) if key.account_id == self.account_id]:
            key.dispose()
            tracked.remove(key)
        for name in (*backend.buckets, *backend.table_buckets):
            backends.bucket_accounts.pop(name, None)
        BaseBackend.reset(backend)

    def _environ(self, request: HttpRequest) -> dict[str, Any]:
        environ: dict[str, Any] = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(request.path, "latin-1"),
            "QUERY_STRING": request.query,
            "REQUEST_URI": request.target,
            "RAW_URI": request.target,
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
        }
        preserved: dict[str, str] = {}
        for name, value in request.headers.items():
            key = environ_key_for_header(name)
            if should_preserve_original_header_name(name):
                preserved[key] = name
            elif "_" in name:
                continue
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = preserved
        environ["CONTENT_LENGTH"] = str(len(request.body))
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account_id
        return environ


def _free_from_profiles() -> None:
    """Let moto look regions up where the host's ``AWS_PROFILE`` names no profile."""
    try:
        AccountSpecificBackend.get_session()
    except ProfileNotFound:
        # moto makes one boto3 session for itself, from the environment. It asks it for the
        # names of regions only, so any session does.
        session = hermetic_session()
        setattr(AccountSpecificBackend, "get_session", lambda: session)  # noqa: B010 - typed as a method


def _document(text: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(text)
    return document


def _managed_document(policy: Any) -> Mapping[str, Any]:
    return _document(next(version.document for version in policy.versions if version.is_default))
