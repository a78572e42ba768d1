"""In every region, endpoints must be the same as those that botocore resolves."""

from __future__ import annotations

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import Loader

from cognito_credentials._core import endpoints
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import ConfigurationError

LOADER = Loader()
PARTITIONS = LOADER.load_data("partitions")
# Pseudo-regions such as aws-global are for global services.
REGIONS = [
    region
    for partition in PARTITIONS["partitions"]
    for region in partition["regions"]
    if not region.endswith("-global")
]
FUTURE_REGIONS = ["us-east-9", "cn-south-1", "us-gov-central-1", "eusc-de-west-2", "xx-moon-1"]
URL_FUNCTIONS = {"cognito-identity": endpoints.cognito_identity_url, "sts": endpoints.sts_url}


def create_resolver(service: str) -> EndpointProvider:
    rules = LOADER.load_service_model(service, "endpoint-rule-set-1")
    return EndpointProvider(rules, PARTITIONS)


@pytest.mark.parametrize("service", URL_FUNCTIONS)
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dualstack", [False, True])
def test_urls_are_the_same_as_in_botocore(service: str, fips: bool, dualstack: bool):
    resolver = create_resolver(service)
    for region in REGIONS + FUTURE_REGIONS:
        expected = resolver.resolve_endpoint(
            Region=region,
            UseFIPS=fips,
            UseDualStack=dualstack,
            **({"UseGlobalEndpoint": False} if service == "sts" else {}),
        )
        assert URL_FUNCTIONS[service](region, fips=fips, dualstack=dualstack) == expected.url


def test_the_regions_cover_every_partition():
    assert {endpoints.get_partition(region).name for region in REGIONS} == {
        partition["id"] for partition in PARTITIONS["partitions"]
    }


@pytest.mark.parametrize("switch", ["use_fips_endpoint", "use_dualstack_endpoint"])
@pytest.mark.parametrize(
    ("service", "setting"),
    [("cognito-identity", "endpoint_url"), ("sts", "sts_endpoint_url")],
)
def test_a_custom_endpoint_with_fips_or_dual_stack_raises_the_message_of_botocore(
    service: str, setting: str, switch: str
):
    with pytest.raises(EndpointProviderError) as botocore_error:
        create_resolver(service).resolve_endpoint(
            Region="us-east-1",
            Endpoint="https://example.com",
            UseFIPS=switch == "use_fips_endpoint",
            UseDualStack=switch == "use_dualstack_endpoint",
        )
    with pytest.raises(ConfigurationError) as caught:
        resolve(
            ClientConfig.of({setting: "https://example.com", switch: True}),
            region_of_id="us-east-1",
        )
    assert str(botocore_error.value.kwargs["msg"]) in str(caught.value)
