"""What `doctor` looks at, in the order in which one thing depends on another.

Each module here looks at one thing and reports in rows: passed, failed with the fix, or not
checked, and why. None of them prints, and none shows a token.
"""
