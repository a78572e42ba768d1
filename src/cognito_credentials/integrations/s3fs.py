"""Credentials for s3fs, and for fsspec, pandas, dask and other libraries that use s3fs.

    from s3fs import S3FileSystem
    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.s3fs import session

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    files = S3FileSystem(session=session(provider))

Other libraries accept the session in their storage options:
`pandas.read_csv("s3://game/scores.csv", storage_options={"session": session(provider)})`.
"""

from __future__ import annotations

from typing import Any

from cognito_credentials import _typing as t
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._provider_types import AnyProvider

__all__ = ["session"]


def session(
    provider: AnyProvider, *, region_name: str | None = None, **kwargs: Any
) -> t.AioSession:
    """Create a session for the parameter `session` of `s3fs.S3FileSystem` and of fsspec.

    s3fs calls the session in a thread with its own event loop, even if the program is sync. With a
    sync provider, a fetch runs in another thread, so it never blocks the requests for other files.
    A program that also uses the provider without s3fs should pass a sync provider: sync providers
    share a fetch between all threads, but async providers share it only within an event loop.

    Args:
        provider: A sync or async provider, a `ProviderConfig`, a cache, or the object that
            `user(...)` of a broker returns. The caller must close the object.
        region_name: Region of the requests. By default, the region that the environment or a
            profile sets, or else the region of the identity pool.
        **kwargs: Arguments of `aiobotocore.session.AioSession`, such as `profile`.

    Raises:
        ConfigurationError: If s3fs is not installed, or the provider is closed or of an unsupported type.
    """
    with (
        require_library("s3fs", extra="s3fs", minimum="2024.6"),
        require_library("aiobotocore", extra="s3fs", minimum="2.13"),
    ):
        import aiobotocore.session  # noqa: F401  # pyright: ignore[reportUnusedImport]

        from cognito_credentials.integrations._s3fs_session import S3Session
    return S3Session(provider, region_name, kwargs)
