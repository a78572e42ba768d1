"""Session of aiobotocore that does not block the event loop while it creates a client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiobotocore.hooks import AioHierarchicalEmitter
from aiobotocore.session import AioSession

from cognito_credentials.integrations._botocore_sessions import create_session
from cognito_credentials.integrations._shared_models import SharedLoader


class PreloadingSession(AioSession):
    """Session that loads the models of a service in a thread before it creates a client.

    aiobotocore loads them in the event loop, which takes 50 to 200 ms for the first client.
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
            lambda: self._preload(service_name, api_version),
            lambda: create(service_name, region_name, api_version, *args, **kwargs),
        )

    async def _preload(self, service_name: str, api_version: str | None) -> None:
        loader = self.get_component("data_loader")
        version = api_version or self.get_config_variable("api_versions").get(service_name)
        # An application may have registered a loader of its own.
        if isinstance(loader, SharedLoader) and not loader.is_preloaded(service_name, version):
            await asyncio.to_thread(loader.preload, service_name, version)


class _ClientContext:
    """Async context manager of a client, which `create_client` returns."""

    def __init__(self, preload: Callable[[], Any], create: Callable[[], Any]) -> None:
        self._preload = preload
        self._create = create

    async def __aenter__(self) -> Any:
        await self._preload()
        self._context = self._create()
        return await self._context.__aenter__()

    async def __aexit__(self, *exception: object) -> Any:
        return await self._context.__aexit__(*exception)


def create_aio_session(**options: Any) -> PreloadingSession:
    """Create a session with arguments of `AioSession`."""
    return create_session(PreloadingSession, AioHierarchicalEmitter, **options)
