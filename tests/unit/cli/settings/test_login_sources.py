from __future__ import annotations

import pytest

from cognito_credentials import CommandToken, EnvironmentToken, FileToken
from cognito_credentials.cli.settings.login_sources import login_suppliers, secret_supplier
from cognito_credentials.cli.settings.resolution import SourceText
from cognito_credentials.errors import ConfigurationError, LoginTokenError

GOOGLE = "accounts.google.com"
SAML = "arn:aws:iam::123456789012:saml-provider/office"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJl"


def source_text(text, place: str = "option") -> SourceText:
    return SourceText(text, place, lambda _line: "option --login")


def rejection(login: str, place: str = "option") -> ConfigurationError:
    with pytest.raises(ConfigurationError) as raised:
        login_suppliers(source_text([login], place))
    return raised.value


def test_every_kind_of_source(home):
    suppliers = login_suppliers(
        source_text([f"{GOOGLE}=@~/token", "a.b=env:TOKEN", "c.d = cmd:print 'a b'"])
    )
    assert list(suppliers) == [GOOGLE, "a.b", "c.d"]
    file, variable, command = (supplier.__wrapped__ for supplier in suppliers.values())
    assert isinstance(file, FileToken)
    assert file.path == str(home / "token")
    assert isinstance(variable, EnvironmentToken)
    assert variable.name == "TOKEN"
    assert isinstance(command, CommandToken)
    assert "print" in repr(command)


def test_a_text_has_one_login_on_each_line():
    suppliers = login_suppliers(source_text(f"\n  {GOOGLE} = @a\n\n  b.c=@d\n"))
    assert list(suppliers) == [GOOGLE, "b.c"]


@pytest.mark.parametrize("source", [None, source_text([]), source_text(""), source_text("\n")])
def test_without_a_text_there_are_no_suppliers(source):
    assert login_suppliers(source) == {}


@pytest.mark.parametrize(
    "login",
    [
        JWT,
        f"{GOOGLE}=",
        "=@file",
        f"{GOOGLE}={JWT}",
        f"{JWT}==",
        f"{'EAAB.' * 20}=x",
        f"{'EAAB.' * 40}=x",
        f"{'EAAB.' * 26}=x",
        f"{'a.' * 64}=x",
        f"{SAML}=x",
        f"{'EAAB.' * 40}=",
        f"{GOOGLE}=@ ",
        f"{GOOGLE}=env:",
        f"{GOOGLE}=cmd: ",
        f"{GOOGLE}=cmd:print 'hunter2",
    ],
)
def test_an_invalid_login_is_rejected_without_repeating_a_token(login):
    error = rejection(login)
    assert error.message.startswith("option --login")
    assert error.hint
    assert JWT not in str(error)
    assert "EAAB." * 26 not in str(error)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    ("place", "risk"),
    [("option", "command lines"), ("environment", "variables"), ("profile", "config files")],
)
def test_the_hint_for_a_literal_token_explains_the_risk_of_its_place(place, risk):
    error = rejection(f"{GOOGLE}={JWT}", place)
    assert "@FILE" in error.hint
    assert risk in error.hint


def test_the_label_of_an_error_is_that_of_the_line():
    source = SourceText(f"a.b=@file\n{GOOGLE}={JWT}", "profile", lambda line: f"…{line[-8:]}")
    with pytest.raises(ConfigurationError, match=f"^…{JWT[-8:]} "):
        login_suppliers(source)


def test_the_hint_for_a_provider_name_with_a_scheme_has_the_right_name():
    assert f"{GOOGLE}=" in rejection(f"https://{GOOGLE}/=@file").hint


def test_more_logins_than_the_service_accepts_are_rejected():
    login_suppliers(source_text([f"a{number}.b=@file" for number in range(10)]))
    with pytest.raises(ConfigurationError, match=r"^option --login.* 11 "):
        login_suppliers(source_text([f"a{number}.b=@file" for number in range(11)]))


def test_a_file_below_a_missing_home_directory_is_rejected_with_a_hint_about_home(monkeypatch):
    monkeypatch.setenv("HOME", "/nonexistent")
    error = rejection(f"{GOOGLE}=@~/token")
    assert "~/token" in error.message
    assert "HOME" in error.hint


def test_a_login_provider_given_twice_is_rejected():
    with pytest.raises(ConfigurationError, match=f"^option --login.*{GOOGLE}"):
        login_suppliers(source_text([f"{GOOGLE}=@a", f"{GOOGLE}=@b"]))


@pytest.mark.parametrize("source", ["@{home}/none", "@{home}/empty", "env:NOPE", "cmd:true"])
def test_the_hint_of_a_failing_supplier_names_the_setting(source, home):
    (home / "empty").touch()
    (supplier,) = login_suppliers(source_text([f"{GOOGLE}={source.format(home=home)}"])).values()
    with pytest.raises(LoginTokenError) as raised:
        supplier(refresh=True)
    assert raised.value.hint.endswith("option --login.")


def test_the_error_output_of_a_command_is_printed(capsys):
    suppliers = login_suppliers(source_text(["a.b=cmd:sh -c 'echo why >&2; exit 1'"]))
    with pytest.raises(LoginTokenError):
        suppliers["a.b"]()
    assert capsys.readouterr().err == "why\n"


def test_a_client_secret_is_read_from_its_source(monkeypatch, never_printed):
    secret = never_printed("s3cr3t-of-the-client")
    monkeypatch.setenv("SECRET", secret)
    assert secret_supplier(source_text("env:SECRET"))() == secret
    with pytest.raises(ConfigurationError) as raised:
        secret_supplier(source_text(secret))
    assert secret not in str(raised.value)
