"""Ready-made identity pools, users, buckets and tables for tests.

Everything is created with the same AWS operations that any other client could call.
"""
