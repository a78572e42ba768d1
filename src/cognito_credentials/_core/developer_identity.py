"""Developer-authenticated identities: users whom an application's back end authenticates.

The back end calls GetOpenIdTokenForDeveloperIdentity with its own AWS credentials. The response
contains the user's identity ID and a token. In the next call, this token is the user's login token.
The token does not prove that the user has signed in, because the service trusts the back end. The
token is never written to a store.
"""

from __future__ import annotations

from cognito_credentials._core import logs, ops, wire_cognito
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.endpoints import get_developer_provider_name
from cognito_credentials._core.identity_id_keys import ResolvedIdentity
from cognito_credentials._core.identity_sources import FixedIdentitySource
from cognito_credentials._core.jwt_claims import decode_claims, get_expiry
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.responses import malformed_response, read_identity_id
from cognito_credentials._core.signing import sign
from cognito_credentials._core.signing_keys import resolve_signing_key
from cognito_credentials._external_text import is_credential
from cognito_credentials.errors import ServiceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._core.http import HttpRequest
    from cognito_credentials._core.ops import Flow
    from cognito_credentials._core.service_client import ServiceClient
    from cognito_credentials._core.signing import SigningKey

__all__ = ["DEFAULT_TOKEN_SECONDS", "DeveloperIdentitySource", "DeveloperToken", "DeveloperUser"]

OPERATION = "GetOpenIdTokenForDeveloperIdentity"
SERVICE = "cognito-identity"
# The default of the service (API reference, GetOpenIdTokenForDeveloperIdentity).
DEFAULT_TOKEN_SECONDS = 900
# A cached token with a shorter remaining lifetime could expire before it reaches the service.
MIN_REMAINING_SECONDS = 60.0
# The service accepts a signature whose time is off by at most five minutes, including the time that
# the request takes to arrive.
MAX_SIGNATURE_SKEW_SECONDS = 240.0
SIGNATURE_CODES = ("InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed")


class DeveloperToken:
    """A token, with its identity ID, its expiration on the service's clock, and its endpoint."""

    __slots__ = ("expires_at", "identity_id", "token", "url")

    def __init__(self, url: str, identity_id: str, token: str, expires_at: float) -> None:
        self.url: str = url
        self.identity_id: str = identity_id
        self.token: str = token
        self.expires_at: float = expires_at


class DeveloperUser:
    """A user of the back end, and the latest token for this user.

    Two objects are equal if they request the same token, so that a broker recognizes a user even if
    the object is created for each request. The latest token is replaced without a lock: if threads
    race, each thread may fetch a token, and all of these tokens are valid.
    """

    __slots__ = (
        "credentials",
        "identity_pool_id",
        "latest",
        "principal_tags",
        "provider_name",
        "token_duration",
        "user",
    )

    def __init__(
        self,
        *,
        identity_pool_id: str,
        provider_name: str,
        user: str,
        credentials: object,
        principal_tags: dict[str, str],
        token_duration: int | None,
    ) -> None:
        self.identity_pool_id: str = identity_pool_id
        self.provider_name: str = provider_name
        self.user: str = user
        self.credentials: object = credentials
        self.principal_tags: dict[str, str] = principal_tags
        self.token_duration: int | None = token_duration
        self.latest: DeveloperToken | None = None

    def members(self) -> dict[str, Any]:
        """Return the members of the request for a token."""
        members: dict[str, Any] = {
            "IdentityPoolId": self.identity_pool_id,
            "Logins": {self.provider_name: self.user},
        }
        if self.principal_tags:
            members["PrincipalTags"] = self.principal_tags
        if self.token_duration is not None:
            members["TokenDuration"] = self.token_duration
        return members

    def _values(self) -> tuple[object, ...]:
        return (
            self.user,
            self.provider_name,
            self.identity_pool_id,
            self.principal_tags,
            self.token_duration,
            self.credentials,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DeveloperUser):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((self.identity_pool_id, self.provider_name, self.user))


class DeveloperIdentitySource(FixedIdentitySource):
    """Source of a developer user's identity ID and login token.

    Args:
        user: The user, which contains the latest token.
        url: Endpoint of Amazon Cognito Identity.
        region: Region of the endpoint.
        credentials: AWS credentials to sign with; see `resolve_signing_key`.
    """

    def __init__(self, user: DeveloperUser, *, url: str, region: str, credentials: object) -> None:
        super().__init__(None, user.identity_pool_id)
        self._user = user
        self._url = url
        self._region = region
        self._credentials = credentials

    def identify(
        self,
        client: ServiceClient,
        logins: ResolvedLogins,  # noqa: ARG002 - part of the interface
    ) -> Flow[ResolvedIdentity]:
        """Return the identity ID and the token; concurrent callers share a request."""
        former_id, latest = self.current, self._user.latest
        now = yield from client.service_now()
        is_cached = (
            latest is not None
            and latest.url == self._url
            and latest.expires_at - now > MIN_REMAINING_SECONDS
        )
        if latest is None or not is_cached:
            latest = yield from ops.single_flight(
                (self._user, self._url), lambda: self._request_token(client)
            )
        name = get_developer_provider_name(self._region)
        developer_logins = ResolvedLogins(
            {name: latest.token}, refreshable_names=frozenset((name,)), has_claims=False
        )
        return ResolvedIdentity(
            latest.identity_id,
            None,
            is_cached=is_cached,
            logins=developer_logins,
            former_id=former_id,
        )

    def evict(self, _identity: ResolvedIdentity) -> Flow[None]:
        """Discard the cached token, because a merge may have disabled its identity."""
        self._user.latest = None
        yield from ()

    def scope(self, logins: ResolvedLogins) -> Flow[dict[str, Any]]:  # noqa: ARG002 - part of the interface
        """Return a JSON-serializable dict with the user and the principal tags."""
        yield from ()
        user = self._user
        scope: dict[str, Any] = {
            "pool": user.identity_pool_id,
            "developer": [user.provider_name, user.user],
        }
        return {**scope, "tags": user.principal_tags} if user.principal_tags else scope

    def _request_token(self, client: ServiceClient) -> Flow[DeveloperToken]:
        key = yield from resolve_signing_key(self._credentials)
        skew = client.skew or 0.0
        try:
            result = yield from self._call(client, key)
        except ServiceError as error:
            # The error response contains the service's time, so the next signature will be correct.
            is_skewed = abs((client.skew or 0.0) - skew) > MAX_SIGNATURE_SKEW_SECONDS
            if error.code not in SIGNATURE_CODES or not is_skewed:
                raise
            logs.debug("Signing %s again with the service's time", OPERATION)
            result = yield from self._call(client, key)
        identity_id, token = read_identity_id(result), result.get("Token")
        if not isinstance(token, str) or not token:
            raise malformed_response("no token")
        if not is_credential(token):
            raise malformed_response("an invalid token")
        expires_at = get_expiry(decode_claims(token) or {})
        if expires_at is None:
            seconds = self._user.token_duration or DEFAULT_TOKEN_SECONDS
            expires_at = (yield from client.service_now()) + seconds
        latest = DeveloperToken(self._url, identity_id, token, expires_at)
        self._user.latest = latest
        return latest

    def _call(self, client: ServiceClient, key: SigningKey) -> Flow[dict[str, Any]]:
        context = CallContext(identity_pool_id=self.identity_pool_id, other_secrets=key.secrets())

        def signed(request: HttpRequest, now: float) -> HttpRequest:
            return sign(request, key, region=self._region, service=SERVICE, now=now)

        return (
            yield from client.call(
                wire_cognito, self._url, OPERATION, self._user.members(), context, sign=signed
            )
        )
