"""The checks of `doctor`, each of which depends on the ones before it.

Each module checks one subject and reports its results: passed, failed with a fix, or not checked
with the reason. No check prints anything, and no result contains a token.
"""
