from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from cognito_credentials._suppliers import bounded_io
from cognito_credentials._suppliers.bounded_io import (
    TooLateError,
    TooMuchError,
    output_of,
    read_file,
)

LONG = 60.0  # seconds that no test may take
FOREVER = "import threading; threading.Event().wait(600)"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes that can be waited for")


def python(source, *arguments):
    return [sys.executable, "-S", "-c", source, *arguments]


def is_gone(pid):
    """Wait for a process that was killed, and is nobody's here, to be put away."""
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (ProcessLookupError, FileNotFoundError):
            return True
    return False


# --- files and pipes ----------------------------------------------------------------------------


def test_as_much_as_the_limit_is_read(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100)
    assert read_file(str(file), most=100, seconds=LONG) == b"x" * 100
    with pytest.raises(TooMuchError):
        read_file(str(file), most=99, seconds=LONG)


def test_a_file_needs_no_time(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x")
    assert read_file(str(file), most=1, seconds=0) == b"x"


def test_a_device_without_an_end_ends():
    with pytest.raises(TooMuchError):
        read_file("/dev/zero", most=100, seconds=LONG)


def test_an_empty_device_is_empty():
    assert read_file(os.devnull, most=100, seconds=LONG) == b""


def test_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(IsADirectoryError):
        read_file(str(tmp_path), most=100, seconds=LONG)


def test_a_pipe_is_read_until_its_writer_is_done(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write():
        with open(pipe, "wb", buffering=0) as file:
            file.writelines(b"part " for _ in range(10))

    writer = threading.Thread(target=write)
    writer.start()
    assert read_file(str(pipe), most=100, seconds=LONG) == b"part " * 10
    writer.join(LONG)


def test_nobody_who_writes_to_a_pipe_is_not_waited_for_without_end(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(TooLateError):
        read_file(str(pipe), most=100, seconds=0.02)


def test_more_descriptors_than_select_knows_are_no_hindrance(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        pytest.skip("so many are not allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    many = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        assert output_of(python("print('x')"), most=100, seconds=LONG) == (0, b"x\n")
    finally:
        for descriptor in many:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# --- commands -----------------------------------------------------------------------------------


def test_status_and_output():
    source = "import sys; print('x'); sys.exit(3)"
    assert output_of(python(source), most=100, seconds=LONG) == (3, b"x\n")


def test_a_command_that_floods_is_killed():
    with pytest.raises(TooMuchError):
        output_of(["yes"], most=1000, seconds=LONG)


def test_a_command_that_hangs_is_killed_with_what_it_started(tmp_path):
    note = tmp_path / "pids"
    source = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {FOREVER!r}])\n"
        "open(sys.argv[1], 'w').write(f'{os.getpid()} {child.pid}')\n"
        "os.close(1)\n"  # that nothing is printed any more says nothing
        "child.wait()\n"
    )
    interrupted = _Interruption(lambda: note.exists() and len(note.read_text().split()) == 2)
    with interrupted, pytest.raises(KeyboardInterrupt):
        output_of(python(source, str(note)), most=100, seconds=LONG)
    assert all(is_gone(int(pid)) for pid in note.read_text().split())


class _Interruption:
    """Ctrl-C, as soon as something is the case."""

    def __init__(self, is_due):
        self.is_due = is_due
        self.thread = threading.Thread(target=self._work)

    def _work(self):
        until = time.monotonic() + LONG
        while not self.is_due() and time.monotonic() < until:
            pass
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    def __enter__(self):
        self.before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.thread.start()

    def __exit__(self, *_):
        self.thread.join(LONG)
        signal.signal(signal.SIGINT, self.before)


OURS = """
import os, signal, sys, threading
from cognito_credentials._suppliers.bounded_io import output_of

for number in (signal.SIGHUP, signal.SIGQUIT):  # which nohup and a shell's background ignore
    signal.signal(number, signal.SIG_DFL)
note = sys.argv[1]
source = "import os, sys, threading; open(sys.argv[1], 'w').write(f'{os.getpid()} '); " \\
    "threading.Event().wait(600)"

def work():
    output_of([sys.executable, "-S", "-c", source, note], most=100, seconds=60)

def its_pid_is_there():
    return os.path.exists(note) and open(note).read().endswith(" ")
"""
IN_THE_MAIN_THREAD = "work()"
IN_ANOTHER_THREAD = """
threading.Thread(target=work, daemon=True).start()
while not its_pid_is_there():
    pass
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_command_ends_with_a_process_that_a_signal_ends(tmp_path, name):
    note = tmp_path / "pid"
    words = [sys.executable, "-c", OURS + IN_THE_MAIN_THREAD, str(note)]
    with subprocess.Popen(words) as ours:
        until = time.monotonic() + LONG
        while not (note.exists() and note.read_text().endswith(" ")):
            assert time.monotonic() < until
        ours.send_signal(getattr(signal, name))
        assert ours.wait(LONG) == -getattr(signal, name)
    assert is_gone(int(note.read_text()))


def test_a_command_of_another_thread_ends_with_the_process(tmp_path):
    note = tmp_path / "pid"
    words = [sys.executable, "-c", OURS + IN_ANOTHER_THREAD, str(note)]
    assert subprocess.run(words, check=False, timeout=LONG).returncode == 0
    assert is_gone(int(note.read_text()))


def test_signals_are_as_before_when_a_command_has_ended():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    output_of(["true"], most=10, seconds=LONG)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before


@pytest.mark.parametrize("closed", ["", "import os; os.close(1);"])
def test_a_command_has_so_much_time(closed):
    with pytest.raises(TooLateError) as caught:
        output_of(python(closed + FOREVER), most=100, seconds=0.2)
    assert caught.value.__cause__ is None


def test_a_child_that_keeps_the_output_open_is_not_waited_for_and_lives_on(tmp_path):
    source = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {FOREVER!r}])\n"
        "print('token', child.pid)\n"
    )
    status, output = output_of(python(source), most=100, seconds=LONG)
    word, pid = output.split()
    assert (status, word) == (0, b"token")
    os.kill(int(pid), 0)
    os.kill(int(pid), signal.SIGKILL)


@pytest.fixture
def standard_input():
    """Something that is meant for this process."""
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
def test_a_command_gets_no_terminal_and_no_input():
    source = (
        "import os, sys\n"
        "try: open('/dev/tty'); print('a terminal')\n"
        "except OSError: print('none', sys.stdin.read() == '', os.getsid(0) == os.getpid())"
    )
    assert output_of(python(source), most=100, seconds=LONG)[1] == b"none True True\n"


def test_lines_of_standard_error_are_heard_while_it_runs():
    lines = []

    def heard(line):
        lines.append(line)

    source = (
        "import sys; sys.stderr.write('a\\nb'); sys.stderr.flush(); sys.stderr.write('c\\n\\xff');"
        "print('out')"
    )
    output = output_of(python(source), most=100, seconds=LONG, heard=heard)
    assert output == (0, b"out\n")
    assert lines == ["a", "bc", "ÿ"]


def test_only_so_much_of_standard_error_is_heard():
    lines = []
    source = "import sys; [sys.stderr.write('0123456789\\n') for _ in range(100_000)]"
    assert output_of(python(source), most=10, seconds=LONG, heard=lines.append) == (0, b"")
    assert sum(len(line) + 1 for line in lines) <= bounded_io.MOST_HEARD + len("...") + 1
    assert lines[-1].endswith("...")


def test_standard_error_without_an_end_has_so_much_time():
    source = "import os\nwhile True: os.write(2, b'x' * 1000)"
    with pytest.raises(TooLateError):
        output_of(python(source), most=10, seconds=0.2, heard=lambda _: None)


def test_a_child_that_goes_on_talking_is_not_waited_for():
    talks = "import os\nwhile True: os.write(2, b'x' * 1000)"
    source = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-S', '-c', {talks!r}])\n"
        "print(child.pid)\n"
    )
    status, output = output_of(python(source), most=100, seconds=LONG, heard=lambda _: None)
    os.kill(int(output), signal.SIGKILL)
    assert status == 0


def test_a_command_that_cannot_be_run(tmp_path):
    with pytest.raises(FileNotFoundError):
        output_of([str(tmp_path / "missing")], most=10, seconds=LONG)
