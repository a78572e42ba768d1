"""The blocking side: threads, callables, sockets. Its twin, file by file, is `_aio`."""
