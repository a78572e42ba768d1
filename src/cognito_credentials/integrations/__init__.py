"""Integrations with libraries that need AWS credentials.

- `boto3`, `aiobotocore` and `aioboto3`: `session(provider, ...)` creates a session that uses the
  provider's credentials, and `install(session, provider)` adds the provider to an existing session.
- `httpx`, `httpx2`, `requests` and `aiohttp`: the result of `auth(provider, ...)`, or of
  `middleware(provider, ...)` for aiohttp, signs each request.
- `awscrt`, `daft`, `duckdb`, `icechunk`, `obstore`, `polars`, `pyiceberg`, `s3fs` and `smithy` (for the
  `aws-sdk-*` packages): see `docs/consumers.md`.

Each integration is named after a library. The first call to a function in the integration imports
that library. If the library is not installed, the error contains the command that installs it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.integrations import (
        aioboto3,
        aiobotocore,
        aiohttp,
        awscrt,
        boto3,
        daft,
        duckdb,
        httpx,
        httpx2,
        icechunk,
        obstore,
        polars,
        pyiceberg,
        requests,
        s3fs,
        smithy,
    )

__all__ = [
    "aioboto3",
    "aiobotocore",
    "aiohttp",
    "awscrt",
    "boto3",
    "daft",
    "duckdb",
    "httpx",
    "httpx2",
    "icechunk",
    "obstore",
    "polars",
    "pyiceberg",
    "requests",
    "s3fs",
    "smithy",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The import makes the module an attribute of this package.
    return __import__(f"{__name__}.{name}", fromlist=[name])


def __dir__() -> list[str]:
    return __all__
