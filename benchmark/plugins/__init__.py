"""Plug-ins: what other packages add, imported where a person named it, and checked before any work."""
