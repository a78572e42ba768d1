"""aiobotocore session for s3fs; the session can be pickled if its provider can be pickled."""

from __future__ import annotations

from typing import Any

from cognito_credentials.integrations._aiobotocore_session import (
    PreloadingSession,
    create_configure,
)
from cognito_credentials.integrations._async_views import as_async_cache

__all__ = ["S3Session"]


class S3Session(PreloadingSession):
    """Session with the credentials of a sync or async provider.

    s3fs uses the session in a thread with its own event loop.
    """

    def __init__(self, provider: Any, region_name: str | None, options: dict[str, Any]) -> None:
        # Do not use `setattr`, which would initialize the session.
        self.__dict__["_arguments"] = (provider, region_name, options)
        super().__init__(create_configure(as_async_cache(provider), region_name), **options)

    def __reduce__(self) -> tuple[Any, ...]:
        # The session can be pickled only if its provider is a `ProviderConfig`.
        return type(self), self.__dict__["_arguments"]
