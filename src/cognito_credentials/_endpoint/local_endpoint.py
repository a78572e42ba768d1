"""The endpoint that `serve()` of a provider or a cache starts in this process."""

from __future__ import annotations

import asyncio
import os
import weakref
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cognito_credentials import _typing as t
from cognito_credentials._base.open_caches import has_rejected_credentials
from cognito_credentials._endpoint.listener import open_listener
from cognito_credentials._endpoint.private_directory import TOKEN_FILE_NAME, make_private_directory
from cognito_credentials._endpoint.served_credentials import ServedCredentials, ServedIdentity
from cognito_credentials._endpoint.server import Endpoint
from cognito_credentials._endpoint.token_file import generate_token, write_private_file

if TYPE_CHECKING:
    from cognito_credentials.credentials import Credentials

__all__ = ["CredentialsEndpoint"]

URL_VARIABLE = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
TOKEN_FILE_VARIABLE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # noqa: S105 - this is the name of a variable


class CredentialsEndpoint:
    """Container-credentials endpoint in this process, like the endpoints in ECS and EKS.

    Returned by `serve()` of a provider or a cache. The endpoint serves the cached credentials on a
    loopback port until it is closed, and refreshes them before they expire. Closing the endpoint
    does not close the provider. Thread-safe. The endpoint does not exist in forked child processes.

    Attributes:
        url: URL of the credentials.
        token: Token that clients send in the `Authorization` header. Secret.
        token_file: Path of the file that contains the token. Only this user can read the file. The
            file is deleted when the endpoint is closed.
    """

    __module__ = "cognito_credentials"

    def __init__(self, cache: Any, port: int = 0) -> None:
        served = _LoopCache(cache) if cache.provider.is_async else cache
        identity = ServedIdentity(
            ServedCredentials(
                served,
                closes_provider=False,
                is_rejected=partial(has_rejected_credentials, cache),
            )
        )
        self.token: str = generate_token()
        with ExitStack() as stack:
            directory = stack.enter_context(make_private_directory())
            self.token_file: str = write_private_file(
                os.path.join(directory, TOKEN_FILE_NAME), self.token.encode()
            )
            endpoint = stack.enter_context(Endpoint(identity, self.token, open_listener(port=port)))
            self.url: str = endpoint.url
            # Also called when the interpreter exits.
            self._finalizer = weakref.finalize(self, _close, stack.pop_all(), os.getpid())

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which AWS SDKs find the endpoint.

        Clients use the endpoint only if they find no other credentials: access keys and profiles
        take precedence. Old SDKs that do not read the token file need the token itself in
        `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
        """
        return {URL_VARIABLE: self.url, TOKEN_FILE_VARIABLE: self.token_file}

    def close(self) -> None:
        """Stop the endpoint and delete the token file. May be called more than once."""
        self._finalizer()

    def __enter__(self) -> t.Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"


def _close(stack: ExitStack, process: int) -> None:
    # A forked child process must not delete its parent's directory.
    if os.getpid() == process:
        stack.close()


class _LoopCache:
    """Sync interface to an async cache; fetches run in the event loop that called `serve`."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache
        self._loop = asyncio.get_running_loop()
        self.provider: Any = cache.provider
        self.peek = cache.peek

    def get(self) -> Credentials:
        """Return valid credentials; the calling thread waits for the event loop."""
        fetch = asyncio.run_coroutine_threadsafe(self._cache.get(), self._loop)
        credentials: Credentials = fetch.result()
        return credentials
