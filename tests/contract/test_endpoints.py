"""Our addresses are those that botocore's own resolver finds, for every region it knows."""

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
# A pseudo region such as aws-global stands for a service without regions; no pool is in one.
REGIONS = [
    region
    for partition in PARTITIONS["partitions"]
    for region in partition["regions"]
    if not region.endswith("-global")
]
NOT_YET_KNOWN = ["us-east-9", "cn-south-1", "us-gov-central-1", "eusc-de-west-2", "xx-moon-1"]
OURS = {"cognito-identity": endpoints.cognito_identity_url, "sts": endpoints.sts_url}


def resolver(service: str) -> EndpointProvider:
    rules = LOADER.load_service_model(service, "endpoint-rule-set-1")
    return EndpointProvider(rules, PARTITIONS)


@pytest.mark.parametrize("service", OURS)
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dualstack", [False, True])
def test_addresses_are_botocores(service: str, fips: bool, dualstack: bool):
    theirs = resolver(service)
    for region in REGIONS + NOT_YET_KNOWN:
        expected = theirs.resolve_endpoint(
            Region=region,
            UseFIPS=fips,
            UseDualStack=dualstack,
            **({"UseGlobalEndpoint": False} if service == "sts" else {}),
        )
        assert OURS[service](region, fips=fips, dualstack=dualstack) == expected.url


def test_every_partition_is_compared():
    assert {endpoints.get_partition(region).name for region in REGIONS} == {
        partition["id"] for partition in PARTITIONS["partitions"]
    }


@pytest.mark.parametrize("switch", ["use_fips_endpoint", "use_dualstack_endpoint"])
@pytest.mark.parametrize(
    ("service", "setting"),
    [("cognito-identity", "endpoint_url"), ("sts", "sts_endpoint_url")],
)
def test_a_custom_endpoint_with_a_switch_is_refused_in_the_words_of_the_rules(
    service: str, setting: str, switch: str
):
    with pytest.raises(EndpointProviderError) as theirs:
        resolver(service).resolve_endpoint(
            Region="us-east-1",
            Endpoint="https://example.com",
            UseFIPS=switch == "use_fips_endpoint",
            UseDualStack=switch == "use_dualstack_endpoint",
        )
    with pytest.raises(ConfigurationError) as ours:
        resolve(
            ClientConfig.of({setting: "https://example.com", switch: True}),
            region_of_id="us-east-1",
        )
    assert str(theirs.value.kwargs["msg"]) in str(ours.value)
