"""The protocol, without I/O: no socket, clock, thread, loop, environment or random source."""
