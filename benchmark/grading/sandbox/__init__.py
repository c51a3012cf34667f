"""The confined process that reads a submission, seen from the parent, and the kernel's protections around it."""
