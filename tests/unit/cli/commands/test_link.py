from __future__ import annotations

import io
import json
import time

import pytest
from cli_world import one_world, world
from harness import FACEBOOK, GOOGLE, jwt

from cognito_credentials.cli import program
from cognito_credentials.cli.commands import link
from cognito_credentials.stores import FileStore

__all__ = ["one_world", "world"]

NO_GUESTS = "Unauthenticated access is not supported for this identity pool."


@pytest.fixture
def guest(world):
    """The identity id of this machine's guest."""
    return json.loads(world.run("whoami", "--json").out)["identity_id"]


def stored(world):
    """Return the identity ids of this machine by user."""
    entries = json.loads(world.run("cache", "list", "--json").out)["entries"]
    return {
        entry["user"]: entry["identity_id"] for entry in entries if entry["kind"] == "identity-id"
    }


def identity_of(world, user, *more):
    return json.loads(world.run("whoami", "--json", user.login, *more).out)["identity_id"]


def test_a_new_user_keeps_the_guest_s_identity(world, guest):
    user = world.sign_in()
    seen = len(world.emulator.calls)
    said = world.run("link", "--yes", user.login)
    assert (said.status, said.err) == (0, "")
    assert world.calls_after(seen) == ["GetCredentialsForIdentity"]
    assert said.out.index("It cannot be undone.") < said.out.index(
        f"Linked: {guest} is this user's"
    )
    assert stored(world) == {f"{user.key}#{user.claims['sub']}": guest}
    assert identity_of(world, user) == guest


def test_the_next_guest_is_another(world, guest):
    world.run("link", "--yes", world.sign_in().login)
    # Not by what the old guest left: its credentials would bring its identity id back.
    seen = len(world.emulator.calls)
    another = json.loads(world.run("whoami", "--json").out)["identity_id"]
    assert another != guest
    assert world.calls_after(seen)[:2] == ["GetId", "GetCredentialsForIdentity"]


def test_a_known_user_keeps_the_own_identity_and_the_guest_s_is_merged(world, guest):
    user = world.sign_in()
    own = world.account.identity(world.pool, {user.key: user.token_file.read_text()})
    assert own != guest
    said = world.run("link", "--yes", user.login)
    assert f"Merged: the guest's {guest} is closed.\nThis user is {own}.\n" in said.out
    assert stored(world) == {f"{user.key}#{user.claims['sub']}": own}
    assert identity_of(world, user) == own


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "status", "end"),
    [("y\n", 0, "It is stored for this user.\n"), ("\n", 1, "Nothing was done.\n")],
)
def test_on_a_terminal_it_is_asked(world, guest, monkeypatch, answer, status, end):
    before = stored(world)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    said = world.run("link", world.sign_in().login)
    assert (said.status, said.err) == (status, "\nLink them? [y/N] ")
    assert said.out.endswith(end)
    assert "outcome  linked, if the login has no identity yet" in said.out
    assert (stored(world) == before) is (status == 1)


def test_without_a_terminal_it_is_agreed_to_beforehand_or_not_at_all(world, guest):
    before = stored(world)
    said = world.run("link", world.sign_in().login)
    assert said.status == 2
    assert "nobody is here to agree to the link" in said.err
    assert "Next: Agree to it with --yes" in said.err
    assert stored(world) == before


def test_a_dry_run_says_the_same_and_does_nothing(world, guest):
    user = world.sign_in()
    seen, before = len(world.emulator.calls), stored(world)
    said = world.run("link", "--dry-run", user.login)
    assert (said.status, said.err) == (0, "")
    for text in (guest, user.key, world.pool, "It cannot be undone."):
        assert text in said.out
    assert said.out.endswith("Nothing was done (--dry-run).\n")
    # The guest's own credentials are asked for, which shows that it is a guest still.
    assert world.calls_after(seen) == ["GetCredentialsForIdentity"]
    assert outcome(world, user.login) == link.LINKED
    assert stored(world) == before


def outcome(world, *words):
    lines = world.run("link", "--dry-run", *words).out.splitlines()
    (line,) = (line for line in lines if line.startswith("outcome"))
    return line.removeprefix("outcome  ")


def test_what_would_come_of_it(world, guest):
    user = world.sign_in()
    assert outcome(world, user.login) == link.LINKED
    world.run("link", "--yes", user.login)
    world.run("whoami")  # another guest
    assert outcome(world, user.login) == link.MERGED.format(guest)
    linked = ("--identity-id", guest)
    assert outcome(world, *linked, user.login) == link.LINKED_ALREADY
    assert outcome(world, *linked, world.sign_in().login) == link.CLOSED
    nobody = ("--identity-id", "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    assert outcome(world, *nobody, user.login) == link.MERGED.format(guest)
    assert outcome(world, *nobody, world.sign_in().login) == link.GONE


def test_each_outcome_has_its_own_text(world, guest):
    user = world.sign_in()
    said = world.run("link", "--dry-run", user.login).out
    assert "keeps its identity id" in said
    world.run("link", "--yes", user.login)
    world.run("whoami")  # another guest
    said = world.run("link", "--dry-run", user.login).out
    assert "keeps its identity id" not in said
    assert "The user's id stays, the guest's is closed for good" in said
    for words in ((user.login,), (world.sign_in().login,)):
        said = world.run("link", "--dry-run", "--identity-id", guest, *words).out
        assert "outcome  nothing changes" in said
        assert "cannot be undone" not in said


def test_a_token_that_ends_soon_is_not_warned_of_in_the_words_of_python(
    world, guest, caplog, tmp_path
):
    token = jwt(GOOGLE, sub="ann", exp=int(time.time()) + 60)
    (tmp_path / "token").write_text(world.never_printed(token))
    said = world.run("link", "--yes", f"--login={GOOGLE}=@{tmp_path / 'token'}")
    assert said.status == 4
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == []


def test_a_pool_that_lets_no_guest_in_says_nothing_of_the_identity(world, guest):
    world.emulator.fail("GetCredentialsForIdentity", "NotAuthorizedException", NO_GUESTS)
    assert outcome(world, world.sign_in().login) == link.LINKED


def test_a_guest_of_elsewhere(world):
    user = world.sign_in()
    elsewhere = world.account.identity(world.pool)
    said = world.run("link", "--yes", "--identity-id", elsewhere, user.login)
    assert f"guest  {elsewhere} (option --identity-id)" in said.out
    assert stored(world) == {f"{user.key}#{user.claims['sub']}": elsewhere}


def test_the_guest_of_this_machine_stays_where_another_was_linked(world, guest):
    elsewhere = world.account.identity(world.pool)
    world.run("link", "--yes", "--identity-id", elsewhere, world.sign_in().login)
    assert stored(world)["ANONYMOUS"] == guest
    assert json.loads(world.run("whoami", "--json").out)["is_from_store"]


def test_without_a_pool_nothing_is_stored(world, monkeypatch):
    elsewhere = world.account.identity(world.pool)
    monkeypatch.delenv("AWS_COGNITO_IDENTITY_POOL_ID")
    said = world.run("link", "--yes", "--identity-id", elsewhere, world.sign_in().login)
    assert said.status == 0
    assert "the identity id will not be stored" in said.out
    assert "Linked:" in said.out
    assert "It is stored" not in said.out
    assert stored(world) == {}


def test_a_named_user(world):
    """The guest of that name and the user of that name are one."""
    guest = json.loads(world.run("whoami", "--json", "--user", "ada").out)["identity_id"]
    user = world.sign_in()
    assert world.run("link", "--yes", "--user", "ada", user.login).status == 0
    assert stored(world) == {"ada": guest}
    assert identity_of(world, user, "--user", "ada") == guest


def test_a_login_of_another_user_is_refused_with_the_next_step(world, guest):
    world.run("link", "--yes", world.sign_in().login)
    before = stored(world)
    said = world.run("link", "--yes", "--identity-id", guest, world.sign_in().login)
    assert said.status == 4
    assert "Logins don't match" in said.err
    assert "Next: This identity is no guest's any more" in said.err
    assert stored(world) == before


@pytest.mark.parametrize(
    ("code", "message", "step"),
    [
        ("ResourceConflictException", "Logins are already linked", "cannot be merged"),
        ("ResourceNotFoundException", "Identity 'x' not found.", "cache clear --identity-ids"),
    ],
)
def test_refusals_have_a_next_step_and_change_nothing(world, guest, code, message, step):
    before = stored(world)
    world.emulator.fail("GetCredentialsForIdentity", code, message)
    said = world.run("link", "--yes", world.sign_in().login)
    assert said.status == 4
    assert code in said.err
    assert step in said.err
    assert stored(world) == before


def test_a_login_that_names_nobody_is_linked_and_not_stored(world, guest, tmp_path):
    """Facebook's tokens say nothing, and the service finds the identity by them each time."""
    token = world.never_printed("EAAB-opaque-token")
    world.emulator.identity_service.register_opaque_token(FACEBOOK, token, "fb-app", "10001")
    (tmp_path / "token").write_text(token)
    login = f"--login={FACEBOOK}=@{tmp_path / 'token'}"
    assert outcome(world, login) == link.LINKED  # the guest's own id is nobody else's
    said = world.run("link", "--yes", login)
    assert said.status == 0
    assert f"Linked: {guest}" in said.out
    assert "It is stored" not in said.out
    assert stored(world) == {}
    assert world.account.identity(world.pool, {FACEBOOK: token}) == guest


def test_no_guest_no_link(world):
    said = world.run("link", "--yes", world.sign_in().login)
    assert said.status == 2
    assert f"this machine has no guest of pool {world.pool}" in said.err


def test_a_stored_id_that_cannot_be_read_is_none(world, guest):
    store = FileStore()
    (key,) = (key for key in store.list_keys() if key.startswith("identity-id:"))
    store.put(key, b"{}", expires_at=None)
    assert "has no guest" in world.run("link", "--yes", world.sign_in().login).err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "no login is given"),
        (("--login=a.b=env:X",), "neither an identity pool nor an identity is named"),
        (("--login=a.b=env:X", "--identity-pool-id=x"), "identity_pool_id must be"),
        (("--login=a.b=env:X", "--identity-id=x"), "identity_id must be"),
        (
            (
                "--login=a.b=env:X",
                "--identity-id=us-east-1:1699ebc0-7900-4099-b910-2df94f52a030",
                "--identity-pool-id=eu-west-1:1699ebc0-7900-4099-b910-2df94f52a030",
            ),
            "is of another region than pool",
        ),
    ],
)
def test_what_is_missing_is_named(words, problem, capsys):
    assert program.main(["link", *words]) == 2
    assert problem in capsys.readouterr().err
