"""Tracebacks must show the caller's frames and the public method, and show each cause only once."""

from __future__ import annotations

import os
import traceback

import pytest
from brokers import Broker
from harness import GOOGLE, POOL_NOT_FOUND

import cognito_credentials
from cognito_credentials.errors import (
    IdentityPoolNotFound,
    LoginTokenError,
    MalformedResponseError,
    TransportError,
)
from cognito_credentials.testing import error_response, success_response

PACKAGE = os.path.dirname(cognito_credentials.__file__)


def fail(*_):
    raise KeyError("the supplier's own error")


def transport_error():
    error = TransportError("no route")
    error.__cause__ = ConnectionRefusedError(111, "refused")
    return error


def frames_of(error):
    """Return the names of the functions in an error's traceback that belong to this package."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.name for frame in frames if frame.filename.startswith(PACKAGE)]


def call(side, through, script, logins=None):
    """Call a public method that must raise, and return the error."""
    try:
        if through == "broker":
            broker = Broker(side, prefetch_within=0)
            broker.service.errors = list(script)
            broker.get("user", logins)
        else:
            subject = side.pool(script, logins=logins)
            (subject.fetch if through == "provider" else subject.get)()
    except Exception as error:  # noqa: BLE001 - the traceback is the result
        return error
    raise AssertionError("no error was raised")


@pytest.mark.parametrize("through", ["provider", "cache", "broker"])
@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (error_response(*POOL_NOT_FOUND), IdentityPoolNotFound),
        (success_response(), MalformedResponseError),
        (transport_error(), TransportError),
    ],
)
def test_the_traceback_of_a_failed_fetch_has_only_public_frames(side, through, response, kind):
    error = call(side, through, [response])
    assert type(error) is kind
    assert frames_of(error) == ["__call__" if through == "provider" else "get", "call"]
    text = "".join(traceback.format_exception(error))
    assert text.count(error.message) == 1
    assert text.count("Traceback") == 1


@pytest.mark.parametrize("through", ["provider", "cache", "broker"])
def test_the_traceback_of_a_failed_supplier_has_the_frames_of_the_supplier(side, through):
    error = call(side, through, [success_response()], {GOOGLE: side.adapt(fail)})
    assert type(error) is LoginTokenError
    cause = error.__cause__
    assert isinstance(cause, KeyError)
    names = [frame.name for frame in traceback.extract_tb(cause.__traceback__)]
    assert names == (["adapted", "fail"] if side.is_awaitable else ["fail"])


@pytest.mark.parametrize("through", ["provider", "cache", "broker"])
def test_the_traceback_of_another_error_is_complete(side, through):
    """An unexpected error may be a bug in this package, so all frames are needed to find the cause."""
    error = call(side, through, [KeyError("defect")])
    assert type(error) is KeyError
    assert len(frames_of(error)) > 5


def test_an_error_that_is_raised_again_has_no_growing_traceback(side):
    subject = side.pool([error_response(*POOL_NOT_FOUND)])
    texts = set()
    for _ in range(3):
        with pytest.raises(IdentityPoolNotFound) as raised:
            subject.get()
        texts.add(len(traceback.format_exception(raised.value)))
    assert len(subject.requests) == 1
    assert len(texts) == 1
