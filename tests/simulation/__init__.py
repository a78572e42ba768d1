"""Deterministic simulation of the flows in `_core`, in virtual time; a seed determines all events.

This package is a third driver beside `_sync` and `_aio`. It runs the real flows, caches, brokers and
stores of many processes, and simulates only what surrounds them: time, scheduling, the network, the
service, and the machines and servers on which stores depend. `worlds.py` draws a world from a seed,
and `invariants.py` states what must be true in every world.
"""
