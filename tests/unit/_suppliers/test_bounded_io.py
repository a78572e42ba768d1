from __future__ import annotations

import os
import threading

import pytest

from cognito_credentials._suppliers.bounded_io import (
    TimeLimitError,
    TooLongError,
    read_file,
)

TEST_TIMEOUT_SECONDS = 60.0  # No test takes this long.

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows cannot poll pipes")


def test_read_file_raises_above_the_size_limit(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100)
    assert read_file(str(file), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS) == b"x" * 100
    with pytest.raises(TooLongError):
        read_file(str(file), max_bytes=99, timeout=TEST_TIMEOUT_SECONDS)


def test_the_time_limit_does_not_apply_to_regular_files(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x")
    assert read_file(str(file), max_bytes=1, timeout=0) == b"x"


def test_an_endless_device_raises_above_the_size_limit():
    with pytest.raises(TooLongError):
        read_file("/dev/zero", max_bytes=100, timeout=TEST_TIMEOUT_SECONDS)


def test_reading_an_empty_device_returns_no_bytes():
    assert read_file(os.devnull, max_bytes=100, timeout=TEST_TIMEOUT_SECONDS) == b""


def test_reading_a_directory_raises(tmp_path):
    with pytest.raises(IsADirectoryError):
        read_file(str(tmp_path), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS)


def test_a_pipe_is_read_until_its_writer_closes_it(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write():
        with open(pipe, "wb", buffering=0) as file:
            file.writelines(b"part " for _ in range(10))

    writer = threading.Thread(target=write)
    writer.start()
    assert read_file(str(pipe), max_bytes=100, timeout=TEST_TIMEOUT_SECONDS) == b"part " * 10
    writer.join(TEST_TIMEOUT_SECONDS)


def test_a_pipe_without_a_writer_raises_after_the_time_limit(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(TimeLimitError):
        read_file(str(pipe), max_bytes=100, timeout=0.02)
