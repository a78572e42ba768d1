from __future__ import annotations

import copy
import inspect
import pickle
import re
import traceback

import pytest
from cases import check_each

from cognito_credentials import errors
from cognito_credentials._core.flight_errors import copy_error
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    LoginTokenError,
    NotAuthorizedException,
    ServiceError,
    TransportError,
)

CLASSES = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if value.__module__ == errors.__name__
]


def tree():
    """Return the parent of each class in the class tree that the module's docstring contains."""
    parents, path = {}, []
    lines = errors.__doc__.splitlines()
    start = lines.index("    CognitoCredentialsError")
    for line in lines[start : lines.index("", start)]:
        names = re.findall(r"[A-Z]\w+", line.split("(")[0])
        if not names:
            continue
        column = line.index(names[0])
        while path and path[-1][0] >= column:
            path.pop()
        # The last line lists several classes with the same parent as the class in the line above.
        parent = path[-1][1] if path else None
        for name in names:
            parents[name] = parent
        path.append((column, names[0]))
    return parents


def test_the_docstring_shows_the_class_hierarchy():
    assert tree() == {
        kind.__name__: None if kind is CognitoCredentialsError else kind.__bases__[0].__name__
        for kind in CLASSES
    }


def test_every_error_is_public():
    assert sorted(errors.__all__) == sorted(kind.__name__ for kind in CLASSES)


def test_every_error_has_a_docstring():
    assert all(kind.__doc__ for kind in CLASSES)


def test_every_class_has_a_reason_of_its_own():
    reasons = [kind.__dict__.get("reason") for kind in CLASSES]
    assert len(set(reasons)) == len(reasons)
    assert all(re.fullmatch(r"[a-z][a-z-]{2,40}", reason) for reason in reasons)


def make(kind, **changes):
    if issubclass(kind, ServiceError):
        facts = {"operation_name": "GetId", "code": "TheCode", "http_status": 400}
        return kind("a text", **{**facts, **changes})
    if issubclass(kind, LoginTokenError):
        return kind("a text", **{"provider_name": "accounts.google.com", **changes})
    return kind("a text", **changes)


@check_each("kind", CLASSES)
def test_every_error_has_message_hint_and_text(kind):
    error = make(kind, hint="Do this.")
    assert error.message == "a text"
    assert error.hint == "Do this."
    url = errors.documentation_url(error.reason)
    assert str(error).endswith(f"a text. Hint: Do this. See {url}")
    assert str(make(kind)).endswith(f"a text. See {url}")
    assert isinstance(error.is_retryable, bool)
    assert error.retry_after is None
    assert isinstance(error, CognitoCredentialsError)


@check_each("kind", CLASSES)
@check_each(
    "copied",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],  # noqa: S301
)
def test_every_error_can_be_copied_and_pickled(kind, copied):
    error = make(kind, hint="Do this.")
    twin = copied(error)
    assert type(twin) is kind
    assert twin.args == error.args
    assert twin.__dict__ == error.__dict__
    assert str(twin) == str(error)


@check_each("kind", CLASSES)
def test_an_equal_error_is_made_for_each_waiter(kind):
    error = make(kind, hint="Do this.")
    try:
        raise error
    except CognitoCredentialsError:
        pass
    twin = copy_error(error)
    assert twin is not error
    assert type(twin) is kind
    assert twin.__dict__ == error.__dict__
    assert twin.__cause__ is error
    assert twin.__traceback__ is None


def test_an_error_of_another_package_cannot_be_copied():
    error = KeyError("x")
    assert copy_error(error) is error


def test_raising_an_error_for_many_callers_does_not_extend_its_traceback():
    error = make(TransportError)
    for _ in range(3):
        try:
            raise copy_error(error)
        except TransportError as twin:
            depth = len(traceback.extract_tb(twin.__traceback__))
            assert depth == 1
    assert error.__traceback__ is None


def test_a_configuration_error_is_a_value_error():
    with pytest.raises(ValueError, match="a text"):
        raise make(ConfigurationError)


def test_the_response_of_a_service_error_has_the_shape_of_botocore():
    error = make(NotAuthorizedException, request_id="abc")
    assert error.response == {
        "Error": {"Code": "TheCode", "Message": "a text"},
        "ResponseMetadata": {"RequestId": "abc", "HTTPStatusCode": 400},
    }
    assert str(error).startswith("GetId failed with TheCode: a text. ")


def test_a_service_error_has_the_retry_facts_of_the_response():
    error = make(ServiceError, is_retryable=True, retry_after=3.0)
    assert (error.is_retryable, error.retry_after, error.request_id) == (True, 3.0, "")


def test_a_login_error_may_have_a_reason_of_its_own():
    assert make(LoginTokenError).reason == "login-token"
    assert make(LoginTokenError, reason="not-a-jwt").reason == "not-a-jwt"
    assert make(LoginTokenError).reason == "login-token"
