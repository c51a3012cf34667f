"""What every program needs: the screen, files that appear whole, the cache, the machine."""
