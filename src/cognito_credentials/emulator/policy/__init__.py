"""Evaluation of IAM policies, without I/O and independent of moto."""
