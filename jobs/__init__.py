"""Long work of the server, done by workers beside it: exports, counts, the lake."""
