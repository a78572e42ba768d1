from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from harness import IDENTITY, OTHER

from cognito_credentials._core.responses import (
    parse_cognito_credentials,
    parse_sts_credentials,
    read_identity_id,
)
from cognito_credentials.errors import MalformedResponseError

EXPIRATION = datetime(2027, 1, 15, 10, tzinfo=UTC)
COGNITO = {
    "AccessKeyId": "ASIATEST00000001",
    "SecretKey": "a-secret-key",
    "SessionToken": "a-session-token",
    "Expiration": EXPIRATION.timestamp(),
}
STS = {
    "AccessKeyId": "ASIATEST00000001",
    "SecretAccessKey": "a-secret-key",
    "SessionToken": "a-session-token",
    "Expiration": "2027-01-15T10:00:00Z",
}


@pytest.mark.parametrize(
    ("parse", "members"), [(parse_cognito_credentials, COGNITO), (parse_sts_credentials, STS)]
)
def test_all_members_are_parsed(parse, members):
    issued = parse({"Credentials": members}, "us-east-1:1")
    assert issued.access_key_id == "ASIATEST00000001"
    assert issued.secret_access_key == "a-secret-key"
    assert issued.session_token == "a-session-token"
    assert issued.expiration == EXPIRATION
    assert issued.expiration.utcoffset() == timedelta(0)
    assert issued.identity_id == "us-east-1:1"
    assert "a-se" not in repr(issued)


@pytest.mark.parametrize(
    "seconds", [EXPIRATION.timestamp(), int(EXPIRATION.timestamp()), 1.8000072e9]
)
def test_epoch_seconds_may_be_an_integer_or_a_float(seconds):
    issued = parse_cognito_credentials({"Credentials": {**COGNITO, "Expiration": seconds}}, "i")
    assert issued.expiration == EXPIRATION


@pytest.mark.parametrize(
    "text", ["1800007200", "1.8000072E9", "+1800007200.0", f"{'0' * 22}1800007200"]
)
def test_epoch_seconds_may_be_a_number_in_quotation_marks(text):
    issued = parse_cognito_credentials({"Credentials": {**COGNITO, "Expiration": text}}, "i")
    assert issued.expiration == EXPIRATION


@pytest.mark.parametrize(
    "text", ["1_800_007_200", "0x6b49d200", f"{'0' * 23}1800007200", "1e", "nan"]
)
def test_other_texts_are_not_epoch_seconds(text):
    with pytest.raises(MalformedResponseError, match="expiration"):
        parse_cognito_credentials({"Credentials": {**COGNITO, "Expiration": text}}, "i")


def test_the_identity_id_of_the_request_is_the_default():
    assert read_identity_id({"IdentityId": OTHER}, default=IDENTITY) == OTHER
    assert read_identity_id({}, default=IDENTITY) == IDENTITY
    for result in ({}, {"IdentityId": None}, {"IdentityId": "x"}):
        with pytest.raises(MalformedResponseError, match="no identity ID"):
            read_identity_id(result)


@pytest.mark.parametrize("text", ["2027-01-15T10:00:00+00:00", "2027-01-15T11:00:00+01:00"])
def test_an_iso_time_may_have_any_offset(text):
    assert (
        parse_sts_credentials({"Credentials": {**STS, "Expiration": text}}, "i").expiration
        == EXPIRATION
    )


@pytest.mark.parametrize("text", ["2027-01-15T10:00:00", "", "soon", None, 5])
def test_an_iso_time_without_an_offset_is_rejected(text):
    with pytest.raises(MalformedResponseError, match="expiration"):
        parse_sts_credentials({"Credentials": {**STS, "Expiration": text}}, "i")


@pytest.mark.parametrize(
    ("missing", "description"),
    [
        (("AccessKeyId", "SecretKey", "SessionToken", "Expiration"), "credentials"),
        (("AccessKeyId", "SecretKey", "SessionToken"), "access key ID"),
        (("SecretKey", "SessionToken", "Expiration"), "secret key"),
        (("SessionToken", "Expiration"), "session token"),
        (("Expiration",), "expiration"),
    ],
)
def test_the_error_names_the_first_missing_member(missing, description):
    members = {name: value for name, value in COGNITO.items() if name not in missing}
    with pytest.raises(MalformedResponseError, match=f"no {description}"):
        parse_cognito_credentials({"Credentials": members}, "i")


def parse_with(**changes):
    return parse_cognito_credentials({"Credentials": {**COGNITO, **changes}}, "us-east-1:1")


@pytest.mark.parametrize("length", [16, 20, 128])
def test_an_access_key_id_may_have_16_to_128_characters(length):
    assert parse_with(AccessKeyId="A" * length).access_key_id == "A" * length


@pytest.mark.parametrize("length", [1, 15, 129, 100_000])
def test_an_access_key_id_of_another_length_is_rejected(length):
    with pytest.raises(MalformedResponseError, match="access key ID"):
        parse_with(AccessKeyId="A" * length)


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", " ", "\t", "\x7f", "é", "\u2028"])
@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("AccessKeyId", "access key ID"),
        ("SecretKey", "secret key"),
        ("SessionToken", "session token"),
    ],
)
def test_a_member_with_other_characters_than_visible_ascii_is_rejected(
    name, description, character
):
    value = f"begin-of-a-value{character}[default]"
    with pytest.raises(MalformedResponseError, match=f"invalid {description}") as caught:
        parse_with(**{name: value})
    assert "begin" not in str(caught.value)


@pytest.mark.parametrize("name", ["SecretKey", "SessionToken"])
def test_a_member_is_limited_in_length(name):
    parse_with(**{name: "x" * 65_536})
    with pytest.raises(MalformedResponseError, match="invalid"):
        parse_with(**{name: "x" * 65_537})


def test_members_of_sts_are_validated_as_well():
    with pytest.raises(MalformedResponseError, match="AWS STS contained an invalid session token"):
        parse_sts_credentials({"Credentials": {**STS, "SessionToken": "a\n[b]"}}, "i")


@pytest.mark.parametrize("edge", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_time_that_cannot_be_converted_to_utc_is_rejected(edge):
    with pytest.raises(MalformedResponseError, match="expiration"):
        parse_sts_credentials({"Credentials": {**STS, "Expiration": edge}}, "us-east-1:1")


@pytest.mark.parametrize("value", ["soon", "2027-01-15T10:00:00Z", [1], {}, True])
def test_an_expiration_in_an_unknown_form_is_distinguished_from_a_missing_one(value):
    def error_of(expiration):
        members = {"AccessKeyId": "A" * 20, "SecretKey": "x", "SessionToken": "y"}
        with pytest.raises(MalformedResponseError) as caught:
            parse_cognito_credentials(
                {"Credentials": {**members, "Expiration": expiration}},
                "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f",
            )
        return caught.value

    assert error_of(value).message != error_of(None).message
    assert "seconds since 1970" in error_of(value).hint
