"""One user's credentials, taken from a broker."""

from __future__ import annotations

import cognito_credentials
from cognito_credentials._core.login_resolution import Logins
from cognito_credentials.credentials import Credentials

__all__ = ["UserCredentials"]


class UserCredentials:
    """Credentials of one user of a broker; integrations accept this object instead of a cache.

    `CredentialBroker.user` returns this object, which any number of threads may use.
    """

    __module__ = "cognito_credentials"

    def __init__(
        self,
        broker: cognito_credentials.CredentialBroker,
        user_identifier: str,
        logins: Logins | None,
    ) -> None:
        self.provider = broker
        self.user_identifier = user_identifier
        self.logins = logins

    def get(self) -> Credentials:
        """Return valid credentials; see `CredentialBroker.get`."""
        return self.provider.get(self.user_identifier, self.logins)

    def mark_rejected(self, access_key_id: str, error_code: str | None = None) -> bool:
        """Report that a service has rejected the credentials; see `CredentialBroker.mark_rejected`."""
        return self.provider.mark_rejected(self.user_identifier, access_key_id, error_code)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} from {self.provider!r}>"
