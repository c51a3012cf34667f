"""Speed on this machine: training against a plain loop, rendering, packing, and distances against other packages."""
