"""Conversion of error responses into exceptions that state the cause and the next step.

Amazon Cognito uses the code NotAuthorizedException for a dozen different causes. The response's
message and the facts about the call (IDs, token claims) distinguish the causes; the error catalog
lists the messages.
"""

from __future__ import annotations

from cognito_credentials._external_text import (
    HIDDEN,
    MAX_CODE_LENGTH,
    MAX_MESSAGE_LENGTH,
    clean_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials.errors import ServiceError

__all__ = ["redact", "service_error"]


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
        code: Error code; "" if the response has none (an empty body, or an error page of a proxy).
            Only its first 128 characters are used.
        message: The service's message; "" if the response has none. Only its first 4096 characters
            are used.
        http_status: Status of the response.
        request_id: ID that the service assigned to the request; "" if the response has none.
        retry_after: Seconds to wait before the next attempt, from the response; None if the
            response does not state a delay.
        context: Facts about the call, for the hint.
    """
    from cognito_credentials._core import error_catalog
    from cognito_credentials._core.error_catalog import next_steps

    # Find the entry before redacting secrets, because a token may be equal to a word in the
    # message.
    entry = error_catalog.find_entry(code[:MAX_CODE_LENGTH], message[:MAX_MESSAGE_LENGTH])
    is_retryable = entry.is_retryable or error_catalog.is_transient(code, http_status)
    if not code:
        hint = next_steps.check_status(http_status, operation_name)
    elif entry is error_catalog.UNKNOWN_ERROR and is_retryable:
        hint = next_steps.RETRY_LATER
    else:
        hint = entry.next_step(context)
    secrets = context.secrets()
    code = redact(code, secrets, MAX_CODE_LENGTH)
    error_class: Any = entry.error
    error: ServiceError = error_class(
        redact(message, secrets) or "the response contains no error message",
        operation_name=operation_name,
        # As in botocore, the HTTP status serves as the code if the response has no code.
        code=code or str(http_status),
        http_status=http_status,
        request_id=redact(request_id, secrets, MAX_CODE_LENGTH),
        hint=hint,
        is_retryable=is_retryable,
        retry_after=retry_after,
    )
    return error


def redact(text: object, secrets: Iterable[str], max_length: int = MAX_MESSAGE_LENGTH) -> str:
    """Return a service's message as one line of limited length, with every token redacted.

    The service repeats rejected values: a ValidationException contains the whole map of logins. The
    values may be encoded (JSON or form) or truncated. If the value is not a string, the result is
    an empty string.
    """
    import re

    secrets = tuple(secrets)
    cleaned = clean_text(
        text, [form for secret in secrets for form in _iterate_forms(secret)], max_length
    )
    cleaned = _hide_login_map(cleaned, is_cut=cleaned.endswith("…"))
    # The header of a JWT begins with `{"` or `{ `, so an encoded JWT begins with `eyJ` or `eyA`.
    # The pattern also redacts a JWT that is not a login token: the identity pool's token for AWS
    # STS.
    return re.sub(r"\bey[JA][\w-]{8,}(?:\.[\w-]*)*", HIDDEN, cleaned)[:max_length]


def _iterate_forms(secret: str) -> Iterator[str]:
    yield secret
    if secret.isascii() and not secret.replace("-", "").replace("_", "").replace(".", "").isalnum():
        import json
        from urllib.parse import quote, quote_plus

        yield json.dumps(secret)[1:-1]
        yield quote(secret, safe="")
        yield quote_plus(secret)


def _hide_login_map(text: str, *, is_cut: bool) -> str:
    """Redact the logins in the message of a ValidationException, even in a truncated message."""
    begin, end = "Value '{", "}' at 'logins'"
    start = text.find(begin)
    while start >= 0:
        stop = text.find(end, start)
        if stop < 0:
            return f"{text[:start]}Value '{HIDDEN}" if is_cut else text
        text = f"{text[:start]}Value '{HIDDEN}{text[stop + 1 :]}"
        start = text.find(begin, start + len(begin) + len(HIDDEN))
    return text
