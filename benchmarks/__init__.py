"""Measurements against the peers: `make bench`, or `python -m benchmarks NAME...`.

Each module with a `measure` function is a benchmark. Its docstring describes the method and is printed
with the figures. Benchmarks are not tests: a busy machine must not fail the test suite.
"""
