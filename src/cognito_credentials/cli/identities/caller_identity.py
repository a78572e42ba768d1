"""Role and account of credentials, by STS GetCallerIdentity, which every role may call.

It is the one operation here that has to be signed; botocore does that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cognito_credentials._core import endpoints, wire_sts
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.missing_packages import missing_package
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import MalformedResponseError

if TYPE_CHECKING:
    from cognito_credentials import CognitoCredentialProvider, Credentials
    from cognito_credentials._core.http import HttpRequest, HttpResponse

__all__ = ["get_caller_identity"]


def get_caller_identity(
    provider: CognitoCredentialProvider, credentials: Credentials, client_config: dict[str, Any]
) -> tuple[str, str]:
    """Return the ARN of the role's session, and the account.

    Raises:
        ConfigurationError: botocore is not installed.
        ServiceError, TransportError, MalformedResponseError: STS did not say.
    """
    region = endpoints.region_of(credentials.identity_id)
    config = resolve(ClientConfig(**client_config), region_of_id=region)
    caller = ServiceClient(max_attempts=config.max_attempts, user_agent=config.user_agent)
    wire = SignedSts(credentials, region)
    answer = provider.run(caller.call(wire, config.sts_url, "GetCallerIdentity", {}, CallContext()))
    return answer["Arn"], answer["Account"]


class SignedSts:
    """STS on the wire, with a signature."""

    error_of = staticmethod(wire_sts.error_of)

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def request(
        self, url: str, operation: str, members: dict[str, Any], user_agent: str
    ) -> HttpRequest:
        try:
            from botocore.auth import SigV4Auth
            from botocore.awsrequest import AWSRequest
            from botocore.credentials import Credentials as Keys
        except ModuleNotFoundError as error:
            raise missing_package("botocore", extra="boto3") from error
        request = wire_sts.request(url, operation, members, user_agent)
        signed = AWSRequest("POST", url, headers=request.headers, data=request.body)
        given = self._credentials
        keys = Keys(given.access_key_id, given.secret_access_key, given.session_token)
        SigV4Auth(keys, "sts", self._region).add_auth(signed)
        request.headers = dict(signed.headers.items())
        return request

    def result_of(self, operation: str, response: HttpResponse) -> dict[str, Any]:
        found = dict(
            re.findall(r"<(Arn|Account)>([^<]+)</", response.body.decode(errors="replace"))
        )
        if len(found) < 2:  # noqa: PLR2004 - the two in the pattern
            raise MalformedResponseError(f"Response of {operation} from AWS STS names no caller")
        return found
