"""The names of the operations of all emulated services."""

from __future__ import annotations

import functools
import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from botocore.loaders import Loader
from moto.backends import list_of_moto_modules

_HTTP_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# These services are checked first, because reading the models of all services takes half a second.
_COMMON_SERVICES = ("cognito-identity", "sts", "cognito-idp", "s3", "dynamodb", "iam", "sqs", "sns")
_OPERATIONS = re.compile(r'^\{\s*"version":[^{]*"metadata":\{[^{}]*\},\s*"operations":')
_DECODER = json.JSONDecoder()
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


@functools.cache
def _list_names(service: str) -> frozenset[str]:
    return frozenset(_read_operations(service))


def _read_operations(service: str) -> Mapping[str, Any]:
    """Return the operations in the model of a service.

    Parsing all models would take ten times as long.
    """
    version = _loader().determine_latest_version(service, "service-2")
    for directory in _loader().search_paths:
        path = Path(directory, service, version, "service-2.json.gz")
        if path.is_file():
            text = gzip.decompress(path.read_bytes()).decode()
            start = _OPERATIONS.search(text)
            if start is not None:
                return cast("dict[str, Any]", _DECODER.raw_decode(text, start.end())[0])
    # In some models, the operations are not where `_OPERATIONS` expects them, so parse the whole
    # model.
    return cast("dict[str, Any]", _loader().load_service_model(service, "service-2")["operations"])


@functools.cache
def _loader() -> Loader:
    return Loader()
