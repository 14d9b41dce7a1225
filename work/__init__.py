"""Work that detectors have before them: which images nobody else is to be given meanwhile."""
