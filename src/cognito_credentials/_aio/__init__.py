"""The awaited side: tasks and coroutines. Its twin, file by file, is `_sync`."""
