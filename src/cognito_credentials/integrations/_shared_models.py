"""Service models that all sessions in a process share.

botocore loads the model of a service, 1 to 4 MB of JSON, once for each session. A back end creates a
session for each user, so it would spend most of its time and memory on copies of the same models.
"""

from __future__ import annotations

import gzip
import json
import os
import threading
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.loaders import JSONFileLoader, Loader, create_loader

from cognito_credentials._base.after_fork import reset_after_fork
from cognito_credentials.integrations._model_changes import protect

OPENERS = ((".json", open), (".json.gz", gzip.open))
CLIENT_MODELS = ("service-2", "endpoint-rule-set-1")
METHOD_MODELS = ("paginators-1", "waiters-2")
CLIENT_DATA = ("_retry", "endpoints", "partitions", "sdk-default-configuration")


class ModelFiles(JSONFileLoader):
    """File loader for botocore's `Loader` that lets other threads run while it parses a file.

    `json` holds the global interpreter lock while it parses a document, unless it calls a Python
    function for each object. Models are parsed into plain dicts, not into `OrderedDict` objects as
    in botocore's own file loader: a full garbage collection visits every `OrderedDict`, but no dict
    that contains only strings.
    """

    def load_file(self, file_path: str) -> Any:
        """Return the content of a file, or None if it does not exist."""
        for extension, open_file in OPENERS:
            if os.path.isfile(file_path + extension):
                with open_file(file_path + extension, "rb") as file:
                    return json.loads(file.read(), object_hook=_keep)
        return None


def _keep(members: dict[str, Any]) -> dict[str, Any]:
    return members


class ModelCache:
    """Cache of one loader's results. Reading a loaded model takes no lock."""

    def __init__(self, search_paths: tuple[str, ...]) -> None:
        self._loader = Loader(
            extra_search_paths=list(search_paths),
            file_loader=ModelFiles(),
            include_default_search_paths=False,
        )
        self._results: dict[tuple[str | None, ...], Any] = {}
        self.preloaded: set[tuple[str, str | None]] = set()
        self.reset()
        reset_after_fork(self)

    def reset(self) -> None:
        # If many threads need a model at the same time, one thread loads it and the others wait.
        self._lock = threading.RLock()

    def load(self, method: str, *arguments: str | None) -> Any:
        """Return the result of a loader method; call it only once for the same arguments."""
        key = (method, *arguments)
        if key not in self._results:
            with self._lock:
                if key not in self._results:
                    result = getattr(self._loader, method)(*arguments)
                    protect(result, method, *arguments)
                    self._results[key] = result
        return self._results[key]


_caches: dict[tuple[str, ...], ModelCache] = {}


class SharedLoader(Loader):
    """Loader for one session; the loaded models are shared with other sessions.

    Each session has its own `search_paths`, because boto3 adds its directory to them, and
    applications may change them. Sessions with the same paths share models.
    """

    def __init__(self, search_paths: list[str]) -> None:
        super().__init__(extra_search_paths=search_paths, include_default_search_paths=False)

    def _models(self) -> ModelCache:
        paths = tuple(self.search_paths)
        return _caches.get(paths) or _caches.setdefault(paths, ModelCache(paths))

    def _load(self, method: str, *arguments: str | None) -> Any:
        return self._models().load(method, *arguments)

    def list_available_services(self, type_name: str) -> Any:
        return self._load("list_available_services", type_name)

    def list_api_versions(self, service_name: str, type_name: str) -> Any:
        return self._load("list_api_versions", service_name, type_name)

    def determine_latest_version(self, service_name: str, type_name: str) -> Any:
        return self._load("determine_latest_version", service_name, type_name)

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Any:
        return self._load("load_service_model", service_name, type_name, api_version)

    def load_data_with_path(self, name: str) -> Any:
        return self._load("load_data_with_path", name)

    def load_data(self, name: str) -> Any:
        return self.load_data_with_path(name)[0]

    def is_preloaded(self, service_name: str, api_version: str | None) -> bool:
        return (service_name, api_version) in self._models().preloaded

    def preload(self, service_name: str, api_version: str | None) -> None:
        """Load everything that a client of a service reads."""
        for name in CLIENT_DATA:
            with suppress(BotoCoreError):  # older versions of botocore lack some of the files
                self.load_data(name)
        # If there is no such service or version, creating the client raises the error.
        with suppress(BotoCoreError):
            for type_name in CLIENT_MODELS:
                self.load_service_model(service_name, type_name, api_version)
            # `get_paginator` and `get_waiter` always pass a version, even if the client has none.
            version = api_version or self.determine_latest_version(service_name, "service-2")
            for type_name in METHOD_MODELS:
                with suppress(BotoCoreError):
                    self.load_service_model(service_name, type_name, version)
        self._models().preloaded.add((service_name, api_version))


def create_shared_loader(data_path: str | None) -> SharedLoader:
    """Create a loader for a session; `data_path` is the session's setting of this name."""
    return SharedLoader(create_loader(data_path).search_paths)
