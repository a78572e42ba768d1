"""The checks of `doctor`. Each check depends on the checks before it.

Each module checks one subject and reports its results: passed, failed with a fix, or not checked
with the reason. No check prints anything, and no result contains a token.
"""
