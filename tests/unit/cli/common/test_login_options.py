from __future__ import annotations

import pytest

from cognito_credentials import CommandToken, EnvironmentToken, FileToken
from cognito_credentials.cli.common.login_options import suppliers_of
from cognito_credentials.errors import ConfigurationError

GOOGLE = "accounts.google.com"
AS_IT_IS = "(option --login) is given as it is, or in a way that is not known"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"


def test_each_source(home):
    suppliers = suppliers_of([f"{GOOGLE}=@~/token", "a.b=env:TOKEN", "c.d = cmd:print 'a b'"], "x")
    assert list(suppliers) == [GOOGLE, "a.b", "c.d"]
    file, variable, command = suppliers.values()
    assert isinstance(file, FileToken)
    assert file.path == str(home / "token")
    assert isinstance(variable, EnvironmentToken)
    assert variable.name == "TOKEN"
    assert isinstance(command, CommandToken)
    assert command._command == ("print", "a b")


def test_a_text_has_a_login_on_each_line():
    assert list(suppliers_of(f"\n  {GOOGLE} = @a\n\n  b.c=@d\n", "x")) == [GOOGLE, "b.c"]


@pytest.mark.parametrize("logins", [None, [], "", "\n"])
def test_no_logins(logins):
    assert suppliers_of(logins, "x") == {}


@pytest.mark.parametrize(
    ("login", "message"),
    [
        (JWT, "a login (option --login) is not of the form KEY=SOURCE"),
        (f"{GOOGLE}=", "a login (option --login) is not of the form KEY=SOURCE"),
        ("=@file", "a login (option --login) is not of the form KEY=SOURCE"),
        (
            f"{GOOGLE}={JWT}",
            f"the token of login '{GOOGLE}' {AS_IT_IS}",
        ),
        (
            f"{JWT}==",
            f"the token of a login {AS_IT_IS}",
        ),
        (
            f"{'EAAB.' * 40}=x",
            f"the token of a login {AS_IT_IS}",
        ),
    ],
)
def test_a_token_as_it_is_is_refused_and_not_repeated(login, message):
    with pytest.raises(ConfigurationError) as caught:
        suppliers_of([login], "option --login")
    assert caught.value.message == message
    assert "KEY=@FILE" in caught.value.hint
    assert JWT not in str(caught.value)


def test_a_login_twice_is_refused():
    with pytest.raises(ConfigurationError) as caught:
        suppliers_of([f"{GOOGLE}=@a", f"{GOOGLE}=@b"], "option --login")
    assert caught.value.message == f"login '{GOOGLE}' (option --login) is there twice"
