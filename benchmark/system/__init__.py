"""System services: the screen, files that appear whole, the cache, the machine."""
