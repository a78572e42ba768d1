"""Event handlers that report rejected credentials to their cache, and send the request again.

botocore signs a request again before each retry, so a retry uses the new credentials. botocore
itself does not retry requests whose credentials were rejected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cognito_credentials.integrations._botocore import BaseCognitoCredentials

# Keys in the context of a request; all attempts of the request share the context.
ACCESS_KEY_ID = "cognito_credentials.access_key_id"
WAS_RETRIED = "cognito_credentials.was_retried"


class RejectionHandlers:
    """Event handlers for the sessions that use the same credentials object.

    A request is sent again at most once, and only if the client's retry configuration permits
    another attempt. Requests that were signed with other credentials, such as keys that were passed
    to a client, are not affected.
    """

    def __init__(self, credentials: BaseCognitoCredentials) -> None:
        self._credentials = credentials

    def register(self, session: Any) -> None:
        """Register the handlers for all clients that the session creates afterwards."""
        # botocore calls the handlers for the most specific event name first. The event names of the
        # client's signer and retry handler include the service, so the signer and the retry handler
        # run before these handlers.
        session.register("request-created", self.record_signer)
        session.register("needs-retry", self.handle_response)

    def record_signer(self, request: Any, **_: Any) -> None:
        """Record which credentials signed a request."""
        access_key_id = self._credentials.last_access_key_id
        signature = request.headers.get("Authorization")
        if access_key_id and isinstance(signature, str) and access_key_id in signature:
            request.context[ACCESS_KEY_ID] = access_key_id

    def handle_response(
        self,
        response: tuple[Any, dict[str, Any]] | None,
        attempts: int,
        operation: Any,
        request_dict: dict[str, Any],
        **_: Any,
    ) -> float | None:
        """Report rejected credentials; return the delay before a retry, or None."""
        context = request_dict["context"]
        # Remove the ID, because the next attempt may be signed with other credentials.
        access_key_id: str | None = context.pop(ACCESS_KEY_ID, None)
        code = _get_error_code(response)
        if access_key_id is None or code is None or _defines_error(operation, code):
            return None
        if not self._credentials.cache.mark_rejected(access_key_id, code):
            return None
        has_attempts = attempts < context.get("retries", {}).get("max", 0)
        if context.get(WAS_RETRIED) or not has_attempts or not _can_rewind(request_dict["body"]):
            return None
        context[WAS_RETRIED] = True
        return 0


def _get_error_code(response: tuple[Any, dict[str, Any]] | None) -> str | None:
    try:
        code = None if response is None else response[1]["Error"]["Code"]
    except (KeyError, TypeError):
        return None
    return code if isinstance(code, str) else None


def _defines_error(operation: Any, code: str) -> bool:
    """Return True if an operation defines an error with this code.

    Such an error is about a parameter. For example, InvalidToken from Step Functions refers to the
    token of a task.
    """
    return any(
        (shape.metadata.get("error", {}).get("code") or shape.name) == code
        for shape in operation.error_shapes
    )


def _can_rewind(body: Any) -> bool:
    """Return True if a body can be sent again; a stream is rewound, as in botocore."""
    if not hasattr(body, "read"):
        return True
    try:
        body.seek(0)
    except Exception:  # noqa: BLE001 - botocore treats all errors alike.
        return False
    return True
