"""Session of aiobotocore whose clients do not block the event loop."""

from __future__ import annotations

import asyncio
import os
import ssl
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioCredentialResolver
from aiobotocore.hooks import AioHierarchicalEmitter
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import AioSession
from botocore.httpsession import get_cert_path

from cognito_credentials.integrations._botocore_sessions import create_session, share_endpoint_rules
from cognito_credentials.integrations._shared_models import SharedLoader


class PreloadingSession(AioSession):
    """Session that prepares the event loop for the creation of a client.

    aiobotocore loads the models of a service in the event loop, which takes 50 to 200 ms for the
    first client; this session loads them in a thread. If many tasks create a client at the same
    time, other tasks run between any two of them.
    """

    def create_client(
        self,
        service_name: str,
        region_name: str | None = None,
        api_version: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        create: Callable[..., Any] = super().create_client
        return _ClientContext(
            lambda: self._prepare(service_name, api_version),
            lambda: create(service_name, region_name, api_version, *args, **kwargs),
            lambda client: share_endpoint_rules(client, self),
        )

    async def _prepare(self, service_name: str, api_version: str | None) -> None:
        loader = self.get_component("data_loader")
        version = api_version or self.get_config_variable("api_versions").get(service_name)
        # An application may have registered a loader of its own.
        if isinstance(loader, SharedLoader) and not loader.is_preloaded(service_name, version):
            await asyncio.to_thread(loader.preload, service_name, version)
        await _wait_for_turn()


class _ClientContext:
    """Async context manager of a client, which `create_client` returns."""

    def __init__(
        self,
        prepare: Callable[[], Any],
        create: Callable[[], Any],
        share: Callable[[Any], Any],
    ) -> None:
        self._prepare = prepare
        self._create = create
        self._share = share

    async def __aenter__(self) -> Any:
        await self._prepare()
        self._context = self._create()
        return self._share(await self._context.__aenter__())

    async def __aexit__(self, *exception: object) -> Any:
        return await self._context.__aexit__(*exception)


_turns: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
    weakref.WeakKeyDictionary()
)


async def _wait_for_turn() -> None:
    """Return to at most one task in each iteration of the event loop."""
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0)


class SharedTlsSession(AIOHTTPSession):
    """HTTP session of a client, which shares the TLS context with other clients.

    A context with the usual certificate authorities takes 13 ms and 0.7 MB. A context for a proxy
    or with a client certificate is not shared.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._shared_bundle = None
        if options.get("verify") and not (options.get("proxies") or options.get("client_cert")):
            self._shared_bundle = get_cert_path(options["verify"])

    def _get_ssl_context(self) -> Any:
        create: Callable[[], Any] = super()._get_ssl_context  # type: ignore[misc]
        if self._shared_bundle is None:
            return create()
        status = os.stat(self._shared_bundle)
        key = (self._shared_bundle, status.st_mtime_ns, status.st_size)
        if key not in _contexts:
            _contexts[key] = _load_once(create())
        return _contexts[key]


# By path and version of the file with the certificate authorities.
_contexts: dict[tuple[str, int, int], ssl.SSLContext] = {}


def _load_once(context: Any) -> Any:
    """Change a TLS context so that it loads the same file of certificate authorities only once."""
    load, loaded = context.load_verify_locations, set[tuple[Any, ...]]()

    def load_verify_locations(*arguments: Any) -> None:
        if arguments not in loaded:
            load(*arguments)
            loaded.add(arguments)

    context.load_verify_locations = load_verify_locations
    return context


@cache
def _default_config() -> AioConfig | None:
    """Return the config of new sessions, or None if this version of aiobotocore supports none.

    Older versions have no option for the HTTP session, or lose options when they merge configs.
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


def create_aio_session(**options: Any) -> PreloadingSession:
    """Create a session with arguments of `AioSession`."""
    session = create_session(
        PreloadingSession, AioHierarchicalEmitter, AioCredentialResolver, **options
    )
    config = _default_config()
    if config is not None:
        session.set_default_client_config(config)
    return session
