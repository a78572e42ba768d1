"""Values of claims and SAML attributes as text, for role mappings and principal tags."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast


def to_texts(claim: Any) -> list[str]:
    """Return a claim as a list of strings. Numbers, booleans and objects are formatted as JSON."""
    if claim is None:
        return []
    if isinstance(claim, list):
        return [text for item in cast("Sequence[Any]", claim) for text in to_texts(item)]
    if isinstance(claim, str):
        return [claim]
    return [json.dumps(claim, separators=(",", ":"), ensure_ascii=False)]
