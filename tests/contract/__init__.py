"""The contract, as cases that every backend inherits: see `test_backends.py`."""
