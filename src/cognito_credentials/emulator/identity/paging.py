"""Pagination tokens (`NextToken`).

A token contains the position of a page's last item, and the request to which the token belongs.
If the positions are serial numbers, no other item is repeated or skipped when items are added or
deleted between two pages.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cognito_credentials.emulator.identity.errors import UnconfirmedText, invalid_parameter

_Item = TypeVar("_Item")
_TOKEN = re.compile(r"(.*) ([0-9]{1,18})", re.DOTALL | re.ASCII)
_START = -1


def read_token(scope: str, token: str | None) -> int:
    """Return the position of the previous page's last item, or -1 without a token.

    Args:
        scope: The request to which the token must belong: the operation and the listed resource.
        token: The token, if the request has one.

    Raises:
        AwsError: If the token was not returned for the same request.
    """
    if token is None:
        return _START
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        text = ""
    match = _TOKEN.fullmatch(text)
    if match is None or match[1] != scope:
        raise invalid_parameter(UnconfirmedText.BAD_NEXT_TOKEN)
    return int(match[2])


def split_page(
    scope: str, items: Sequence[_Item], limit: int, get_position: Callable[[_Item], int]
) -> tuple[Sequence[_Item], dict[str, Any]]:
    """Return up to `limit` items, and the `NextToken` member if there are more items.

    Args:
        scope: The request to which the token belongs.
        items: The next items; at least `limit` + 1 items, unless fewer remain.
        limit: The number of items on the page.
        get_position: Function that returns the position of an item.
    """
    page = items[:limit]
    if len(items) <= limit:
        return page, {}
    text = f"{scope} {get_position(page[-1])}"
    return page, {"NextToken": base64.urlsafe_b64encode(text.encode()).decode()}
