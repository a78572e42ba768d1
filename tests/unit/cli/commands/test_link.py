from __future__ import annotations

import io
import json
import time

import pytest
from cli_world import shared_world, world
from harness import FACEBOOK, GOOGLE, jwt

from cognito_credentials.cli import program
from cognito_credentials.cli.commands import link
from cognito_credentials.stores import FileStore

__all__ = ["shared_world", "world"]

NO_GUESTS = "Unauthenticated access is not supported for this identity pool."


@pytest.fixture
def guest(world):
    """Create a guest in the store, and return its identity ID."""
    return json.loads(world.run("whoami", "--json").out)["identity_id"]


def stored_ids(world):
    """Return the stored identity IDs by user."""
    entries = json.loads(world.run("cache", "list", "--json").out)["entries"]
    return {
        entry["user"]: entry["identity_id"] for entry in entries if entry["kind"] == "identity-id"
    }


def get_identity(world, user, *words):
    return json.loads(world.run("whoami", "--json", user.login, *words).out)["identity_id"]


def test_a_new_user_takes_over_the_identity_of_the_guest(world, guest):
    user = world.sign_in()
    before = len(world.emulator.calls)
    result = world.run("link", "--yes", user.login)
    assert (result.status, result.err) == (0, "")
    assert world.calls_after(before) == ["GetCredentialsForIdentity"]
    assert result.out.index("cannot be undone") < result.out.rindex(guest)
    assert stored_ids(world) == {f"{user.provider_name}#{user.claims['sub']}": guest}
    assert get_identity(world, user) == guest


def test_the_next_guest_gets_another_identity(world, guest):
    world.run("link", "--yes", world.sign_in().login)
    # If the credentials of the linked guest were still stored, they would restore its identity ID.
    before = len(world.emulator.calls)
    next_guest = json.loads(world.run("whoami", "--json").out)["identity_id"]
    assert next_guest != guest
    assert world.calls_after(before)[:2] == ["GetId", "GetCredentialsForIdentity"]


def test_the_identity_of_the_guest_is_merged_into_that_of_the_user(world, guest):
    user = world.sign_in()
    own = world.account.identity(world.pool, {user.provider_name: user.token_file.read_text()})
    assert own != guest
    result = world.run("link", "--yes", user.login)
    *_, merged, user_line, _ = result.out.splitlines()
    assert guest in merged
    assert own in user_line
    assert stored_ids(world) == {f"{user.provider_name}#{user.claims['sub']}": own}
    assert get_identity(world, user) == own


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("response", "status"), [("y\n", 0), ("\n", 1)])
def test_linking_requires_confirmation_on_a_terminal(world, guest, monkeypatch, response, status):
    before = stored_ids(world)
    monkeypatch.setattr("sys.stdin", Terminal(response))
    result = world.run("link", world.sign_in().login)
    assert result.status == status
    assert result.err.endswith("[y/N] ")
    assert link.LINK_OR_MERGE.summary in result.out
    assert (stored_ids(world) == before) is (status == 1)


def test_linking_without_a_terminal_requires_an_option(world, guest):
    before = stored_ids(world)
    result = world.run("link", world.sign_in().login)
    assert result.status == 2
    assert "--yes" in result.err
    assert stored_ids(world) == before


def test_a_dry_run_changes_nothing(world, guest):
    user = world.sign_in()
    before, ids = len(world.emulator.calls), stored_ids(world)
    result = world.run("link", "--dry-run", user.login)
    assert (result.status, result.err) == (0, "")
    for text in (guest, user.provider_name, world.pool, link.LINK_OR_MERGE.explanation):
        assert text in result.out
    # This call succeeds without logins only if the identity still belongs to a guest.
    assert world.calls_after(before) == ["GetCredentialsForIdentity"]
    assert stored_ids(world) == ids


def dry_run(world, *words):
    """Run `link --dry-run`, and return the outcome that it predicts."""
    result = world.run("link", "--dry-run", *words)
    (line,) = (line for line in result.out.splitlines() if line.startswith("outcome"))
    explanation = result.out.partition(line)[2].rpartition("\n\n")[0].strip()
    return link.Outcome(line.removeprefix("outcome").strip(), explanation)


def test_dry_run_prints_the_expected_outcome(world, guest):
    user, other = world.sign_in(), world.sign_in()
    assert dry_run(world, user.login) == link.LINK_OR_MERGE
    world.run("link", "--yes", user.login)
    world.run("whoami")  # This creates another guest.
    merge = link.Outcome(link.MERGE.summary.format(guest), link.MERGE.explanation)
    assert dry_run(world, user.login) == merge
    linked = ("--identity-id", guest)
    assert dry_run(world, *linked, user.login) == link.ALREADY_LINKED
    assert dry_run(world, *linked, other.login) == link.NOT_A_GUEST
    unknown = ("--identity-id", "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    assert dry_run(world, *unknown, user.login) == merge
    assert dry_run(world, *unknown, other.login) == link.UNKNOWN_IDENTITY


def test_without_a_question_the_stored_identity_determines_the_outcome(world, guest):
    user = world.sign_in()
    assert link.LINK_OR_MERGE.summary in world.run("link", "--yes", user.login).out
    world.run("whoami")  # This creates another guest.
    before = len(world.emulator.calls)
    result = world.run("link", "--yes", user.login)
    assert link.MERGE.summary.format(guest) in result.out
    assert link.MERGE.explanation in result.out
    assert world.calls_after(before) == ["GetCredentialsForIdentity"]


def test_a_token_that_expires_soon_causes_no_warning_for_programmers(
    world, guest, caplog, tmp_path
):
    token = jwt(GOOGLE, sub="ann", exp=int(time.time()) + 60)
    (tmp_path / "token").write_text(world.never_printed(token))
    result = world.run("link", "--yes", f"--login={GOOGLE}=@{tmp_path / 'token'}")
    assert result.status == 4
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == []


def test_a_pool_without_guest_access_does_not_change_the_expected_outcome(world, guest):
    world.emulator.fail("GetCredentialsForIdentity", "NotAuthorizedException", NO_GUESTS)
    assert dry_run(world, world.sign_in().login) == link.LINK_OR_MERGE


def test_a_guest_of_another_machine(world):
    user = world.sign_in()
    other_guest = world.account.identity(world.pool)
    result = world.run("link", "--yes", "--identity-id", other_guest, user.login)
    assert f"{other_guest} (option --identity-id)" in result.out
    assert stored_ids(world) == {f"{user.provider_name}#{user.claims['sub']}": other_guest}


def test_the_stored_guest_remains_if_another_guest_is_linked(world, guest):
    other_guest = world.account.identity(world.pool)
    world.run("link", "--yes", "--identity-id", other_guest, world.sign_in().login)
    assert stored_ids(world)["ANONYMOUS"] == guest
    assert json.loads(world.run("whoami", "--json").out)["is_from_store"]


def test_nothing_is_stored_without_an_identity_pool(world, monkeypatch):
    other_guest = world.account.identity(world.pool)
    monkeypatch.delenv("AWS_COGNITO_IDENTITY_POOL_ID")
    result = world.run("link", "--yes", "--identity-id", other_guest, world.sign_in().login)
    assert result.status == 0
    assert stored_ids(world) == {}


def test_a_guest_with_a_user_name_is_replaced_by_the_user_of_that_name(world):
    guest = json.loads(world.run("whoami", "--json", "--user", "ada").out)["identity_id"]
    user = world.sign_in()
    assert world.run("link", "--yes", "--user", "ada", user.login).status == 0
    assert stored_ids(world) == {"ada": guest}
    assert get_identity(world, user, "--user", "ada") == guest


def test_an_identity_that_is_linked_to_another_login_is_rejected(world, guest):
    world.run("link", "--yes", world.sign_in().login)
    before = stored_ids(world)
    result = world.run("link", "--yes", "--identity-id", guest, world.sign_in().login)
    assert result.status == 4
    assert "Logins don't match" in result.err
    assert "--identity-id" in result.err
    assert stored_ids(world) == before


@pytest.mark.parametrize(
    ("code", "message", "step"),
    [
        ("ResourceConflictException", "Logins are already linked", "whoami"),
        ("ResourceNotFoundException", "Identity 'x' not found.", "cache clear --identity-ids"),
    ],
)
def test_errors_of_the_service_have_a_next_step_and_change_nothing(
    world, guest, code, message, step
):
    before = stored_ids(world)
    world.emulator.fail("GetCredentialsForIdentity", code, message)
    result = world.run("link", "--yes", world.sign_in().login)
    assert result.status == 4
    assert code in result.err
    assert step in result.err
    assert stored_ids(world) == before


def test_an_opaque_token_is_linked_and_the_identity_id_not_stored(world, guest, tmp_path):
    """An opaque token has no claims that name the user; Amazon Cognito finds the identity."""
    token = world.never_printed("EAAB-opaque-token")
    world.emulator.identity_service.register_opaque_token(FACEBOOK, token, "fb-app", "10001")
    (tmp_path / "token").write_text(token)
    login = f"--login={FACEBOOK}=@{tmp_path / 'token'}"
    assert dry_run(world, login) == link.LINK_OR_MERGE
    result = world.run("link", "--yes", login)
    assert result.status == 0
    assert guest in result.out
    assert stored_ids(world) == {}
    assert world.account.identity(world.pool, {FACEBOOK: token}) == guest


def test_a_guest_is_required(world):
    result = world.run("link", "--yes", world.sign_in().login)
    assert result.status == 2
    assert world.pool in result.err


def test_an_unreadable_identity_id_is_ignored(world, guest):
    store = FileStore()
    (key,) = (key for key in store.list_keys() if key.startswith("identity-id:"))
    store.put(key, b"{}", expires_at=None)
    result = world.run("link", "--yes", world.sign_in().login)
    assert (result.status, world.pool in result.err) == (2, True)


LOGIN = "--login=a.b=env:X"
IDENTITY = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), "--login"),
        ((LOGIN,), "--identity-id"),
        ((LOGIN, "--identity-pool-id=x"), "identity_pool_id"),
        ((LOGIN, "--identity-id=x"), "identity_id"),
        ((LOGIN, f"--identity-id={IDENTITY}", "--identity-pool-id=eu-west-1:x"), "eu-west-1"),
        (
            (LOGIN, f"--identity-id={IDENTITY}", f"--identity-pool-id=eu-west-1{IDENTITY[9:]}"),
            "region",
        ),
    ],
)
def test_missing_and_invalid_settings_are_named(words, named, capsys):
    assert program.main(["link", *words]) == 2
    assert named in capsys.readouterr().err
