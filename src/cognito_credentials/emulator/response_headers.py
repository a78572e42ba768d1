"""Conversion of response headers to a form that HTTP can transmit.

moto returns object metadata, and values from the query string, as headers with arbitrary
characters.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterable, Iterator, Sequence

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TEXT = re.compile(r"[\t -~]*")
_MAX_CACHED_NAMES = 256


def to_wire_headers(headers: Sequence[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Encode values that are not ASCII text as encoded words (RFC 2047), like S3.

    Names that are not valid in HTTP are omitted. Like S3, return the number of omitted names in
    `x-amz-missing-meta`.
    """
    if all(_is_valid_name(name) for name, _ in headers) and _TEXT.fullmatch(
        "".join([value for _, value in headers])
    ):
        return headers
    return _encode_headers(headers)


def _encode_headers(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    omitted = 0
    for name, value in headers:
        if _is_valid_name(name):
            yield name, value if _TEXT.fullmatch(value) else _encode_word(value)
        else:
            omitted += 1
    if omitted:
        yield "x-amz-missing-meta", str(omitted)


# The result is cached, because nearly all responses have the same header names.
@functools.lru_cache(_MAX_CACHED_NAMES)
def _is_valid_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _encode_word(text: str) -> str:
    # S3 returns a single encoded word, even if it exceeds the 75 characters that RFC 2047 permits.
    return f"=?UTF-8?B?{base64.b64encode(text.encode('utf-8', 'replace')).decode()}?="
