"""Tasks by name: bundled ones, plug-ins, and those that a TOML file defines for a labelled folder of one's own."""
