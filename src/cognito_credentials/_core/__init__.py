"""The protocol without I/O: no sockets, clocks, threads, environment variables or randomness."""
