"""`CatalogEntry`, a row of the error catalog."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials.errors import CognitoCredentialsError

__all__ = ["CatalogEntry"]


class CatalogEntry:
    """One kind of error: its code and messages, meaning, causes and next step.

    Attributes:
        error: Class of the exception.
        reason: The exception's `reason`.
        code: The service's error code in its canonical form. Empty for errors that this package
            detects, and for sign-in errors that are identified only by their message.
        texts: Substrings, at least one of which must occur in the service's message; empty if every
            message matches.
        example: A typical message from the service, with "…" for the parts that vary.
        meaning: Description of the error, as one sentence.
        causes: Common causes, as noun phrases.
        is_retryable: True if a rejected request may succeed when it is sent again. Throttling and
            service failures are recognized as retryable by their error code and need no flag.
        is_catch_all: True if the entry covers all other messages of an ambiguous error code. The
            `meaning` of such an entry is general.
    """

    __slots__ = (
        "_next_step",
        "causes",
        "code",
        "error",
        "example",
        "is_catch_all",
        "is_retryable",
        "meaning",
        "reason",
        "texts",
    )

    def __init__(
        self,
        error: type[CognitoCredentialsError],
        *,
        meaning: str,
        next_step: str | Callable[[CallContext], str],
        reason: str = "",
        code: str = "",
        texts: tuple[str, ...] = (),
        example: str = "",
        causes: tuple[str, ...] = (),
        is_retryable: bool = False,
        is_catch_all: bool = False,
    ) -> None:
        self.error = error
        self.reason = reason or error.reason
        self.code = code
        self.texts = texts
        self.example = example
        self.meaning = meaning
        self.causes = causes
        self.is_retryable = is_retryable
        self.is_catch_all = is_catch_all
        self._next_step = next_step

    def next_step(self, context: CallContext) -> str:
        """Return the next step, as a `Hint` if it names settings; never empty."""
        return self._next_step if isinstance(self._next_step, str) else self._next_step(context)

    def matches(self, code: str, message: str) -> bool:
        """Return True if the entry describes an error with this canonical code and message."""
        return code == self.code and (not self.texts or any(text in message for text in self.texts))
