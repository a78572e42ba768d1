from __future__ import annotations

import base64
import copy
import json
import os
import pickle
import sys
import threading
import traceback

import pytest
from cases import check_each

from cognito_credentials._core.login_resolution import normalize_logins, resolve_logins
from cognito_credentials._suppliers.tokens import CommandToken, EnvironmentToken, FileToken
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import ConfigurationError, LoginTokenError
from cognito_credentials.testing import FakeClock

NOW = 1_790_000_000.0
SECRET = "kept-out-of-every-text"


def jwt(exp):
    payload = base64.urlsafe_b64encode(json.dumps({"exp": exp}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


class FixedClock:
    def __init__(self, now=NOW):
        self.time = now

    def now(self):
        return self.time

    def monotonic(self):
        return self.time


# --- FileToken --------------------------------------------------------------------------------


@pytest.mark.parametrize("refresh", [False, True])
def test_a_file_is_read_on_every_call(tmp_path, refresh):
    path = tmp_path / "token"
    path.write_text("first")
    supplier = FileToken(path)
    assert supplier() == "first"
    stat = path.stat()
    path.write_text("other")
    # Neither the size nor the modification time changed.
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert supplier(refresh=refresh) == "other"


@pytest.mark.parametrize(
    "content", [b"token", b"token\n", b"  token\r\n", b"\xef\xbb\xbftoken\n", b"\ttoken\n\n"]
)
def test_white_space_and_byte_order_marks_around_a_token_are_ignored(tmp_path, content):
    path = tmp_path / "token"
    path.write_bytes(content)
    assert FileToken(str(path))() == "token"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfet\x00o\x00", "is not UTF-8"),
    ],
)
def test_a_file_without_a_token_raises_an_error_that_names_the_path(tmp_path, content, text):
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(LoginTokenError, match=text) as caught:
        FileToken(path)()
    assert str(path) in caught.value.message


def test_the_hint_for_a_path_with_a_tilde_is_to_pass_the_full_path():
    with pytest.raises(LoginTokenError) as caught:
        FileToken("~/no/such/file")()
    assert "full path" in caught.value.hint


def test_a_missing_file_raises_an_error_that_names_the_path(tmp_path):
    with pytest.raises(LoginTokenError, match="No such file") as caught:
        FileToken(tmp_path / "missing")()
    assert str(tmp_path / "missing") in caught.value.message
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_a_directory_raises_an_error(tmp_path):
    with pytest.raises(LoginTokenError, match="cannot be read"):
        FileToken(tmp_path)()


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_an_endless_file_raises_an_error_that_names_the_login_provider():
    with pytest.raises(LoginTokenError) as caught:
        resolve({"www.amazon.com": FileToken("/dev/zero")})
    assert "50000" in caught.value.message
    assert "www.amazon.com" in caught.value.message


def test_a_file_above_the_size_limit_raises_an_error(tmp_path):
    path = tmp_path / "token"
    path.write_bytes(b"x" * 200_001)
    with pytest.raises(LoginTokenError, match="50000"):
        FileToken(path)()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_token_is_read_from_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text("token\n"))
    writer.start()
    assert FileToken(path)() == "token"
    writer.join(30)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("writes", [False, True])
def test_a_pipe_that_does_not_end_raises_after_the_time_limit(tmp_path, writes):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    if writes:
        end = os.open(path, os.O_RDWR)
        os.write(end, b"half a token")
    with pytest.raises(LoginTokenError, match="did not end within") as caught:
        FileToken(path, timeout=0.05)()
    assert str(path) in caught.value.message
    assert "within 0.05 s" in caught.value.message
    if writes:
        os.close(end)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="needs /dev/fd")
def test_a_token_is_read_from_a_file_descriptor_path():
    read, write = os.pipe()
    os.write(write, b"token\n")
    os.close(write)
    assert FileToken(f"/dev/fd/{read}")() == "token"
    os.close(read)


def test_suppliers_that_block_have_the_attribute_blocks(tmp_path):
    assert FileToken(tmp_path).blocks
    assert CommandToken("true").blocks


def test_the_repr_of_a_file_supplier_shows_the_path():
    assert repr(FileToken("/run/token")) == "FileToken('/run/token')"


# --- EnvironmentToken -------------------------------------------------------------------------


def test_a_variable_is_read_on_every_call(monkeypatch):
    supplier = EnvironmentToken("A_TOKEN")
    monkeypatch.setenv("A_TOKEN", " first\n")
    assert supplier() == "first"
    monkeypatch.setenv("A_TOKEN", "second")
    assert supplier(refresh=True) == "second"


@pytest.mark.parametrize(("value", "text"), [(None, "not set"), ("", "empty"), (" \n", "empty")])
def test_a_variable_without_a_token_raises_an_error_that_names_it(monkeypatch, value, text):
    if value is None:
        monkeypatch.delenv("A_TOKEN", raising=False)
    else:
        monkeypatch.setenv("A_TOKEN", value)
    with pytest.raises(LoginTokenError, match=text) as caught:
        EnvironmentToken("A_TOKEN")()
    assert "A_TOKEN" in caught.value.message


def test_the_repr_of_a_variable_supplier_hides_the_value(monkeypatch):
    monkeypatch.setenv("A_TOKEN", SECRET)
    assert repr(EnvironmentToken("A_TOKEN")) == "EnvironmentToken('A_TOKEN')"


# --- CommandToken -----------------------------------------------------------------------------


def python(source, *arguments, **options):
    return CommandToken([sys.executable, "-S", "-c", source, *arguments], **options)


class CountingCommand:
    """A command that prints the contents of a file and counts its runs."""

    def __init__(self, folder, **options):
        self.token = folder / "token"
        self.runs_at = folder / "runs"
        self.supplier = python(
            "import sys; open(sys.argv[2], 'a').write('x'); print(open(sys.argv[1]).read())",
            str(self.token),
            str(self.runs_at),
            clock=FixedClock(),
            **options,
        )

    @property
    def runs(self):
        return len(self.runs_at.read_text())


def test_a_command_prints_the_token():
    assert python("print('  token  ')")() == "token"


def test_a_string_is_split_but_no_shell_runs():
    command = f'{sys.executable} -S -c "import sys; print(sys.argv[1])" "$HOME;echo x"'
    assert CommandToken(command)() == "$HOME;echo x"


def test_opaque_tokens_are_not_cached(tmp_path):
    command = CountingCommand(tmp_path)
    command.token.write_text("opaque")
    assert command.supplier() == command.supplier() == "opaque"
    assert command.runs == 2


@pytest.mark.parametrize(("seconds_left", "runs"), [(61, 1), (60, 2), (-1, 2)])
def test_a_jwt_is_cached_until_a_minute_before_it_expires(tmp_path, seconds_left, runs):
    command = CountingCommand(tmp_path)
    command.token.write_text(jwt(NOW + seconds_left))
    assert command.supplier() == command.supplier()
    assert command.runs == runs


def test_refresh_runs_the_command_again(tmp_path):
    command = CountingCommand(tmp_path)
    command.token.write_text(jwt(NOW + 600))
    command.supplier()
    command.token.write_text(jwt(NOW + 700))
    assert command.supplier() == jwt(NOW + 600)
    assert command.supplier(refresh=True) == jwt(NOW + 700)
    assert command.supplier() == jwt(NOW + 700)
    assert command.runs == 2


@pytest.mark.parametrize("refresh", [False, True])
def test_concurrent_threads_share_one_run(tmp_path, refresh):
    command = CountingCommand(tmp_path)
    command.token.write_text(jwt(NOW + 600))
    lock = command.supplier._lock = GateLock(command.supplier._lock, waiters=8)
    tokens = []
    threads = [
        threading.Thread(target=lambda: tokens.append(command.supplier(refresh=refresh)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert lock.passed == 8
    assert tokens == [jwt(NOW + 600)] * 8
    assert command.runs == 1


class GateLock:
    """A lock that no thread acquires until the given number of threads wait for it."""

    def __init__(self, lock, waiters):
        self.lock = lock
        self.gate = threading.Barrier(waiters)
        self.passed = 0

    def __enter__(self):
        self.gate.wait(30)
        self.lock.acquire()
        self.passed += 1

    def __exit__(self, *_):
        self.lock.release()


def test_a_lock_held_during_a_fork_does_not_block_the_child(tmp_path):
    command = CountingCommand(tmp_path)
    command.token.write_text("opaque")
    command.supplier._lock.acquire()
    command.supplier._pid = os.getpid() - 1  # Simulate a forked child process.
    assert command.supplier() == "opaque"


def no_token(supplier):
    with pytest.raises(LoginTokenError) as caught:
        supplier()
    error = caught.value
    assert SECRET not in "".join(traceback.format_exception(error))
    assert error.__context__ is None or SECRET not in repr(vars(error.__context__))
    return error


def test_a_failing_command_raises_an_error_with_its_exit_status_and_no_output():
    source = "import sys; print(sys.argv[1]); sys.stderr.write(sys.argv[1]); sys.exit(7)"
    error = no_token(python(source, SECRET))
    assert sys.executable in error.message
    assert "status 7" in error.message


def test_standard_error_is_discarded_by_default(capfd):
    python(f"import sys; sys.stderr.write('{SECRET}'); print('token')")()
    assert SECRET not in "".join(capfd.readouterr())


def test_a_command_that_hangs_is_killed():
    source = "import sys; print(sys.argv[1], flush=True); sys.stdin.close(); import threading; threading.Event().wait(60)"
    error = no_token(python(source, SECRET, timeout=0.2))
    assert "within 0.2 s" in error.message


def test_a_command_that_never_stops_printing_is_killed():
    source = "import sys\nwhile True: sys.stdout.write(sys.argv[1] * 1000)"
    error = no_token(python(source, SECRET))
    assert "50000" in error.message


def test_lines_of_standard_error_are_passed_to_the_callback():
    said = []
    source = f"import sys; sys.stderr.write('one\\ntwo {SECRET}\\nthree'); sys.exit(7)"
    error = no_token(python(source, stderr=said.append))
    assert said == ["one", f"two {SECRET}", "three"]
    assert SECRET not in error.hint


def test_a_command_has_no_input():
    assert python("import sys; print('read', repr(sys.stdin.read()))")() == "read ''"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("pass", "is empty"),
        ("print()", "is empty"),
        (r"import sys; sys.stdout.buffer.write(b'\xff')", "not UTF-8"),
    ],
)
def test_output_without_a_token_raises_an_error(source, text):
    assert text in no_token(python(source)).message


def test_a_missing_command_raises_an_error_that_names_it(tmp_path):
    error = no_token(CommandToken([str(tmp_path / "missing"), SECRET]))
    assert "No such file" in error.message
    assert "missing" in error.message


@pytest.mark.parametrize("command", ["", "  ", [], [""], 'open "quote'])
def test_an_invalid_command_raises_a_configuration_error(command):
    with pytest.raises(ConfigurationError):
        CommandToken(command)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_an_invalid_time_limit_raises_a_configuration_error(timeout):
    with pytest.raises(ConfigurationError, match="timeout"):
        CommandToken("true", timeout=timeout)


def test_the_repr_of_a_command_supplier_shows_only_the_program():
    assert repr(CommandToken(["login-tool", SECRET])) == "CommandToken('login-tool', …)"


# --- in a provider's logins -------------------------------------------------------------------


def resolve(logins, *, refresh=False):
    flow = resolve_logins(normalize_logins(logins), refresh=refresh)
    return Driver(transport=None, clock=FakeClock(), max_flight_seconds=1.0).run(flow)


def test_errors_of_suppliers_name_the_login_provider(tmp_path):
    path = tmp_path / "missing"
    with pytest.raises(LoginTokenError) as caught:
        resolve({"www.amazon.com": FileToken(path)})
    assert caught.value.provider_name == "www.amazon.com"
    assert "www.amazon.com" in caught.value.message
    assert str(path) in caught.value.message


def test_suppliers_receive_the_refresh_argument(tmp_path):
    command = CountingCommand(tmp_path)
    command.token.write_text(jwt(NOW + 600))
    resolve({"a.example.com": command.supplier})
    resolve({"a.example.com": command.supplier})
    resolve({"a.example.com": command.supplier}, refresh=True)
    assert command.runs == 2


# --- pickles ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copy_of",
    [lambda item: pickle.loads(pickle.dumps(item)), copy.copy, copy.deepcopy],  # noqa: S301
)
@pytest.mark.parametrize(
    "supplier",
    [
        CommandToken([sys.executable, "-S", "-c", f"print({SECRET!r})"]),
        CommandToken([sys.executable, "-S", "-c", f"print({SECRET!r})"], timeout=50, stderr=print),
    ],
)
def test_a_copied_command_works_without_the_cached_token(copy_of, supplier):
    supplier._cached = "cached-token-never-to-be-copied", float("inf")
    duplicate = copy_of(supplier)
    assert duplicate._cached is None
    assert duplicate._lock is not supplier._lock
    assert repr(duplicate) == repr(supplier)
    assert duplicate() == SECRET
    assert (duplicate._timeout, duplicate._stderr) == (supplier._timeout, supplier._stderr)
    assert b"never-to-be-copied" not in pickle.dumps(supplier)


@pytest.mark.parametrize("supplier", [FileToken("a"), EnvironmentToken("A")])
def test_other_suppliers_can_be_pickled(supplier):
    assert repr(pickle.loads(pickle.dumps(supplier))) == repr(supplier)  # noqa: S301


# --- values -------------------------------------------------------------------------------------

CREATE = [
    lambda: FileToken("a"),
    lambda: FileToken("b"),
    lambda: FileToken("a", timeout=50),
    lambda: EnvironmentToken("a"),
    lambda: EnvironmentToken("b"),
    lambda: CommandToken("a"),
    lambda: CommandToken("a b"),
    lambda: CommandToken("a", timeout=50),
    lambda: CommandToken("a", stderr=print),
]


@pytest.mark.parametrize("create", CREATE)
def test_suppliers_are_equal_if_their_arguments_are_equal(create):
    supplier = create()
    equal = [other() for other in CREATE if other() == supplier]
    assert [repr(other) for other in equal] == [repr(supplier)]
    assert equal[0] is not supplier
    assert hash(equal[0]) == hash(supplier)
    assert supplier != repr(supplier)


def test_an_instance_of_a_subclass_is_not_equal():
    class OtherToken(FileToken):
        pass

    assert OtherToken("a") != FileToken("a")
    assert OtherToken("a") == OtherToken("a")


@check_each("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@check_each("create", CREATE)
def test_a_pickled_supplier_is_equal(create, protocol):
    assert pickle.loads(pickle.dumps(create(), protocol)) == create()  # noqa: S301


@pytest.mark.parametrize(
    ("supplier", "name"), [(FileToken("a"), "path"), (EnvironmentToken("a"), "name")]
)
def test_the_attributes_of_a_supplier_cannot_be_changed(supplier, name):
    with pytest.raises(AttributeError):
        setattr(supplier, name, "b")
