"""Integration of moto, which emulates the other AWS services."""
