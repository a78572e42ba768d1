from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from processes import has_exited

from cognito_credentials._suppliers import bounded_commands
from cognito_credentials._suppliers.bounded_commands import run_command
from cognito_credentials._suppliers.bounded_io import TimeLimitError, TooLongError

TEST_TIMEOUT_SECONDS = 60.0  # No test takes this long.
FOREVER = "import threading; threading.Event().wait(600)"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows cannot poll pipes")


@pytest.fixture(autouse=True)
def program_continues(monkeypatch):
    """Let commands start again after a test has called `kill_running_commands`."""
    monkeypatch.setattr(bounded_commands, "_is_exiting", False)


def python(source, *arguments):
    return [sys.executable, "-S", "-c", source, *arguments]


def test_commands_run_with_more_descriptors_than_select_accepts(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        pytest.skip("the descriptor limit of this machine is too low")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    many = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        assert run_command(python("print('x')"), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS) == (
            0,
            b"x\n",
        )
    finally:
        for descriptor in many:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_run_command_returns_exit_status_and_output():
    source = "import sys; print('x'); sys.exit(3)"
    assert run_command(python(source), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS) == (3, b"x\n")


def test_a_command_is_killed_above_the_size_limit():
    with pytest.raises(TooLongError):
        run_command(["yes"], max_bytes=1000, timeout=TEST_TIMEOUT_SECONDS)


def test_an_interrupted_command_is_killed_with_its_child_processes(tmp_path):
    note = tmp_path / "pids"
    source = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {FOREVER!r}])\n"
        "open(sys.argv[1], 'w').write(f'{os.getpid()} {child.pid}')\n"
        "os.close(1)\n"  # A command may close its output and continue to run.
        "child.wait()\n"
    )
    interrupted = _Interruption(lambda: note.exists() and len(note.read_text().split()) == 2)
    with interrupted, pytest.raises(KeyboardInterrupt):
        run_command(python(source, str(note)), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS)
    assert all(has_exited(int(pid)) for pid in note.read_text().split())


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("is_in_main_thread", [True, False])
def test_a_command_is_killed_if_a_signal_arrives_while_it_starts(is_in_main_thread):
    """The signal arrives when the child process exists, but `Popen` does not know its ID yet."""
    pids, caught, is_received = [], [], threading.Event()

    def interrupt(_frame, event, function):
        if event == "c_return" and function.__name__ == "fork_exec":
            pids.extend(_list_child_processes())
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            is_received.wait(TEST_TIMEOUT_SECONDS)

    def stop(_number, _frame):
        is_received.set()
        # Python runs this handler in the main thread. If the command runs in another thread, the handler
        # calls `kill_running_commands`, like the program's own handlers.
        if is_in_main_thread:
            raise KeyboardInterrupt
        bounded_commands.kill_running_commands()

    def run():
        sys.setprofile(interrupt)
        try:
            run_command(python(FOREVER), max_bytes=10, timeout=2 * TEST_TIMEOUT_SECONDS)
        except KeyboardInterrupt as error:
            caught.append(error)
        finally:
            sys.setprofile(None)

    before = signal.signal(signal.SIGINT, stop)
    threading.setprofile(interrupt)
    try:
        if is_in_main_thread:
            run()
        else:
            thread = threading.Thread(target=run, daemon=True)
            thread.start()
            thread.join(TEST_TIMEOUT_SECONDS)
            assert not thread.is_alive()
    finally:
        threading.setprofile(None)
        signal.signal(signal.SIGINT, before)
    assert len(caught) == is_in_main_thread
    assert len(pids) == 1
    assert has_exited(pids[0])


def _list_child_processes():
    path = f"/proc/self/task/{threading.get_native_id()}/children"
    with open(path) as file:
        return [int(pid) for pid in file.read().split()]


class _Interruption:
    """Context manager that sends SIGINT to the main thread once `is_due` returns True."""

    def __init__(self, is_due):
        self.is_due = is_due
        self.thread = threading.Thread(target=self._work)

    def _work(self):
        until = time.monotonic() + TEST_TIMEOUT_SECONDS
        while not self.is_due() and time.monotonic() < until:
            pass
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    def __enter__(self):
        self.before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.thread.start()

    def __exit__(self, *_):
        self.thread.join(TEST_TIMEOUT_SECONDS)
        signal.signal(signal.SIGINT, self.before)


@pytest.mark.parametrize("closed", ["", "import os; os.close(1);"])
def test_a_command_is_killed_after_the_time_limit(closed):
    with pytest.raises(TimeLimitError) as caught:
        run_command(python(closed + FOREVER), max_bytes=100, timeout=0.2)
    assert caught.value.__cause__ is None


def test_a_background_process_that_holds_the_output_is_neither_awaited_nor_killed(tmp_path):
    source = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {FOREVER!r}])\n"
        "print('token', child.pid)\n"
    )
    status, output = run_command(python(source), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS)
    word, pid = output.split()
    assert (status, word) == (0, b"token")
    os.kill(int(pid), 0)
    os.kill(int(pid), signal.SIGKILL)


@pytest.fixture
def standard_input():
    """Replace standard input with a pipe, and check that no child process reads from it."""
    read, write = os.pipe()
    os.write(write, b"mine")
    os.close(write)
    before = os.dup(0)
    os.dup2(read, 0)
    os.close(read)
    yield
    assert os.read(0, 100) == b"mine"
    os.dup2(before, 0)
    os.close(before)


@pytest.mark.usefixtures("standard_input")
def test_a_command_has_no_terminal_and_no_input():
    source = (
        "import os, sys\n"
        "try: open('/dev/tty'); print('a terminal')\n"
        "except OSError: print('none', sys.stdin.read() == '', os.getsid(0) == os.getpid())"
    )
    assert (
        run_command(python(source), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS)[1]
        == b"none True True\n"
    )


def test_lines_of_standard_error_are_passed_on():
    lines = []

    source = (
        "import sys; sys.stderr.write('a\\nb'); sys.stderr.flush(); sys.stderr.write('c\\n\\xff');"
        "print('out')"
    )
    output = run_command(
        python(source), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS, on_stderr_line=lines.append
    )
    assert output == (0, b"out\n")
    assert lines == ["a", "bc", "ÿ"]


def test_standard_error_is_passed_on_up_to_its_limit():
    lines = []
    source = "import sys; [sys.stderr.write('0123456789\\n') for _ in range(100_000)]"
    assert run_command(
        python(source), max_bytes=10, timeout=TEST_TIMEOUT_SECONDS, on_stderr_line=lines.append
    ) == (0, b"")
    assert (
        sum(len(line) + 1 for line in lines) <= bounded_commands.MAX_STDERR_BYTES + len("...") + 1
    )
    assert lines[-1].endswith("...")


def test_endless_standard_error_is_killed_after_the_time_limit():
    source = "import os\nwhile True: os.write(2, b'x' * 1000)"
    with pytest.raises(TimeLimitError):
        run_command(python(source), max_bytes=10, timeout=0.2, on_stderr_line=lambda _: None)


def test_a_background_process_that_writes_to_standard_error_is_not_awaited():
    talks = "import os\nwhile True: os.write(2, b'x' * 1000)"
    source = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {talks!r}])\n"
        "print(child.pid)\n"
    )
    status, output = run_command(
        python(source), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS, on_stderr_line=lambda _: None
    )
    os.kill(int(output), signal.SIGKILL)
    assert status == 0


def test_a_missing_command_raises(tmp_path):
    with pytest.raises(FileNotFoundError):
        run_command([str(tmp_path / "missing")], max_bytes=10, timeout=TEST_TIMEOUT_SECONDS)


def test_running_commands_can_be_killed_from_another_thread(tmp_path):
    pid_file = tmp_path / "pid"
    source = f"import os, sys; open(sys.argv[1], 'w').write(f'{{os.getpid()}} '); {FOREVER}"
    results = []

    def run():
        command = python(source, str(pid_file))
        results.append(run_command(command, max_bytes=10, timeout=TEST_TIMEOUT_SECONDS))

    thread = threading.Thread(target=run)
    thread.start()
    until = time.monotonic() + TEST_TIMEOUT_SECONDS
    # The command may write its file before this process knows that the command runs.
    while not (
        bounded_commands._running and pid_file.exists() and pid_file.read_text().endswith(" ")
    ):
        assert time.monotonic() < until
    bounded_commands.kill_running_commands()
    thread.join(TEST_TIMEOUT_SECONDS)
    assert results == [(-signal.SIGKILL, b"")]
    assert has_exited(int(pid_file.read_text()))


def test_the_library_installs_no_signal_or_exit_handler(monkeypatch):
    installed = []
    monkeypatch.setattr(signal, "signal", lambda *arguments: installed.append(arguments))
    monkeypatch.setattr(atexit, "register", lambda *arguments: installed.append(arguments))
    run_command(["true"], max_bytes=10, timeout=TEST_TIMEOUT_SECONDS)
    assert installed == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_does_not_kill_the_commands_of_its_parent(tmp_path):
    program = (
        "import os, sys, threading, time\n"
        "from cognito_credentials._suppliers import bounded_commands\n"
        "results = []\n"
        "def run():\n"
        "    words = ['sh', '-c', 'read line < \"$0\"', sys.argv[1]]\n"
        "    results.append(bounded_commands.run_command(words, max_bytes=10, timeout=60)[0])\n"
        "os.mkfifo(sys.argv[1])\n"
        "thread = threading.Thread(target=run)\n"
        "thread.start()\n"
        "writer = os.open(sys.argv[1], os.O_WRONLY)  # returns when the command reads\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    sys.exit(0)  # runs the exit handlers, which the child has inherited\n"
        "os.waitpid(child, 0)\n"
        "os.write(writer, b'line\\n')\n"
        "thread.join()\n"
        "sys.exit(results != [0])\n"
    )
    words = [sys.executable, "-c", program, str(tmp_path / "pipe")]
    done = subprocess.run(words, check=False, timeout=TEST_TIMEOUT_SECONDS)
    assert done.returncode == 0
