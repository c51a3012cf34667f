"""One file per verb; only the command line imports them."""
