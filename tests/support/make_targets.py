"""Tests that `make test` does not run, because they have a make target of their own."""

from __future__ import annotations

import os

import pytest


def only_in(target: str) -> pytest.MarkDecorator:
    """Return a mark that skips a test unless a make target runs it.

    Such a test requires large downloads, or repeats other tests with other versions of libraries.
    """
    return pytest.mark.skipif(
        os.environ.get("MAKE_TARGET") != target, reason=f"requires `make {target}`"
    )
