"""Credentials for the users of an asynchronous back end."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Callable, Mapping
from types import TracebackType

import cognito_credentials
from cognito_credentials import _typing as t
from cognito_credentials._aio.driver import Driver, resolve_transport
from cognito_credentials._aio.user_credentials import AsyncUserCredentials
from cognito_credentials._base.broker import MAX_DEADLINE_SECONDS, BaseBroker
from cognito_credentials._base.checks import check_store
from cognito_credentials._base.jitter import random_jitter
from cognito_credentials._base.provider import BrokerSpec
from cognito_credentials._base.rate_limits import Quotas
from cognito_credentials._core.broker_users import UserRequest
from cognito_credentials._core.login_resolution import AsyncLogins
from cognito_credentials._validation import check_argument_names, check_seconds
from cognito_credentials.config import ClientConfig
from cognito_credentials.credentials import Credentials
from cognito_credentials.policy import RefreshPolicy
from cognito_credentials.stores._threaded import wrap_blocking_store

__all__ = ["AsyncCredentialBroker"]

MAX_CONCURRENT_PREFETCHES = 32


class AsyncCredentialBroker(BaseBroker):
    """Broker that fetches credentials for thousands of users on demand, and caches them.

    Credentials are cached in memory, and shared through a store if a store is passed. The broker
    refreshes credentials in the background before they expire. A call to `get` starts such a
    refresh if it is due; for recently active users, the broker also starts it without a call.
    Callers that request the same user's credentials at the same time share a fetch. The broker
    limits its requests to the account's quotas; callers take precedence over background work.

    This class does not verify login tokens; the service does. A caller whose tokens the service has not
    accepted for the user never gets cached credentials; the broker sends a request instead.
    `user_identifier` must still come from the application's own sign-in, never from a token that
    has not been verified.

    Any number of tasks may share a broker. A broker can be used in one event loop after another. As
    an async context manager, the broker calls `aclose` on exit.

    Args:
        identity_pool_id: See `from_cognito_identity_pool`.
        store: A store through which hosts share credentials and identity IDs; see
            `cognito_credentials.stores`. If guests use the broker, pass a store: without a store,
            an evicted guest gets a new identity. While the store is unavailable, guests whose
            credentials are cached in memory retain their identities. Identity IDs in the store take
            precedence over identity IDs in memory.
        account_id: See `from_cognito_identity_pool`.
        custom_role_arn: See `from_cognito_identity_pool`.
        basic_flow: See `from_cognito_identity_pool`.
        client_config: See `from_cognito_identity_pool`.
        policy: Determines when credentials are refreshed; None means `RefreshPolicy()`.
        quotas: The account's quotas of requests per second. With a `RedisStore`, all hosts share
            the quotas.
        max_users: Maximum number of cached users; the least recently used users are evicted.
        deadline: Time limit of each call to `get`, in seconds; at most 3600.
        prefetch_within: Seconds after a user's last call during which the broker continues to
            refresh the credentials; 0 disables prefetching.
        random: Function that returns a random number of at least 0 and less than 1, for the jitter.

    Raises:
        ConfigurationError: If an argument is invalid.
    """

    __module__ = "cognito_credentials.aio"

    @check_argument_names
    def __init__(
        self,
        identity_pool_id: str,
        *,
        store: t.AnyStore | None = None,
        account_id: str | None = None,
        custom_role_arn: str | Callable[[t.Claims], str | None] | None = None,
        basic_flow: cognito_credentials.BasicFlow | None = None,
        client_config: ClientConfig | Mapping[str, t.Any] | None = None,
        policy: RefreshPolicy | None = None,
        quotas: Quotas | None = None,
        max_users: int = 100_000,
        deadline: float = 10.0,
        prefetch_within: float = 600.0,
        random: Callable[[], float] = random_jitter,
    ) -> None:
        super().__init__(
            BrokerSpec(
                identity_pool_id=identity_pool_id,
                account_id=account_id,
                custom_role_arn=custom_role_arn,
                basic_flow=basic_flow,
                client_config=client_config,
            ),
            store=wrap_blocking_store(check_store(store, is_async=True)),
            policy=policy,
            quotas=quotas,
            max_users=max_users,
            deadline=deadline,
            prefetch_within=prefetch_within,
            random=random,
        )
        transport, self._owned_transport = resolve_transport(self._spec.config)
        self._driver = Driver(
            transport=transport,
            clock=self._spec.config.clock,
            max_flight_seconds=self._max_flight_seconds,
            random=random,
        )
        self._prefetcher: asyncio.Task[None] | None = None

    async def get(
        self,
        user_identifier: str,
        logins: AsyncLogins | None = None,
        *,
        deadline: float | None = None,
    ) -> Credentials:
        """Return valid credentials for a user.

        Args:
            user_identifier: Identifier of the user, from the application's own sign-in.
            logins: The user's login tokens, as for `from_cognito_identity_pool`; None for a guest.
                Pass the tokens themselves if possible: a supplier that is created for each call is
                treated as a new login, and causes a fetch.
            deadline: Time limit of this call, in seconds; overrides the broker's `deadline`.

        Raises:
            ConfigurationError: If an argument is invalid, or the broker is closed.
            RefreshTimeoutError: If the deadline passed, or would pass before the quota permits the
                request. A fetch that has begun continues in the background.
            CognitoCredentialsError: If there are no valid credentials and the fetch failed.
        """
        if deadline is not None:
            check_seconds("deadline", deadline, above=0, at_most=MAX_DEADLINE_SECONDS)
        credentials = self._get_fresh(user_identifier, logins)
        if credentials is not None:
            return credentials
        request = UserRequest(user_identifier, logins)
        self._start_prefetching()
        return await self._driver.call(self._flows.get(request, deadline))

    def user(self, user_identifier: str, logins: AsyncLogins | None = None) -> AsyncUserCredentials:
        """Return the credentials of one user as an object that integrations accept as a cache."""
        return AsyncUserCredentials(self, user_identifier, logins)

    def session(
        self, user_identifier: str, logins: AsyncLogins | None = None, **options: t.Any
    ) -> t.AioSession:
        """Return an aiobotocore session with a user's credentials.

        This requires the extra `aiobotocore`. The session's clients get the credentials from the
        broker, with these logins, for each request that they sign. If `logins` contains a fixed
        token, the clients work until the token expires; with a supplier, they work indefinitely.

        Args:
            user_identifier: See `get`.
            logins: See `get`.
            **options: Arguments of `cognito_credentials.integrations.aiobotocore.session`.

        Raises:
            ConfigurationError: If the broker is closed, or aiobotocore is not installed.
        """
        self._state.check_open()
        # Imported here, because the integrations are an outer layer, and the extra may not be
        # installed.
        from cognito_credentials.integrations.aiobotocore import session

        return session(self.user(user_identifier, logins), **options)

    def mark_rejected(
        self, user_identifier: str, access_key_id: str, error_code: str | None = None
    ) -> bool:
        """Report that a service has rejected a user's credentials before their expiration.

        The next call to `get` for this user waits for new credentials; see
        `AsyncCredentialsCache.mark_rejected`. The sessions that `session` returns call this method.

        Args:
            user_identifier: See `get`.
            access_key_id: Access key ID of the credentials that signed the rejected request.
            error_code: Error code in the response; see `AsyncCredentialsCache.mark_rejected`.

        Returns:
            True if the request should be sent again, because the next `get` returns other
            credentials or tries to fetch them.

        Raises:
            ConfigurationError: If an argument is invalid.
        """
        from cognito_credentials._core.rejections import is_rejection

        if not is_rejection(access_key_id, error_code):
            return False
        return self._state.mark_rejected(user_identifier, access_key_id)

    async def forget(self, user_identifier: str) -> None:
        """Discard a user's credentials, in memory and in the store, but not the identity ID.

        The result of a fetch in progress is discarded as well. Credentials that were already
        returned remain valid until they expire, and other hosts continue to use their cached
        credentials until then.

        Raises:
            ConfigurationError: If `user_identifier` is invalid, or the broker is closed.
        """
        await self._driver.call(self._flows.forget(user_identifier))

    async def prefetch(self) -> int:
        """Refresh expiring credentials of recently seen users, and return the number of users.

        The broker calls this method every 15 seconds, or every second while refreshes are deferred
        because callers need the quota. The call returns when all refreshes have ended.
        """
        requests = self._state.users_to_refresh()
        pending = iter(requests)

        async def work() -> None:
            for request in pending:
                if self._state.is_closed:
                    return
                # Ignore the error, which has already been counted and cached.
                with contextlib.suppress(Exception):
                    await self._driver.run(self._flows.refresh(request))

        await asyncio.gather(
            *(work() for _ in range(min(len(requests), MAX_CONCURRENT_PREFETCHES)))
        )
        return len(requests)

    async def aclose(self) -> None:
        """Discard all users, and close the broker's connections.

        A store or transport that the caller passed is not closed.
        """
        self._state.close()
        task = self._prefetcher
        if task is not None and task.get_loop() is asyncio.get_running_loop():
            task.cancel()  # A task in another event loop ends on its own.
        if self._owned_transport is not None:
            await self._owned_transport.aclose()

    def _start_prefetching(self) -> None:
        """Start the prefetcher task unless it is running in an event loop that is still open."""
        state, task = self._state, self._prefetcher
        is_running = task is not None and not task.done() and not task.get_loop().is_closed()
        if is_running or state.is_closed or not state.can_prefetch:
            return

        async def work() -> None:
            while not state.is_closed:
                # The broker's clock is not used here, because tests may control that clock.
                await asyncio.sleep(state.seconds_until_prefetch())
                await self.prefetch()

        # The context is empty, because the task works for all users, not only for the first caller.
        self._prefetcher = asyncio.get_running_loop().create_task(
            work(), name="cognito-prefetcher", context=contextvars.Context()
        )

    async def __aenter__(self) -> t.Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
