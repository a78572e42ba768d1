"""Everything that touches moto, which emulates the other AWS services."""
