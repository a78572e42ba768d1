from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import pytest

from cognito_credentials import BasicFlow, Credentials, ProviderConfig, RefreshPolicy
from cognito_credentials.logins import EnvironmentToken, FileToken, login_from_id_token
from cognito_credentials.stores import StoreConfig

ROLE = "arn:aws:iam::123456789012:role/player"
POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


def read_token():
    return "token"


# The constructor of each class, and the name of an attribute.
CASES = {
    "BasicFlow": (lambda name: BasicFlow(role_arn=ROLE, role_session_name=name), "role_arn"),
    "Credentials": (
        lambda name: Credentials(
            access_key_id=name,
            secret_access_key="secret",
            session_token="token",
            expiration=datetime(2027, 1, 1, tzinfo=UTC),
            identity_id="identity",
        ),
        "expiration",
    ),
    "EnvironmentToken": (EnvironmentToken, "name"),
    "FileToken": (FileToken, "path"),
    "IdTokenLogin": (
        lambda name: login_from_id_token(read_token if name == "one" else read_token.__call__),
        "_token",
    ),
    "ProviderConfig": (lambda name: ProviderConfig(POOL, store=StoreConfig.file(name)), "_key"),
    "RefreshPolicy": (lambda name: RefreshPolicy(jitter=len(name) / 10), "jitter"),
    "StoreConfig": (StoreConfig.file, "_kind"),
}


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def test_attributes_can_be_neither_changed_nor_deleted(case):
    create, name = case
    subject = create("one")
    before = getattr(subject, name)
    with pytest.raises(AttributeError, match=name):
        setattr(subject, name, "other")
    with pytest.raises(AttributeError, match=name):
        delattr(subject, name)
    with pytest.raises(AttributeError, match="misspelled"):
        subject.misspelled = 1
    assert getattr(subject, name) == before


def test_objects_with_equal_arguments_are_equal(case):
    create, _ = case
    assert create("one") == create("one")
    assert hash(create("one")) == hash(create("one"))
    assert create("one") != create("three")


def test_objects_of_different_classes_are_not_equal():
    assert FileToken("name") != EnvironmentToken("name")


def test_copies_are_the_same_object(case):
    subject = case[0]("one")
    assert copy.copy(subject) is subject
    assert copy.deepcopy(subject) is subject


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_contain_equal_objects(case, protocol):
    subject = case[0]("one")
    assert pickle.loads(pickle.dumps(subject, protocol)) == subject  # noqa: S301
