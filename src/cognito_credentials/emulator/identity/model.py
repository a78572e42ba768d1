"""AWS's service model of Amazon Cognito Identity, in botocore's copy.

The model names the operations, their parameters and constraints, and which operations are public.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, cast

from botocore.loaders import Loader

Shape = Mapping[str, Any]


def is_public_operation(operation: str) -> bool:
    """Return True if the service accepts the operation unsigned; False if it is unknown."""
    model = _load_model()["operations"].get(operation, {})
    return bool(model.get("authtype") == "none")


def find_input_shape(operation: str) -> Shape:
    """Return the structure of an operation's parameters.

    Raises:
        KeyError: If the model has no such operation.
    """
    return find_shape(_load_model()["operations"][operation]["input"])


def find_shape(reference: Mapping[str, str]) -> Shape:
    """Return the shape that a member, an item or an operation refers to."""
    return cast("Shape", _load_model()["shapes"][reference["shape"]])


@functools.cache
def _load_model() -> Mapping[str, Any]:
    return cast(
        "Mapping[str, Any]",
        Loader().load_service_model("cognito-identity", "service-2", api_version="2014-06-30"),
    )
