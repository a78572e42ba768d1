"""Benchmarks of this library and others: `make bench`, or `python -m benchmarks NAME...`.

Each module with a `measure` function is a benchmark. Its docstring describes the method, and becomes
part of docs/benchmarks.md. Benchmarks are not part of the test suite, because a busy machine would
make them fail.
"""
