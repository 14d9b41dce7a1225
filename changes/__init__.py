"""What came and went, as a feed that loses nothing: noted by the apps above in the transactions that do it."""
