"""Benchmarks: how the server compares with what the machine can do. See README.md."""
