"""From an answer that is an error to an exception that says what was wrong and what to do.

The service has one code, NotAuthorizedException, for a dozen different mistakes; its text and what
is known here (the tokens' claims, the ids) tell them apart. The table of texts is `refusals.py`,
which is only imported once something was refused.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials.errors import ServiceError

__all__ = ["redact", "service_error"]

_HIDDEN = "[hidden]"
# A shorter one would tear up the text, and is no token of any provider.
_SHORTEST_TOKEN = 4


def service_error(
    *,
    operation_name: str,
    code: str,
    message: str,
    http_status: int,
    request_id: str = "",
    retry_after: float | None = None,
    facts: CallContext,
) -> ServiceError:
    """Return the exception for a refusal: its class by code and text, its hint by the facts.

    `code` and `message` are the answer's, "" where it had none (a proxy's page, an empty body).
    """
    from cognito_credentials._core import error_catalog
    from cognito_credentials._core.error_catalog import next_steps

    refusal = error_catalog.find(code, message)
    tokens = () if facts.logins is None else facts.logins.tokens.values()
    return refusal.error(
        redact(message, tokens) or f"an answer with HTTP status {http_status} and no reason",
        operation_name=operation_name,
        # botocore names such an answer by its status, too.
        code=code or str(http_status),
        http_status=http_status,
        request_id=request_id,
        hint=refusal.hint_for(facts) if code else next_steps.STATUS_ALONE,
        is_retryable=refusal.is_retryable or error_catalog.is_passing(code, http_status),
        retry_after=retry_after,
    )


def redact(text: str, tokens: Iterable[str]) -> str:
    """Return a service's text with every token in it hidden.

    The service repeats refused values: the whole map of logins in a ValidationException.
    """
    import re

    for token in sorted(tokens, key=len, reverse=True):
        if len(token) >= _SHORTEST_TOKEN:
            text = text.replace(token, _HIDDEN)
    text = re.sub(
        r"Value '\{.*?\}' at 'logins'", f"Value '{_HIDDEN}' at 'logins'", text, flags=re.DOTALL
    )
    # A JWT's header begins with `{"` or `{ `. STS gets one that is in no login: the pool's own.
    return re.sub(r"\bey[JA][\w-]{8,}(?:\.[\w-]*)*", _HIDDEN, text)
