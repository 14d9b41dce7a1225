"""Work that detectors and classifiers have before them: which items nobody else is to be given meanwhile."""
