"""Evaluation of IAM policies. Pure: no I/O, and no knowledge of moto."""
