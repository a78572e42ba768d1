"""Integration with moto, which emulates the other AWS services."""
