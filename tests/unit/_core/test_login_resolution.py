from __future__ import annotations

import base64
import functools
import json
from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from cognito_credentials._core.login_resolution import (
    LoginSource,
    ResolvedLogins,
    normalize_logins,
    resolve_logins,
)
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import ConfigurationError, LoginTokenError, TransportError
from cognito_credentials.testing import FakeClock

GOOGLE = "accounts.google.com"
SECRET = "kept-out-of-every-text"


def jwt(**claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


def run(flow):
    return Driver(transport=None, clock=FakeClock(), longest_flight=1.0).run(flow)


def resolve(logins, **options):
    return run(resolve_logins(normalize_logins(logins), **options))


# --- the shape, at construction ---------------------------------------------------------------


@pytest.mark.parametrize("logins", [None, {}])
def test_no_logins_are_a_guests(logins):
    resolved = resolve(logins)
    assert resolved.tokens == {}
    assert resolved.claims is None
    assert not resolved.can_refresh


@pytest.mark.parametrize(
    ("logins", "text"),
    [
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "must be a mapping"),
        (["a"], "must be a mapping"),
        (lambda: "token", "must be a mapping"),
        ({1: "token"}, "A key in logins is of type int"),
        ({None: "token"}, "not a string"),
        ({"": "token"}, "A key in logins is empty"),
        ({"  ": "token"}, "A key in logins is empty"),
        ({"k" * 129: "token"}, "129 characters"),
        ({f"k{n}": "token" for n in range(11)}, "11 entries"),
        ({GOOGLE: ""}, "is empty"),
        ({GOOGLE: " \n"}, "is empty"),
        ({GOOGLE: None}, "is None"),
        ({GOOGLE: 5}, "is of type int"),
        ({GOOGLE: {"token": SECRET}}, "is of type dict"),
        ({GOOGLE: SECRET.encode()}, "is bytes"),
        ({GOOGLE: "x" * 50_001}, "has 50001 characters"),
        ({GOOGLE: LoginSource()}, "brings its own key"),
    ],
)
def test_a_wrong_shape_is_named(logins, text):
    with pytest.raises(ConfigurationError) as caught:
        normalize_logins(logins)
    assert text in caught.value.message
    assert SECRET not in str(caught.value)
    assert "eyJ" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("https://accounts.google.com", "accounts.google.com"),
        ("https://tenant.auth0.com/", "tenant.auth0.com"),
        (
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab",
            "cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab",
        ),
    ],
)
def test_a_key_with_a_scheme_is_answered_with_the_right_one(key, right):
    with pytest.raises(ConfigurationError) as caught:
        normalize_logins({key: "token"})
    assert repr(right) in caught.value.hint


def test_what_the_service_allows_is_allowed():
    logins = {f"host{n}.example.com": "x" * 50_000 for n in range(9)} | {"k" * 128: "t"}
    assert normalize_logins(logins) == logins


def test_the_mapping_is_copied():
    logins = {GOOGLE: "token"}
    kept = normalize_logins(logins)
    logins.clear()
    assert kept == {GOOGLE: "token"}


def test_any_mapping_will_do():
    class Custom(Mapping):
        def __getitem__(self, key):
            return "token"

        def __iter__(self):
            return iter((GOOGLE,))

        def __len__(self):
            return 1

    assert resolve(Custom()).tokens == {GOOGLE: "token"}


# --- suppliers --------------------------------------------------------------------------------


def test_strings_and_suppliers_become_strings_under_the_same_keys():
    resolved = resolve({"www.amazon.com": "one", GOOGLE: lambda: "two"})
    assert resolved.tokens == {"www.amazon.com": "one", GOOGLE: "two"}
    assert resolved.refreshable_names == {GOOGLE}
    assert resolved.can_refresh


def test_white_space_around_a_token_is_left_out():
    assert resolve({GOOGLE: lambda: " token\n"}).tokens == {GOOGLE: "token"}


def test_a_string_alone_cannot_be_refreshed():
    assert not resolve({GOOGLE: "token"}).can_refresh


class Recorder:
    def __init__(self):
        self.seen = []

    def plain(self):
        self.seen.append(None)
        return "token"

    def with_refresh(self, refresh=False):
        self.seen.append(refresh)
        return "token"

    def keyword_only(self, *, refresh=False):
        self.seen.append(refresh)
        return "token"

    def anything(self, **keywords):
        self.seen.append(keywords.get("refresh"))
        return "token"

    def positional_only(self, refresh=False, /):
        self.seen.append(refresh)
        return "token"

    def __call__(self, *, refresh=False):
        self.seen.append(refresh)
        return "token"

    @property
    def partial(self):
        return functools.partial(self.bound, "argument")

    @property
    def partial_on_its_place(self):
        return functools.partial(self.with_refresh, None)

    def bound(self, argument, refresh=False):
        self.seen.append(refresh)
        return "token"

    @property
    def wrapped(self):
        @functools.wraps(self.with_refresh)
        def wrapper(*arguments, **keywords):
            return self.with_refresh(*arguments, **keywords)

        return wrapper

    @property
    def itself(self):
        return self


@pytest.mark.parametrize(
    ("shape", "first", "again"),
    [
        ("plain", None, None),
        ("with_refresh", False, True),
        ("keyword_only", False, True),
        ("anything", None, None),
        ("positional_only", False, False),
        ("itself", False, True),
        ("partial", False, True),
        ("partial_on_its_place", None, None),
        ("wrapped", False, True),
    ],
)
def test_refresh_is_said_to_those_who_have_such_a_parameter(shape, first, again):
    recorder = Recorder()
    supplier = getattr(recorder, shape)
    resolve({GOOGLE: supplier})
    resolve({GOOGLE: supplier}, refresh=True)
    assert recorder.seen == [first, again]


def test_a_supplier_without_a_signature_is_called_plainly():
    # As many builtins: `inspect` cannot tell what they take.
    supplier = functools.partial(getattr, SimpleNamespace(token="token"), "token")
    assert resolve({GOOGLE: supplier}, refresh=True).tokens == {GOOGLE: "token"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (None, "is None"),
        ("", "is empty"),
        ("\n", "is empty"),
        (SECRET.encode(), "is bytes"),
        (7, "is of type int"),
        ((SECRET,), "is of type tuple"),
        ("x" * 50_001, "has 50001 characters"),
    ],
)
def test_a_supplier_that_gives_nothing_usable_is_named(given, text):
    with pytest.raises(LoginTokenError) as caught:
        resolve({"www.amazon.com": "one", GOOGLE: lambda: given})
    error = caught.value
    assert error.provider_name == GOOGLE
    assert text in error.message
    assert repr(GOOGLE) in error.message
    assert error.hint
    assert SECRET not in str(error)


@pytest.mark.parametrize("kind", [ValueError, KeyError, OSError, AssertionError, TimeoutError])
def test_what_a_supplier_raises_is_the_cause_and_not_quoted(kind):
    cause = kind(SECRET)

    def supplier():
        raise cause

    with pytest.raises(LoginTokenError) as caught:
        resolve({GOOGLE: supplier})
    assert caught.value.__cause__ is cause
    assert caught.value.provider_name == GOOGLE
    assert kind.__name__ in caught.value.message
    assert SECRET not in str(caught.value)


def test_an_exhausted_iterator_does_not_end_the_flow():
    with pytest.raises(LoginTokenError):
        resolve({GOOGLE: iter(()).__next__})


def test_our_own_errors_are_quoted_because_they_hold_no_secret():
    def supplier():
        raise TransportError("no route", hint="check the proxy")

    with pytest.raises(LoginTokenError, match="no route") as caught:
        resolve({GOOGLE: supplier})
    assert caught.value.hint == "check the proxy"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_the_end_of_the_program_passes_through(kind):
    def supplier():
        raise kind

    with pytest.raises(kind):
        resolve({GOOGLE: supplier})


def test_an_asynchronous_supplier_on_the_sync_side_is_a_configuration_error():
    async def supplier():
        return "token"

    with pytest.raises(ConfigurationError, match="asynchronous"):
        resolve({GOOGLE: supplier})


def test_a_failing_supplier_never_makes_a_guest():
    with pytest.raises(LoginTokenError):
        resolve({GOOGLE: lambda: None})


# --- what comes out ---------------------------------------------------------------------------


def test_the_claims_are_those_of_the_first_id_token():
    resolved = ResolvedLogins(
        {"www.amazon.com": "opaque", "a.example.com": jwt(sub="one"), GOOGLE: jwt(sub="two")}
    )
    assert resolved.claims == {"sub": "one"}
    assert resolved.get_claims(GOOGLE) == {"sub": "two"}
    assert resolved.get_claims("www.amazon.com") is None


def test_a_repr_shows_keys_only():
    resolved = ResolvedLogins({GOOGLE: SECRET}, identity_id="us-east-1:0")
    assert repr(resolved) == f"ResolvedLogins('{GOOGLE}', identity_id='us-east-1:0')"
