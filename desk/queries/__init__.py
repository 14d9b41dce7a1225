"""Reads for the desk's pages: each a constant number of queries, bounded by an index."""
