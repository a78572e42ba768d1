"""The names of the operations of all emulated services."""

from __future__ import annotations

import functools

from botocore.loaders import Loader
from moto.backends import list_of_moto_modules

_HTTP_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# These services are checked first, because loading the models of all services takes seconds.
_COMMON_SERVICES = ("cognito-identity", "sts", "cognito-idp", "s3", "dynamodb", "iam", "sqs", "sns")
# Maps a moto module to the name of the service model, if they differ by more than hyphens.
_MODEL_NAMES = {"awslambda": "lambda", "awslambda_simple": "lambda", "iotdata": "iot-data"}


def is_known_operation(name: str) -> bool:
    """Return True for an HTTP method, or the name of an operation of an emulated service."""
    if name in _HTTP_METHODS or any(name in _list_names(each) for each in _COMMON_SERVICES):
        return True
    return name in list_operation_names()


@functools.cache
def list_operation_names() -> frozenset[str]:
    """Return the names of the operations of all emulated services."""
    emulated = {_MODEL_NAMES.get(name, name).replace("-", "") for name in list_of_moto_modules()}
    services = [
        name
        for name in _loader().list_available_services("service-2")
        if name.replace("-", "") in emulated
    ]
    return frozenset(name for each in (*_COMMON_SERVICES, *services) for name in _list_names(each))


def _list_names(service: str) -> frozenset[str]:
    return frozenset(_loader().load_service_model(service, "service-2")["operations"])


@functools.cache
def _loader() -> Loader:
    return Loader()
