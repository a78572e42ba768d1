from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cognito_credentials._core.responses import parse_cognito_credentials, parse_sts_credentials
from cognito_credentials.errors import MalformedResponseError

ENDS = datetime(2027, 1, 15, 10, tzinfo=UTC)
COGNITO = {
    "AccessKeyId": "ASIA1",
    "SecretKey": "a-secret-key",
    "SessionToken": "a-session-token",
    "Expiration": ENDS.timestamp(),
}
STS = {
    "AccessKeyId": "ASIA1",
    "SecretAccessKey": "a-secret-key",
    "SessionToken": "a-session-token",
    "Expiration": "2027-01-15T10:00:00Z",
}


@pytest.mark.parametrize(
    ("read", "members"), [(parse_cognito_credentials, COGNITO), (parse_sts_credentials, STS)]
)
def test_a_grant_has_all_parts(read, members):
    grant = read({"Credentials": members}, "us-east-1:1")
    assert grant.access_key_id == "ASIA1"
    assert grant.secret_access_key == "a-secret-key"
    assert grant.session_token == "a-session-token"
    assert grant.expiration == ENDS
    assert grant.expiration.utcoffset() == timedelta(0)
    assert grant.identity_id == "us-east-1:1"
    assert "a-se" not in repr(grant)


@pytest.mark.parametrize("seconds", [ENDS.timestamp(), int(ENDS.timestamp()), 1.8000072e9])
def test_epoch_seconds_may_be_of_any_number_kind(seconds):
    grant = parse_cognito_credentials({"Credentials": {**COGNITO, "Expiration": seconds}}, "i")
    assert grant.expiration == ENDS


@pytest.mark.parametrize("text", ["2027-01-15T10:00:00+00:00", "2027-01-15T11:00:00+01:00"])
def test_an_iso_time_may_name_its_offset(text):
    assert (
        parse_sts_credentials({"Credentials": {**STS, "Expiration": text}}, "i").expiration == ENDS
    )


@pytest.mark.parametrize("text", ["2027-01-15T10:00:00", "", "soon", None, 5])
def test_an_iso_time_without_a_zone_is_refused(text):
    with pytest.raises(MalformedResponseError, match="AWS STS contained no expiration"):
        parse_sts_credentials({"Credentials": {**STS, "Expiration": text}}, "i")


@pytest.mark.parametrize(
    ("missing", "what"),
    [
        (("AccessKeyId", "SecretKey", "SessionToken", "Expiration"), "credentials"),
        (("AccessKeyId", "SecretKey", "SessionToken"), "access key ID"),
        (("SecretKey", "SessionToken", "Expiration"), "secret key"),
        (("SessionToken", "Expiration"), "session token"),
        (("Expiration",), "expiration"),
    ],
)
def test_the_first_part_that_is_missing_is_named(missing, what):
    members = {name: value for name, value in COGNITO.items() if name not in missing}
    with pytest.raises(MalformedResponseError) as raised:
        parse_cognito_credentials({"Credentials": members}, "i")
    assert raised.value.message == f"Response from Amazon Cognito contained no {what}"


@pytest.mark.parametrize("edge", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_time_that_utc_cannot_hold_is_none(edge):
    with pytest.raises(MalformedResponseError, match="no expiration"):
        parse_sts_credentials({"Credentials": {**STS, "Expiration": edge}}, "us-east-1:1")
