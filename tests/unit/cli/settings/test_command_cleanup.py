from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from processes import has_exited

TEST_TIMEOUT_SECONDS = 60.0

PROGRAM = """
import os, signal, sys, threading
from cognito_credentials._suppliers.bounded_commands import run_command
from cognito_credentials.cli.settings.command_cleanup import kill_commands_at_exit

for number in (signal.SIGHUP, signal.SIGQUIT):  # nohup, and a shell's background jobs, ignore them
    signal.signal(number, signal.SIG_DFL)
pid_file = sys.argv[1]
source = "import os, sys, threading; open(sys.argv[1], 'w').write(f'{os.getpid()} '); " \\
    "threading.Event().wait(600)"
kill_commands_at_exit()

def run():
    run_command([sys.executable, "-S", "-c", source, pid_file], max_bytes=100, timeout=60)

def has_started():
    return os.path.exists(pid_file) and open(pid_file).read().endswith(" ")
"""
IN_THE_MAIN_THREAD = "run()"
IN_ANOTHER_THREAD = """
threading.Thread(target=run, daemon=True).start()
while not has_started():
    pass
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_login_command_is_killed_when_a_signal_terminates_the_program(tmp_path, name):
    pid_file = tmp_path / "pid"
    words = [sys.executable, "-c", PROGRAM + IN_THE_MAIN_THREAD, str(pid_file)]
    with subprocess.Popen(words) as program:
        until = time.monotonic() + TEST_TIMEOUT_SECONDS
        while not (pid_file.exists() and pid_file.read_text().endswith(" ")):
            assert time.monotonic() < until
        program.send_signal(getattr(signal, name))
        assert program.wait(TEST_TIMEOUT_SECONDS) == -getattr(signal, name)
    assert has_exited(int(pid_file.read_text()))


def test_a_login_command_of_another_thread_is_killed_when_the_program_exits(tmp_path):
    pid_file = tmp_path / "pid"
    words = [sys.executable, "-c", PROGRAM + IN_ANOTHER_THREAD, str(pid_file)]
    done = subprocess.run(words, check=False, timeout=TEST_TIMEOUT_SECONDS)
    assert done.returncode == 0
    assert has_exited(int(pid_file.read_text()))


def test_ignored_signals_stay_ignored(tmp_path):
    program = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from cognito_credentials.cli.settings.command_cleanup import kill_commands_at_exit\n"
        "kill_commands_at_exit()\n"
        "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout == b"True\n"
