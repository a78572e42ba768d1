"""Turns an error response into an exception that says what went wrong and what to do.

Amazon Cognito uses one code, NotAuthorizedException, for a dozen different mistakes. The message of
the response and the facts of the call (IDs, claims of the tokens) tell them apart; the error catalog
lists the messages.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials.errors import ServiceError

__all__ = ["redact", "service_error"]

REDACTED = "[hidden]"
# No provider issues shorter tokens, and replacing a shorter text would garble the message.
MIN_TOKEN_LENGTH = 4


def service_error(
    *,
    operation_name: str,
    code: str,
    message: str,
    http_status: int,
    request_id: str = "",
    retry_after: float | None = None,
    context: CallContext,
) -> ServiceError:
    """Return the exception for an error response.

    Args:
        operation_name: Operation that was called, such as `GetId`.
        code: Error code, "" for a response without one (a proxy's page, an empty body).
        message: Message of the service, "" for a response without one.
        http_status: Status of the response.
        request_id: ID that the service gave the request, "" for a response without one.
        retry_after: Seconds to wait before the next attempt, if the response says so.
        context: What is known about the call, for the hint.
    """
    from cognito_credentials._core import error_catalog
    from cognito_credentials._core.error_catalog.next_steps import CHECK_PROXY

    entry = error_catalog.find_entry(code, message)
    tokens = () if context.logins is None else context.logins.tokens.values()
    error_class: Any = entry.error
    error: ServiceError = error_class(
        redact(message, tokens) or f"HTTP status {http_status} without an error message",
        operation_name=operation_name,
        # botocore uses the status as the code of such a response, too.
        code=code or str(http_status),
        http_status=http_status,
        request_id=request_id,
        hint=entry.next_step(context) if code else CHECK_PROXY,
        is_retryable=entry.is_retryable or error_catalog.is_transient(code, http_status),
        retry_after=retry_after,
    )
    return error


def redact(text: str, tokens: Iterable[str]) -> str:
    """Return the text of a service with every token in it hidden.

    The service repeats rejected values: a ValidationException contains the whole map of logins.
    """
    import re

    for token in sorted(tokens, key=len, reverse=True):
        if len(token) >= MIN_TOKEN_LENGTH:
            text = text.replace(token, REDACTED)
    text = re.sub(
        r"Value '\{.*?\}' at 'logins'", f"Value '{REDACTED}' at 'logins'", text, flags=re.DOTALL
    )
    # A JWT's header begins with `{"` or `{ `. AWS STS receives one that is in no login: the token of
    # the identity pool.
    return re.sub(r"\bey[JA][\w-]{8,}(?:\.[\w-]*)*", REDACTED, text)
