"""Measurements against the peers: `make bench`, or `python -m benchmarks NAME...`.

Each module with a `measure` function is one benchmark; its docstring is the method, and is printed
beside the figures. Nothing here is a test: a busy machine must not turn a suite red.
"""
