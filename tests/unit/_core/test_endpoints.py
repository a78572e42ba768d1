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
def test_a_good_id_is_returned_as_it_is(value: str):
    assert check_identity_pool_id(value) == value
    assert check_identity_id(value) == value


def test_the_region_is_what_stands_before_the_colon():
    assert get_region(POOL) == "us-east-1"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "identity_pool_id is None: it must be a string"),
        (17, "identity_pool_id is a int: it must be a string"),
        (POOL.encode(), "a bytes: it must be a string"),
        ("", "is empty"),
        ("  ", "is empty"),
        (f" {POOL}", "white space around it"),
        (f"{POOL}\n", "white space around it"),
        (POOL.partition(":")[2], "has no region"),
        (POOL.partition(":")[2].upper(), "has no region"),
        ("us-east-1", "no region and no colon"),
        ("us-east-1:", "nothing follows the colon"),
        (f":{POOL}", "'' before the colon is not a region"),
        ("us_east_1:00", "'us_east_1' before the colon is not a region"),
        ("evil.example/:00", "before the colon is not a region"),
        ("-us:00", "before the colon is not a region"),
        ("us-east-1:mock", "'mok' cannot be in it after the colon"),
        (f"{POOL}/x", "'/x' cannot be in it"),
        (POOL.upper(), "upper-case letters"),
        (f"us-east-1:{'0' * 46}", "has 56 characters, 55 are allowed"),
        (f"us-east-1:{'0' * 4600}", "has 4610 characters, 55 are allowed"),
        ("us-east-1_AbCdEf123", "a user pool ID, not an identity pool ID"),
        (f"arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{POOL}", "an ARN"),
        ("arn:aws:iam::123456789012:role/x", "an ARN"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "a token, not an ID"),
        ("us-east-1:１２３", "cannot be in it after the colon"),  # noqa: RUF001 - not ASCII
    ],
)
def test_a_bad_id_is_refused_with_what_is_wrong(value: object, problem: str):
    with pytest.raises(ConfigurationError, match=re.escape(problem)):
        check_identity_pool_id(value)
    with pytest.raises(ConfigurationError, match=r"^identity_id is"):
        check_identity_id(value)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (POOL.upper(), f"Did you mean {POOL}?"),
        (f"arn:aws:cognito-identity:us-east-1:1:identitypool/{POOL}", f"last part, {POOL},"),
        ("us-east-1_AbC", "cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC"),
        ("cn-north-1_AbC", "cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbC"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "logins=..."),
    ],
)
def test_the_hint_is_what_was_probably_meant(value: str, hint: str):
    with pytest.raises(ConfigurationError) as caught:
        check_identity_pool_id(value)
    assert hint in caught.value.hint


def test_a_users_sub_is_told_from_an_identity_id():
    with pytest.raises(ConfigurationError, match="sub` is not an identity id"):
        check_identity_id(POOL.partition(":")[2])


def test_a_token_given_as_an_id_is_not_repeated():
    token = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0.c2ln"
    with pytest.raises(ConfigurationError) as caught:
        check_identity_pool_id(token)
    assert token[4:] not in str(caught.value)


@given(st.text(max_size=60) | st.from_regex(r"\A[a-z-]{1,12}:[0-9a-fA-F-]{1,50}\Z"))
def test_what_is_accepted_is_accepted_by_the_service_too(value: str):
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
def test_a_region_must_be_fit_for_a_host_name(region: object):
    with pytest.raises(ConfigurationError, match="not the name of an AWS region"):
        check_region(region)


@pytest.mark.parametrize(
    ("region", "key"),
    [
        ("us-east-1", "cognito-identity.amazonaws.com"),
        ("ap-southeast-2", "cognito-identity.amazonaws.com"),
        ("cn-north-1", "cognito-identity.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "cognito-identity.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_developer_login_key_names_the_region_outside_partition_aws(region: str, key: str):
    assert get_developer_provider_name(region) == key


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
def test_a_partition_is_told_by_the_regions_beginning(region: str, partition: str):
    assert get_partition(region).name == partition
