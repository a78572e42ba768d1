"""One user's credentials, taken from an async broker."""

from __future__ import annotations

import cognito_credentials
from cognito_credentials._core.login_resolution import AsyncLogins
from cognito_credentials.credentials import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    import cognito_credentials.aio

__all__ = ["AsyncUserCredentials"]


class AsyncUserCredentials:
    """Credentials of one user of a broker; integrations accept this object instead of a cache.

    `AsyncCredentialBroker.user` returns this object, which any number of tasks may use.
    """

    __module__ = "cognito_credentials.aio"

    def __init__(
        self,
        broker: cognito_credentials.aio.AsyncCredentialBroker,
        user_identifier: str,
        logins: AsyncLogins | None,
    ) -> None:
        self.provider = broker
        self.user_identifier = user_identifier
        self.logins = logins

    async def get(self) -> Credentials:
        """Return valid credentials; see `AsyncCredentialBroker.get`."""
        return await self.provider.get(self.user_identifier, self.logins)

    def mark_rejected(self, access_key_id: str, error_code: str | None = None) -> bool:
        """Report that a service has rejected the credentials; see `AsyncCredentialBroker.mark_rejected`."""
        return self.provider.mark_rejected(self.user_identifier, access_key_id, error_code)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} from {self.provider!r}>"
