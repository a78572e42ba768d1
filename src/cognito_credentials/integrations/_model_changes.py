"""Protection of shared models against the changes that botocore makes to its own models.

botocore changes some models when they are first used. This is safe if each session has its own
models, because usually only one thread uses a session. Shared models are changed in advance, so
that botocore has nothing left to change.
"""

from __future__ import annotations

from typing import Any

from botocore import handlers
from botocore.model import ServiceModel

# Handlers that change the model of an operation when a client first calls the operation.
CHANGING_HANDLERS = {
    "s3": "remove_bucket_from_url_paths_from_model",
    "s3control": "remove_accid_host_prefix_from_model",
}


class CopiedOnRead(dict[str, Any]):
    """Services of a partition. `EndpointResolver` changes what it reads, so reads return copies."""

    def __getitem__(self, service_name: str) -> Any:
        service = super().__getitem__(service_name)
        endpoints = service.get("endpoints", {})
        return {**service, "endpoints": {name: dict(endpoints[name]) for name in endpoints}}

    def get(self, service_name: str, default: Any = None) -> Any:
        return self[service_name] if service_name in self else default  # noqa: SIM401 - this method implements `get`


def protect(result: Any, method: str, *arguments: str | None) -> None:
    """Prepare the result of a method of botocore's `Loader` for use by many sessions."""
    if method == "load_data_with_path" and arguments[0] == "endpoints":
        data, _ = result
        for partition in data["partitions"]:
            partition["services"] = CopiedOnRead(partition["services"])
    if method == "load_service_model" and arguments[1] == "service-2":
        _apply_changes(str(arguments[0]), result)


def _apply_changes(service_name: str, description: dict[str, Any]) -> None:
    """Change a model in advance, in the same way as the first calls to a client would change it."""
    change = getattr(handlers, CHANGING_HANDLERS.get(service_name, ""), None)
    if change is not None:
        model = ServiceModel(description, service_name)
        for name in model.operation_names:
            change(params=None, model=model.operation_model(name), context=None)
