"""aiobotocore session that does not block the event loop when it creates clients."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioCredentialResolver
from aiobotocore.hooks import AioHierarchicalEmitter
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import AioSession
from botocore.httpsession import get_cert_path

from cognito_credentials._base.daemon_threads import call_in_thread
from cognito_credentials.integrations import _botocore
from cognito_credentials.integrations._botocore_sessions import (
    session_options,
    share_endpoint_rules,
    share_models,
)
from cognito_credentials.integrations._shared_models import SharedLoader


def create_configure(cache: Any, region_name: str | None) -> Callable[[AioSession], None]:
    """Return a function that makes a session use the credentials of an async cache.

    Args:
        cache: The cache.
        region_name: The region of the session. By default, the session determines its region as
            usual, and uses the region of the identity pool if no setting names a region.
    """
    credentials = _botocore.AioCognitoCredentials(cache)

    def configure(session: AioSession) -> None:
        if region_name is not None:
            session.set_config_variable("region", region_name)
        _botocore.install(session, _botocore.AioCognitoProvider(credentials))
        _botocore.set_default_region(session, cache.provider.region)

    return configure


class PreloadingSession(AioSession):
    """Session that blocks the event loop only for the milliseconds that a client's creation takes.

    aiobotocore loads the models of a service in the event loop, which takes 50 to 200 ms for the
    first client; this session loads them in a thread. If many tasks create clients at the same
    time, other tasks can run between any two creations. So that the creation of many sessions does
    not block the event loop either, a session without options is initialized on first use, which is
    usually the creation of a client.

    Args:
        configure: Function that is called with the session when the session is initialized.
        **options: Arguments of `AioSession`.
    """

    def __init__(
        self, configure: Callable[[PreloadingSession], None] | None = None, **options: Any
    ) -> None:
        self.__dict__["_pending"] = (configure, options)
        if options:  # An invalid option must raise an error now.
            self._initialize()

    @classmethod
    def from_profile(cls, region_name: str | None, options: dict[str, Any]) -> PreloadingSession:
        """Create a session for the identity pool that the session's profile names.

        Raises:
            ConfigurationError: If the profile names no identity pool, or a setting is invalid.
            CredentialsUnavailableError: If the profile names an issuer, and no user is signed in.
        """
        session = cls(**options)
        if region_name is not None:
            session.set_config_variable("region", region_name)
        _botocore.install_profile(session)
        return session

    def _initialize(self) -> None:
        pending = self.__dict__.pop("_pending", None)
        if pending is None:
            return
        configure, options = pending
        try:
            super().__init__(**session_options(AioHierarchicalEmitter, options))
            share_models(self, AioCredentialResolver)
            config = _default_config()
            if config is not None:
                self.set_default_client_config(config)
            if configure is not None:
                configure(self)
        except BaseException:
            # Otherwise, the next use would find a session without credentials.
            self.__dict__.clear()
            self.__dict__["_pending"] = pending
            raise

    def __getattr__(self, name: str) -> Any:
        # Python calls this method for missing attributes. Before the session is initialized, every
        # attribute is missing.
        if "_pending" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._initialize()
        return getattr(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._initialize()
        super().__setattr__(name, value)

    def create_client(
        self,
        service_name: str,
        region_name: str | None = None,
        api_version: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        create = cast("Callable[..., Any]", super().create_client)  # pyright: ignore[reportUnknownMemberType]
        return _ClientContext(
            self,
            (service_name, api_version),
            lambda: create(service_name, region_name, api_version, *args, **kwargs),
        )

    async def prepare_client(self, service_name: str, api_version: str | None) -> None:
        """Load a client's models, and wait for the calling task's turn to create the client."""
        await _wait_for_turn()
        loader = self.get_component("data_loader")
        version = api_version or self.get_config_variable("api_versions").get(service_name)
        # An application may have registered its own loader.
        if isinstance(loader, SharedLoader) and not loader.is_preloaded(service_name, version):
            await call_in_thread(loader.preload, service_name, version)
            await _wait_for_turn()


class _ClientContext:
    """Async context manager that `create_client` returns; entering it creates the client."""

    def __init__(
        self,
        session: PreloadingSession,
        service: tuple[str, str | None],
        create: Callable[[], Any],
    ) -> None:
        self._session = session
        self._service = service
        self._create = create

    async def __aenter__(self) -> Any:
        await self._session.prepare_client(*self._service)
        self._context = self._create()
        return share_endpoint_rules(await self._context.__aenter__(), self._session)

    async def __aexit__(self, *exception: object) -> Any:
        return await self._context.__aexit__(*exception)


_turns: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
    weakref.WeakKeyDictionary()
)


async def _wait_for_turn() -> None:
    """Wait until this task may create its client; each event loop iteration admits one task."""
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0)


class SharedTlsSession(AIOHTTPSession):
    """HTTP session that shares its TLS context with the HTTP sessions of other clients.

    Creating a context with the usual certificate authorities takes 13 ms and 0.7 MB. A context for
    a proxy or with a client certificate is not shared.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._shared_bundle = None
        if options.get("verify") and not (options.get("proxies") or options.get("client_cert")):
            self._shared_bundle = get_cert_path(options["verify"])

    def _get_ssl_context(self) -> Any:
        create = cast("Callable[[], Any]", super()._get_ssl_context)  # type: ignore[misc]
        if self._shared_bundle is None:
            return create()
        status = os.stat(self._shared_bundle)
        key = (self._shared_bundle, status.st_mtime_ns, status.st_size)
        if key not in _contexts:
            _contexts[key] = _load_once(create())
        return _contexts[key]


# The keys are the path, modification time and size of the file with the certificate authorities.
_contexts: dict[tuple[str, int, int], Any] = {}


def _load_once(context: Any) -> Any:
    """Change a TLS context so that it loads each file of certificate authorities only once."""
    load, loaded = context.load_verify_locations, set[tuple[Any, ...]]()

    def load_verify_locations(*arguments: Any) -> None:
        if arguments not in loaded:
            load(*arguments)
            loaded.add(arguments)

    context.load_verify_locations = load_verify_locations
    return context


@cache
def _default_config() -> AioConfig | None:
    """Return the client config for new sessions, or None if this version of aiobotocore is too old.

    Old versions have no option for the class of the HTTP session, or lose options when they merge
    configs.
    """
    try:
        config = AioConfig(http_session_cls=SharedTlsSession)
        merged: Any = config.merge(AioConfig(connector_args={"force_close": True}))
    except TypeError:
        return None
    is_complete = (
        merged.http_session_cls is SharedTlsSession and merged.connector_args["force_close"]
    )
    return config if is_complete else None
