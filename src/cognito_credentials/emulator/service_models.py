"""The operations of AWS services, from botocore's copy of their models."""

from __future__ import annotations

import functools
from collections.abc import Iterator, KeysView, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

Shape = Mapping[str, Any]

# Maps the name with which requests to a service are signed to the names of the service's models, if
# the two differ. The models of a service differ by the prefix of their targets, or by their API
# version.
_MODEL_NAMES: Mapping[str, tuple[str, ...]] = {
    "aidevops": ("devops-agent",),
    "aoss": ("opensearchserverless",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "aps": ("amp",),
    "aws-marketplace": ("meteringmarketplace",),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-runtime"),
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore-control"),
    "cloudhsm": ("cloudhsmv2",),
    "connect-campaigns": ("connectcampaigns",),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elb", "elbv2"),
    "elasticmapreduce": ("emr",),
    "email": ("ses",),
    "es": ("es", "opensearch"),
    "execute-api": ("apigatewaymanagementapi",),
    "iotdata": ("iot-data",),
    "kinesisanalytics": ("kinesisanalyticsv2",),
    "kinesisvideo": ("kinesisvideo", "kinesis-video-archived-media"),
    "lex": ("lexv2-models",),
    "mediastore": ("mediastore", "mediastore-data"),
    "mobiletargeting": ("pinpoint",),
    "monitoring": ("cloudwatch",),
    "rds": ("rds", "neptune", "docdb"),
    "s3": ("s3", "s3control"),
    "sagemaker": ("sagemaker", "sagemaker-metrics", "sagemaker-runtime"),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "servicequotas": ("service-quotas",),
    "ses": ("ses", "sesv2"),
    "sso": ("sso-admin",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "timestream": ("timestream-write", "timestream-query"),
}
_MAX_CACHED_SERVICES = 512


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """The model of one service in one API version."""

    document: Mapping[str, Any]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The protocol, the target prefix and the API version, among others."""
        metadata: Mapping[str, Any] = self.document["metadata"]
        return metadata

    @property
    def operation_names(self) -> KeysView[str]:
        """The names of all operations."""
        operations: Mapping[str, Any] = self.document["operations"]
        return operations.keys()

    @property
    def is_rest(self) -> bool:
        """Whether method and path determine the operation of a request."""
        return str(self.metadata["protocol"]).startswith("rest-")

    @property
    def has_query_names(self) -> bool:
        """Whether the model describes the names of form parameters."""
        protocols = (self.metadata["protocol"], *self.metadata.get("protocols", ()))
        return "query" in protocols or "ec2" in protocols

    def shape(self, reference: Mapping[str, Any]) -> Shape:
        """Return the shape that a member, a list or a map refers to."""
        shape: Shape = self.document["shapes"][reference["shape"]]
        return shape

    def input_shape(self, operation: str) -> Shape:
        """Return the shape of the input of an operation; empty if the operation has no input."""
        reference = self.document["operations"][operation].get("input")
        return {"type": "structure", "members": {}} if reference is None else self.shape(reference)

    def is_public(self, operation: str) -> bool:
        """Return True if AWS accepts the operation unsigned."""
        return bool(self.document["operations"][operation].get("authtype") == "none")


def find_models(service: str) -> tuple[ServiceModel, ...]:
    """Return the models of a service; empty if botocore does not know the service.

    `service` is the name with which requests to the service are signed.
    """
    return _load_models(service)


def find_model(
    service: str, operation: str, *, target_prefix: str = "", version: str = ""
) -> ServiceModel | None:
    """Return the model that contains an operation.

    If several models of the service contain the operation, `target_prefix` or `version` decides.
    """
    candidates = [model for model in find_models(service) if operation in model.operation_names]
    for model in candidates:
        metadata = model.metadata
        if target_prefix and metadata.get("targetPrefix") == target_prefix:
            return model
        if version and metadata["apiVersion"] == version:
            return model
    return candidates[0] if candidates else None


@functools.lru_cache(_MAX_CACHED_SERVICES)
def _load_models(service: str) -> tuple[ServiceModel, ...]:
    return tuple(_iterate_models(_MODEL_NAMES.get(service, (service,))))


def _iterate_models(names: tuple[str, ...]) -> Iterator[ServiceModel]:
    for name in names:
        try:
            yield ServiceModel(_loader().load_service_model(name, "service-2"))
        except UnknownServiceError:
            continue


@functools.cache
def _loader() -> Loader:
    return Loader()
