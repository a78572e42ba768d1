from __future__ import annotations

import pytest
from botocore.exceptions import InvalidRegionError
from botocore.session import Session
from botocore.utils import validate_region_name

from cognito_credentials.cli.aws_config.region_names import find_region_problem

INVALID = [
    "us-east-1 ; comment",
    "us-east-1 # comment",
    "us_east_1",
    '"us-east-1"',
    "'us-east-1'",
    "us.east.1",
    "us-east-",
    "-us-east-1",
    "us east 1",
    "1",
    "ü",
    "x" * 64,
]


@pytest.mark.parametrize("region", INVALID)
def test_the_problem_is_the_message_of_boto3(region):
    with pytest.raises(InvalidRegionError) as raised:
        validate_region_name(region)
    assert str(raised.value) in find_region_problem(region)
    assert find_region_problem(region, has_endpoint=True)


def test_every_region_of_botocore_is_accepted():
    session = Session()
    for partition in session.get_available_partitions():
        for region in session.get_available_regions("s3", partition, allow_non_regional=True):
            if "-fips" not in region and "fips-" not in region and not region.startswith("s3-"):
                assert find_region_problem(region) == ""


@pytest.mark.parametrize(
    "region", ["us-esat-1", "us-east-01", "US-EAST-1", "Us-East-1", "useast1", "us-east", "x"]
)
def test_boto3_accepts_a_misspelled_region_that_only_works_with_an_endpoint(region):
    validate_region_name(region)
    assert find_region_problem(region)
    assert find_region_problem(region, has_endpoint=True) == ""
