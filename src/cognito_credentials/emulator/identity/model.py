"""The service model of Amazon Cognito Identity that botocore contains.

The model defines the operations, their parameters and constraints, and which operations are public.
"""

from __future__ import annotations

from collections.abc import Mapping

from cognito_credentials.emulator.service_models import ServiceModel, Shape, find_models

__all__ = ["Shape", "find_input_shape", "find_shape", "is_public_operation"]


def is_public_operation(operation: str) -> bool:
    """Return True if the operation is known, and the service accepts unsigned requests for it."""
    model = _find_model()
    return operation in model.operation_names and model.is_public(operation)


def find_input_shape(operation: str) -> Shape:
    """Return the structure of an operation's parameters.

    Raises:
        KeyError: If the model does not define the operation.
    """
    return _find_model().input_shape(operation)


def find_shape(reference: Mapping[str, str]) -> Shape:
    """Return the shape that a member, an item or an operation refers to."""
    return _find_model().shape(reference)


def _find_model() -> ServiceModel:
    (model,) = find_models("cognito-identity")
    return model
