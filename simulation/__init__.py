"""A simulated fleet of sticky card traps, for the demo, the tests and the benchmarks.

    import hashlib
    from simulation.card import render
    from simulation.detections import annotation
    from simulation.fleet import Fleet
    from simulation.tuboids import labels, tuboids, write

    fleet = Fleet(n_devices=2, days=1, seed=7, size=(640, 480))
    for shot in fleet.shots():
        jpeg = render(shot)
        (folder / shot.name).write_bytes(jpeg)
        found = annotation(shot, "sticky-pi-universal-insect-detector", VERSION, hashlib.md5(jpeg).hexdigest())

    for tuboid in tuboids(fleet, fleet.devices[0], fleet.start, fleet.end, "siamese-insect-matcher", VERSION):
        directory = write(tuboid, folder)
        guess = labels(tuboid, "insect-tuboid-classifier", VERSION)

Where `VERSION` is `<unix timestamp>-<md5>`. Everything follows from the seed: same seed, same bytes.
"""
