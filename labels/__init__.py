"""ITC labels of tuboids: from classifiers and people, the taxa they name, and where they agree."""
