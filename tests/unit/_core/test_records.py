from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from harness import IDENTITY, POOL, jwt
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials import Credentials
from cognito_credentials._core import records
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.records import Record, UnreadableRecordError

KEY = "credentials:abc"
NOW = 1_800_000_000.0

REASONS = {
    "a member is missing or invalid",
    "it has the format of another version",
    "it has no format version",
    "it belongs to another pool, user or role",
    "the credentials expire more than 12 hours after their fetch",
}

texts = st.text([chr(code) for code in range(0x21, 0x7F)], min_size=1, max_size=40)
credentials = st.builds(
    Credentials,
    access_key_id=texts,
    secret_access_key=texts,
    session_token=texts,
    identity_id=texts,
    account_id=st.none() | st.just("012345678901"),
    expiration=st.integers(1, 4_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
)


def make_record(credentials, *, lifetime, **members):
    fetched_at = credentials.expiration.timestamp() - lifetime
    return Record(credentials, fetched_at=fetched_at, **members)


any_record = st.builds(
    make_record,
    credentials,
    lifetime=st.floats(-4e9, 43_200),
    skew=st.none() | st.floats(-1e6, 1e6),
    accepted=st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), max_size=8).map(tuple),
    is_rejected=st.booleans(),
)


@given(any_record)
def test_decode_reverses_encode(record):
    read = records.decode(KEY, records.encode(KEY, record), now=lambda: NOW)
    assert read.credentials == record.credentials
    assert (read.fetched_at, read.skew, read.accepted, read.expires_at) == (
        record.fetched_at,
        record.skew,
        record.accepted,
        record.expires_at,
    )
    assert read.is_rejected is record.is_rejected
    # The credentials expire by the clock of the reader.
    for now in (record.expires_at - 1, record.expires_at):
        read = records.decode(KEY, records.encode(KEY, record), now=lambda now=now: now)
        assert read.credentials.is_expired == (record.expires_at <= now)
        record.set_clock(lambda now=now: now)
        assert record.credentials.is_expired == (record.expires_at <= now)


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["format", "key", "credentials", "fetched_at", "skew", "accepted"]), inner
    ),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_other_value_is_unreadable(value):
    for read in (
        lambda: records.decode(KEY, value, now=lambda: NOW),
        lambda: records.decode_identity_id(KEY, value),
    ):
        with pytest.raises(UnreadableRecordError):
            read()


@given(any_record, st.data())
def test_a_record_with_one_wrong_member_is_unreadable_or_still_a_record(record, data):
    members = json.loads(records.encode(KEY, record))
    name = data.draw(st.sampled_from([*members, *members["credentials"]]))
    wrong = data.draw(st.sampled_from([None, [], {}, True, -1, 1e400, "", "x", 10**30]))
    (members if name in members else members["credentials"])[name] = wrong
    try:
        read = records.decode(KEY, json.dumps(members).encode(), now=lambda: NOW)
    except UnreadableRecordError as error:
        assert str(error) in REASONS
    else:
        assert isinstance(read.credentials.session_token, str)
        assert abs(read.fetched_at) < float("inf")


@pytest.mark.parametrize(
    "name", ["secret_access_key", "session_token", "identity_id", "account_id"]
)
@pytest.mark.parametrize("text", ["a\n[default]", "a b", "\x1b[2J", "é", "x" * 65_537])
def test_a_record_with_other_text_than_the_service_issues_is_unreadable(name, text):
    members = dict.fromkeys(records.TEXT_MEMBERS, "x") | {"account_id": None, "expiration": NOW}
    record = {
        "format": 1,
        "key": KEY,
        "credentials": members | {name: text},
        "fetched_at": NOW,
        "skew": None,
        "accepted": [],
    }
    with pytest.raises(UnreadableRecordError):
        records.decode(KEY, json.dumps(record).encode(), now=lambda: NOW)
    record["credentials"] = members
    assert records.decode(KEY, json.dumps(record).encode(), now=lambda: NOW)


@given(any_record, st.text(min_size=1))
def test_a_record_of_another_key_is_unreadable(record, key):
    value = records.encode(KEY, record)
    if key != KEY:
        with pytest.raises(UnreadableRecordError, match="another pool"):
            records.decode(key, value, now=lambda: NOW)


def test_decode_identity_id_reverses_encode_identity_id():
    value = records.encode_identity_id(KEY, IDENTITY)
    assert records.decode_identity_id(KEY, value) == IDENTITY
    with pytest.raises(UnreadableRecordError):
        records.decode_identity_id("identity-id:other", value)
    with pytest.raises(UnreadableRecordError):
        records.decode(KEY, value, now=lambda: NOW)


@pytest.mark.parametrize("identity_id", ["", "us-east-1", "us-east-1:1\n", None, 5])
def test_a_record_with_an_invalid_identity_id_is_unreadable(identity_id):
    value = records.encode_identity_id(KEY, identity_id)
    with pytest.raises(UnreadableRecordError):
        records.decode_identity_id(KEY, value)


def test_a_key_depends_on_every_part_of_its_scope():
    scope = {"pool": "p", "user": None, "logins": [["k", "iss", "sub"]], "role": "r"}
    keys = {records.credentials_key(scope)} | {
        records.credentials_key(scope | {name: "other"}) for name in scope
    }
    assert len(keys) == 5
    assert all(key.startswith("credentials:") and len(key) == 76 for key in keys)
    assert records.credentials_key(dict(reversed(scope.items()))) == records.credentials_key(scope)


def test_subjects_are_from_jwts_and_an_opaque_token_counts_as_a_user():
    tokens = {"b": "opaque-one", "a": jwt("a", sub="alice")}
    subjects = records.login_subjects(ResolvedLogins(tokens), is_named=False)
    assert subjects[0] == ["a", "https://a", "alice"]
    assert subjects[1][0] == "b"
    assert len(subjects[1][1]) == 64
    assert "opaque" not in repr(subjects)
    assert records.login_subjects(ResolvedLogins(tokens), is_named=True)[1] == ["b"]


def test_a_jwt_without_a_subject_counts_as_a_user():
    token = jwt("a", sub="")
    assert len(records.login_subjects(ResolvedLogins({"a": token}), is_named=False)[0][1]) == 64


def test_the_digest_ignores_the_order_and_is_empty_for_a_guest():
    one, two = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    assert records.tokens_digest(ResolvedLogins(one)) == records.tokens_digest(ResolvedLogins(two))
    assert records.tokens_digest(ResolvedLogins({"a": "1", "b": "3"})) != (
        records.tokens_digest(ResolvedLogins(one))
    )
    assert records.tokens_digest(ResolvedLogins({})) == ""


def test_a_record_is_valid_for_tokens_that_were_accepted_before_they_expired():
    credentials = Credentials(
        access_key_id="a",
        secret_access_key="s",
        session_token="t",
        identity_id=IDENTITY,
        expiration=datetime.fromtimestamp(NOW, UTC),
    )
    record = Record(credentials, fetched_at=1000.0, skew=None, accepted=("new", "old"))
    assert record.is_valid_for("new", 0.0), "the record must be valid for the latest tokens"
    assert record.is_valid_for("old", 1000.5)
    assert not record.is_valid_for("old", 1000.0)
    assert not record.is_valid_for("other", float("inf"))
    assert record.is_valid_for("", 0.0), "a guest"


def test_the_latest_accepted_digests_are_retained():
    accepted: tuple[str, ...] = ()
    for number in range(12):
        accepted = records.merge_accepted(str(number), accepted)
    assert accepted == tuple(str(number) for number in range(11, 3, -1))
    assert records.merge_accepted("7", accepted)[0] == "7"
    assert len(records.merge_accepted("7", accepted)) == 8
    assert records.merge_accepted("", accepted) == ()


def encoded_identity_id(**changes):
    members = json.loads(records.encode_identity_id(KEY, IDENTITY)) | changes
    return json.dumps(members).encode()


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        (0, records.OtherVersionError),
        (2, records.OtherVersionError),
        ("1", UnreadableRecordError),
        (None, UnreadableRecordError),
        (1.5, UnreadableRecordError),
    ],
)
def test_an_integer_format_is_that_of_another_version(version, kind):
    with pytest.raises(UnreadableRecordError) as raised:
        records.decode_identity_id(KEY, encoded_identity_id(format=version))
    assert type(raised.value) is kind


@pytest.mark.parametrize("value", [True, "5", None, [5], float("inf")])
def test_a_time_that_is_not_a_finite_number_is_unreadable(value):
    record = Record(
        Credentials(
            access_key_id="a",
            secret_access_key="s",
            session_token="t",
            identity_id=IDENTITY,
            expiration=datetime.fromtimestamp(NOW, UTC),
        ),
        fetched_at=NOW - 3600,
        skew=None,
        accepted=(),
    )
    members = json.loads(records.encode(KEY, record)) | {"fetched_at": value}
    with pytest.raises(UnreadableRecordError):
        records.decode(KEY, json.dumps(members).encode(), now=lambda: NOW)


@pytest.mark.parametrize("expiration", [NOW + 13 * 3600, 32_503_679_999, 253_402_300_799])
def test_credentials_with_a_longer_lifetime_than_aws_issues_are_unreadable(expiration):
    members = dict.fromkeys(records.TEXT_MEMBERS, "x") | {"account_id": None}
    record = {"format": 1, "key": KEY, "fetched_at": NOW, "skew": None, "accepted": []}
    for accepted in (NOW + 12 * 3600, expiration):
        credentials = members | {"expiration": accepted}
        value = json.dumps(record | {"credentials": credentials}).encode()
        if accepted == expiration:
            with pytest.raises(UnreadableRecordError):
                records.decode(KEY, value, now=lambda: NOW)
        else:
            assert records.decode(KEY, value, now=lambda: NOW)


def test_the_key_of_a_guest_has_the_pool_and_the_endpoint():
    assert records.credentials_key({"pool": POOL, "url": "https://host"}) == (
        f"credentials:{POOL}:host"
    )
    assert records.credentials_key({"pool": POOL, "url": "http://host"}) == (
        f"credentials:{POOL}:http://host"
    )


@pytest.mark.parametrize("name", ["user", "logins", "role", "account_id", "flow", "identity"])
def test_any_other_key_is_a_digest(name):
    key = records.credentials_key({"pool": POOL, "url": "https://host", name: "value"})
    assert re.fullmatch("credentials:[0-9a-f]{64}", key)
