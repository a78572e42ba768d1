"""aiobotocore session for s3fs; the session can be pickled if its provider can be pickled."""

from __future__ import annotations

from typing import Any

from cognito_credentials.integrations import _botocore
from cognito_credentials.integrations._aiobotocore_session import PreloadingSession
from cognito_credentials.integrations._async_views import as_async_cache

__all__ = ["S3Session"]


class S3Session(PreloadingSession):
    """Session with the credentials of a sync or async provider.

    s3fs uses the session in a thread with an event loop of its own.
    """

    def __init__(self, provider: Any, region_name: str | None, options: dict[str, Any]) -> None:
        # Do not use `setattr`, which would initialize the session.
        self.__dict__["_arguments"] = (provider, region_name, options)
        cache: Any = as_async_cache(provider)
        credentials = _botocore.AioCognitoCredentials(cache)

        def configure(session: PreloadingSession) -> None:
            if region_name is not None:
                session.set_config_variable("region", region_name)
            _botocore.install(session, _botocore.AioCognitoProvider(credentials))
            _botocore.set_default_region(session, cache.provider.region)

        super().__init__(configure, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        # The session can be pickled only if its provider is a `ProviderConfig`.
        return type(self), self.__dict__["_arguments"]
