from __future__ import annotations

import pytest

from cognito_credentials import CommandToken, EnvironmentToken, FileToken
from cognito_credentials.cli.settings.login_sources import suppliers_of
from cognito_credentials.errors import ConfigurationError, LoginTokenError

GOOGLE = "accounts.google.com"
AS_IT_IS = "is given as it is, or in a way that is not known"
PROVIDER = "arn:aws:iam::123456789012:saml-provider/office"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"


def option(_login: str = "") -> str:
    return "option --login"


def refused(login: str, place: str = "option", named=option) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        suppliers_of([login], place, named)
    return caught.value


def test_each_source(home):
    suppliers = suppliers_of(
        [f"{GOOGLE}=@~/token", "a.b=env:TOKEN", "c.d = cmd:print 'a b'"], "option", option
    )
    assert list(suppliers) == [GOOGLE, "a.b", "c.d"]
    file, variable, command = (named.__wrapped__ for named in suppliers.values())
    assert isinstance(file, FileToken)
    assert file.path == str(home / "token")
    assert isinstance(variable, EnvironmentToken)
    assert variable.name == "TOKEN"
    assert isinstance(command, CommandToken)
    assert command._command == ("print", "a b")


def test_a_text_has_a_login_on_each_line():
    assert list(suppliers_of(f"\n  {GOOGLE} = @a\n\n  b.c=@d\n", "option", option)) == [
        GOOGLE,
        "b.c",
    ]


@pytest.mark.parametrize("logins", [[], "", "\n"])
def test_no_logins(logins):
    assert suppliers_of(logins, "option", option) == {}


@pytest.mark.parametrize(
    ("login", "message"),
    [
        (JWT, "a login is not of the form KEY=SOURCE"),
        (f"{GOOGLE}=", "a login is not of the form KEY=SOURCE"),
        ("=@file", "a login is not of the form KEY=SOURCE"),
        (f"{GOOGLE}={JWT}", f"the token of login '{GOOGLE}' {AS_IT_IS}"),
        (f"{JWT}==", f"the token of a login {AS_IT_IS}"),
        (f"{'EAAB.' * 20}=x", f"the token of login '{'EAAB.' * 20}' {AS_IT_IS}"),
        (
            f"{'EAAB.' * 40}=x",
            "the key of a login has 200 characters, and Amazon Cognito takes 128",
        ),
        (
            f"{'EAAB.' * 26}=x",
            "the key of a login has 130 characters, and Amazon Cognito takes 128",
        ),
        (f"{'a.' * 64}=x", f"the token of login '{'a.' * 64}' {AS_IT_IS}"),
        (f"{PROVIDER}=x", f"the token of login '{PROVIDER}' {AS_IT_IS}"),
        (f"{'EAAB.' * 40}=", "a login is not of the form KEY=SOURCE"),
        (f"{GOOGLE}=@ ", f"the token of login '{GOOGLE}' names no file"),
        (f"{GOOGLE}=env:", f"the token of login '{GOOGLE}' names no variable"),
        (f"{GOOGLE}=cmd: ", f"the token of login '{GOOGLE}' names no command"),
    ],
)
def test_what_is_no_login_is_refused_and_a_token_not_repeated(login, message):
    error = refused(login)
    assert error.message == f"option --login: {message}"
    assert "KEY=@FILE" in error.hint
    assert JWT not in str(error)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("option", "command lines"),
        ("environment", "environment variables"),
        ("profile", "config files"),
    ],
)
def test_the_hint_for_a_literal_token_says_why_it_is_rejected(place, why):
    error = refused(f"{GOOGLE}={JWT}", place)
    assert why in error.hint


def test_a_login_is_named_by_its_own_words():
    error = refused(f"{GOOGLE}={JWT}", named=lambda login: f"…{login[-8:]}")
    assert error.message.startswith(f"…{JWT[-8:]}: ")


def test_a_key_with_a_scheme_is_refused_with_the_right_one():
    error = refused(f"https://{GOOGLE}/=@file")
    assert error.hint == f"Write it as Amazon Cognito knows it: {GOOGLE}=…"


def test_a_command_that_cannot_be_split_is_refused_without_its_words():
    error = refused(f"{GOOGLE}=cmd:print 'hunter2")
    assert error.message.endswith("names a command that cannot be split: No closing quotation")
    assert "hunter2" not in str(error)


def test_more_logins_than_the_service_takes():
    with pytest.raises(ConfigurationError, match=r"^option --login: there are 11 logins, and"):
        suppliers_of([f"a{number}.b=@file" for number in range(11)], "option", option)


@pytest.mark.parametrize(
    ("source", "step"),
    [
        (
            "@{home}/none",
            "Put the token of login 'accounts.google.com' into that file, and nothing",
        ),
        (
            "@{home}/empty",
            "Put the token of login 'accounts.google.com' into that file, and nothing",
        ),
        ("env:NOPE", "Set that variable to the token of login 'accounts.google.com', and"),
        (
            "cmd:{home}/none",
            "Run it by hand: it must print the token of login 'accounts.google.com'",
        ),
        ("cmd:true", "Run it by hand: it must print the token of login 'accounts.google.com'"),
        (
            "cmd:false",
            "Read the command's error output above, or run the command in a terminal; or correct",
        ),
    ],
)
def test_what_gives_no_token_says_what_to_do_and_what_names_it(source, step, home):
    (home / "empty").touch()
    (supplier,) = suppliers_of([f"{GOOGLE}={source.format(home=home)}"], "option", option).values()
    with pytest.raises(LoginTokenError) as caught:
        supplier(refresh=True)
    assert caught.value.hint.startswith(step)
    assert caught.value.hint.endswith("; or correct option --login.")


def test_a_login_twice_is_refused():
    with pytest.raises(ConfigurationError) as caught:
        suppliers_of([f"{GOOGLE}=@a", f"{GOOGLE}=@b"], "option", option)
    assert caught.value.message == f"option --login: login '{GOOGLE}' is there twice"


def test_what_a_command_says_is_passed_on(capsys):
    supplier = suppliers_of(["a.b=cmd:sh -c 'echo why >&2; exit 1'"], "option", option)["a.b"]
    with pytest.raises(LoginTokenError):
        supplier()
    assert capsys.readouterr().err == "why\n"
