"""Places where jobs are computed: this process, other processes of this machine, or a Ray cluster."""
