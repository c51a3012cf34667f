"""Code that reads a submission; it runs in the confined process."""
