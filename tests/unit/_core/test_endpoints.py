from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials._core.endpoints import (
    check_identity_id,
    check_identity_pool_id,
    check_region,
    get_developer_provider_name,
    get_partition,
    get_region,
)
from cognito_credentials.errors import ConfigurationError

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
SERVICE_PATTERN = re.compile(r"[\w-]+:[0-9a-f-]+")


@pytest.mark.parametrize(
    "value", [POOL, "us-gov-west-1:0-0", "eusc-de-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"]
)
def test_a_valid_id_is_returned_unchanged(value: str):
    assert check_identity_pool_id(value) == value
    assert check_identity_id(value) == value


def test_the_region_is_the_part_before_the_colon():
    assert get_region(POOL) == "us-east-1"


@pytest.mark.parametrize(
    "value",
    [
        None,
        17,
        POOL.encode(),
        "",
        "  ",
        f" {POOL}",
        f"{POOL}\n",
        POOL.partition(":")[2],
        POOL.partition(":")[2].upper(),
        "us-east-1",
        "us-east-1:",
        f":{POOL}",
        "us_east_1:00",
        "evil.example/:00",
        "-us:00",
        "us-east-1:mock",
        f"{POOL}/x",
        POOL.upper(),
        f"us-east-1:{'0' * 46}",
        f"us-east-1:{'0' * 4600}",
        "us-east-1_AbCdEf123",
        f"arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{POOL}",
        "arn:aws:iam::123456789012:role/x",
        "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
        "us-east-1:１２３",  # noqa: RUF001 - the character is deliberately not ASCII
    ],
)
def test_an_invalid_id_raises_an_error_that_names_the_parameter(value: object):
    with pytest.raises(ConfigurationError, match=r"^identity_pool_id must be "):
        check_identity_pool_id(value)
    with pytest.raises(ConfigurationError, match=r"^identity_id must be "):
        check_identity_id(value)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (POOL.upper(), POOL),
        (f"arn:aws:cognito-identity:us-east-1:1:identitypool/{POOL}", POOL),
        ("us-east-1_AbC", "cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC"),
        ("cn-north-1_AbC", "cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbC"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "logins"),
    ],
)
def test_the_hint_names_the_value_that_the_caller_probably_meant(value: str, hint: str):
    with pytest.raises(ConfigurationError) as caught:
        check_identity_pool_id(value)
    assert hint in caught.value.hint


def test_the_hint_for_an_identity_id_without_a_region_mentions_the_sub_claim():
    with pytest.raises(ConfigurationError, match="claim sub"):
        check_identity_id(POOL.partition(":")[2])


def test_the_hint_for_a_user_pool_id_describes_an_identity_pool_id():
    with pytest.raises(ConfigurationError) as caught:
        check_identity_pool_id("us-east-1_AbC")
    assert "an identity pool ID of the form REGION:UUID" in caught.value.hint


def test_the_error_does_not_repeat_a_token_that_was_passed_as_an_id():
    token = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0.c2ln"
    with pytest.raises(ConfigurationError) as caught:
        check_identity_pool_id(token)
    assert token[4:] not in str(caught.value)


@given(st.text(max_size=60) | st.from_regex(r"\A[a-z-]{1,12}:[0-9a-fA-F-]{1,50}\Z"))
def test_accepted_ids_match_the_pattern_of_the_service(value: str):
    try:
        check_identity_pool_id(value)
    except ConfigurationError as error:
        assert error.hint
    else:
        assert SERVICE_PATTERN.fullmatch(value)
        assert len(value) <= 55
        assert check_region(get_region(value)) == get_region(value)


@pytest.mark.parametrize(
    "region", ["", "US-EAST-1", "us east 1", "us-east-1.evil.example", None, 1]
)
def test_a_region_must_be_a_valid_part_of_a_host_name(region: object):
    with pytest.raises(ConfigurationError, match=r"^region must be "):
        check_region(region)


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("us-east-1", "cognito-identity.amazonaws.com"),
        ("ap-southeast-2", "cognito-identity.amazonaws.com"),
        ("cn-north-1", "cognito-identity.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "cognito-identity.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_developer_provider_name_contains_the_region_outside_partition_aws(
    region: str, name: str
):
    assert get_developer_provider_name(region) == name


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-gov-east-1", "aws-us-gov"),
        ("us-iso-west-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("local", "aws"),
    ],
)
def test_the_partition_is_found_by_the_prefix_of_the_region(region: str, partition: str):
    assert get_partition(region).name == partition


@pytest.mark.parametrize(
    "form", ['"{}"', "'{}'", "{} ; production", "{} # production", "<{}>", "{},"]
)
def test_an_id_within_other_text_is_suggested(form):
    pool = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
    with pytest.raises(ConfigurationError) as caught:
        check_identity_pool_id(form.format(pool))
    assert f"Pass only {pool}" in caught.value.hint
