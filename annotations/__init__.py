"""UID annotations: what detectors found on images."""
