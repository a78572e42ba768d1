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
SECRET = "a-secret-token"


def jwt(**claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


def run(flow):
    return Driver(transport=None, clock=FakeClock(), max_flight_seconds=1.0).run(flow)


def resolve(logins, **options):
    return run(resolve_logins(normalize_logins(logins), **options))


# --- validation -------------------------------------------------------------------------------


@pytest.mark.parametrize("logins", [None, {}])
def test_no_logins_mean_a_guest(logins):
    resolved = resolve(logins)
    assert resolved.tokens == {}
    assert resolved.claims is None
    assert not resolved.can_refresh


@pytest.mark.parametrize(
    ("logins", "name"),
    [
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "str"),
        (["a"], "list"),
        (lambda: "token", "function"),
        ({1: "token"}, "int"),
        ({None: "token"}, "NoneType"),
        ({"": "token"}, "empty"),
        ({"  ": "token"}, "empty"),
        ({"k" * 129: "token"}, "129"),
        ({f"k{n}": "token" for n in range(11)}, "11"),
        ({GOOGLE: ""}, GOOGLE),
        ({GOOGLE: " \n"}, GOOGLE),
        ({GOOGLE: None}, GOOGLE),
        ({GOOGLE: 5}, GOOGLE),
        ({GOOGLE: {"token": SECRET}}, GOOGLE),
        ({GOOGLE: SECRET.encode()}, GOOGLE),
        ({GOOGLE: "x" * 50_001}, "50001"),
        ({GOOGLE: LoginSource()}, GOOGLE),
    ],
)
def test_invalid_logins_raise_an_error_that_names_the_value(logins, name):
    with pytest.raises(ConfigurationError, match="logins") as caught:
        normalize_logins(logins)
    assert name in caught.value.message
    assert SECRET not in str(caught.value)
    assert "eyJ" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("https://accounts.google.com", "accounts.google.com"),
        ("https://tenant.auth0.com/", "tenant.auth0.com"),
        (
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab",
            "cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab",
        ),
    ],
)
def test_the_hint_for_a_name_with_a_scheme_is_the_name_without_the_scheme(name, expected):
    with pytest.raises(ConfigurationError) as caught:
        normalize_logins({name: "token"})
    assert repr(expected) in caught.value.hint


def test_logins_at_the_limits_of_the_service_are_accepted():
    logins = {f"host{n}.example.com": "x" * 50_000 for n in range(9)} | {"k" * 128: "t"}
    assert normalize_logins(logins) == logins


def test_the_mapping_is_copied():
    logins = {GOOGLE: "token"}
    normalized = normalize_logins(logins)
    logins.clear()
    assert normalized == {GOOGLE: "token"}


def test_any_mapping_is_accepted():
    class Custom(Mapping):
        def __getitem__(self, key):
            return "token"

        def __iter__(self):
            return iter((GOOGLE,))

        def __len__(self):
            return 1

    assert resolve(Custom()).tokens == {GOOGLE: "token"}


# --- suppliers --------------------------------------------------------------------------------


def test_strings_and_suppliers_are_resolved_to_tokens():
    resolved = resolve({"www.amazon.com": "one", GOOGLE: lambda: "two"})
    assert resolved.tokens == {"www.amazon.com": "one", GOOGLE: "two"}
    assert resolved.refreshable_names == {GOOGLE}
    assert resolved.can_refresh


def test_white_space_around_a_token_is_removed():
    assert resolve({GOOGLE: lambda: " token\n"}).tokens == {GOOGLE: "token"}


def test_logins_without_suppliers_cannot_be_refreshed():
    assert not resolve({GOOGLE: "token"}).can_refresh


class Recorder:
    def __init__(self):
        self.received = []

    def plain(self):
        self.received.append(None)
        return "token"

    def with_refresh(self, refresh=False):
        self.received.append(refresh)
        return "token"

    def keyword_only(self, *, refresh=False):
        self.received.append(refresh)
        return "token"

    def anything(self, **keywords):
        self.received.append(keywords.get("refresh"))
        return "token"

    def positional_only(self, refresh=False, /):
        self.received.append(refresh)
        return "token"

    def __call__(self, *, refresh=False):
        self.received.append(refresh)
        return "token"

    @property
    def partial(self):
        return functools.partial(self.bound, "argument")

    @property
    def partial_with_refresh_bound(self):
        return functools.partial(self.with_refresh, None)

    def bound(self, argument, refresh=False):
        self.received.append(refresh)
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
    ("signature", "first", "second"),
    [
        ("plain", None, None),
        ("with_refresh", False, True),
        ("keyword_only", False, True),
        ("anything", None, None),
        ("positional_only", False, False),
        ("itself", False, True),
        ("partial", False, True),
        ("partial_with_refresh_bound", None, None),
        ("wrapped", False, True),
    ],
)
def test_refresh_is_passed_to_suppliers_with_such_a_parameter(signature, first, second):
    recorder = Recorder()
    supplier = getattr(recorder, signature)
    resolve({GOOGLE: supplier})
    resolve({GOOGLE: supplier}, refresh=True)
    assert recorder.received == [first, second]


def test_a_supplier_without_a_signature_is_called_without_arguments():
    # `inspect` cannot determine the signature of many builtin functions.
    supplier = functools.partial(getattr, SimpleNamespace(token="token"), "token")
    assert resolve({GOOGLE: supplier}, refresh=True).tokens == {GOOGLE: "token"}


@pytest.mark.parametrize("result", [None, "", "\n", SECRET.encode(), 7, (SECRET,), "x" * 50_001])
def test_a_supplier_that_returns_no_token_raises_an_error_that_names_the_provider(result):
    with pytest.raises(LoginTokenError) as caught:
        resolve({"www.amazon.com": "one", GOOGLE: lambda: result})
    error = caught.value
    assert error.provider_name == GOOGLE
    assert repr(GOOGLE) in error.message
    assert error.hint
    assert SECRET not in str(error)


@pytest.mark.parametrize("kind", [ValueError, KeyError, OSError, AssertionError, TimeoutError])
def test_an_exception_of_a_supplier_is_the_cause_and_its_text_is_not_repeated(kind):
    cause = kind(SECRET)

    def supplier():
        raise cause

    with pytest.raises(LoginTokenError) as caught:
        resolve({GOOGLE: supplier})
    assert caught.value.__cause__ is cause
    assert caught.value.provider_name == GOOGLE
    assert kind.__name__ in caught.value.message
    assert SECRET not in str(caught.value)


def test_stop_iteration_of_a_supplier_does_not_end_the_flow():
    with pytest.raises(LoginTokenError):
        resolve({GOOGLE: iter(()).__next__})


def test_the_message_and_hint_of_an_error_of_this_package_are_repeated():
    def supplier():
        raise TransportError("no route", hint="check the proxy")

    with pytest.raises(LoginTokenError, match="no route") as caught:
        resolve({GOOGLE: supplier})
    assert caught.value.hint == "check the proxy"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_keyboard_interrupt_and_system_exit_are_not_caught(kind):
    def supplier():
        raise kind

    with pytest.raises(kind):
        resolve({GOOGLE: supplier})


def test_an_async_supplier_in_a_sync_provider_is_a_configuration_error():
    async def supplier():
        return "token"

    with pytest.raises(ConfigurationError, match="supplier"):
        resolve({GOOGLE: supplier})


def test_a_supplier_that_returns_none_does_not_make_the_user_a_guest():
    with pytest.raises(LoginTokenError):
        resolve({GOOGLE: lambda: None})


# --- resolved logins --------------------------------------------------------------------------


def test_the_claims_are_read_from_the_first_id_token():
    resolved = ResolvedLogins(
        {"www.amazon.com": "opaque", "a.example.com": jwt(sub="one"), GOOGLE: jwt(sub="two")}
    )
    assert resolved.claims == {"sub": "one"}
    assert resolved.get_claims(GOOGLE) == {"sub": "two"}
    assert resolved.get_claims("www.amazon.com") is None


def test_the_repr_shows_the_provider_names_only():
    resolved = ResolvedLogins({GOOGLE: SECRET}, identity_id="us-east-1:0")
    assert repr(resolved) == f"ResolvedLogins('{GOOGLE}', identity_id='us-east-1:0')"


def test_the_arn_of_an_openid_connect_provider_is_rejected_with_the_name_of_its_issuer():
    name = "arn:aws:iam::123456789012:oidc-provider/login.example.com/realm"
    with pytest.raises(ConfigurationError) as caught:
        normalize_logins({name: "token"})
    assert "'login.example.com/realm'" in caught.value.hint


@pytest.mark.parametrize(
    "name", ["us-east-1_AbC9", "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbC9"]
)
def test_the_id_or_arn_of_a_user_pool_is_rejected_with_its_login_provider_name(name):
    with pytest.raises(ConfigurationError) as caught:
        normalize_logins({name: "token"})
    assert "'cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC9'" in caught.value.hint


def test_the_login_provider_name_of_a_user_pool_in_china_ends_with_cn():
    with pytest.raises(ConfigurationError) as caught:
        normalize_logins({"cn-north-1_AbC9": "token"})
    assert "'cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbC9'" in caught.value.hint


def test_the_arn_of_a_saml_provider_is_a_login_provider_name():
    normalize_logins({"arn:aws:iam::123456789012:saml-provider/Corp": "token"})
