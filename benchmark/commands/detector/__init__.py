"""Face detectors by name: loaded and tested, trained, compared."""
