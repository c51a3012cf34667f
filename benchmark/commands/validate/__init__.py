"""``cgan-bench validate``: records checked by what lies next to them, one file for each thing that is checked."""
