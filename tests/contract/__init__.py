"""The contract, as cases that every way of the house inherits: see `test_ways.py`."""
