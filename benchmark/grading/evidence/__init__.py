"""Flags with evidence for staff: copies, shared images, and images that ignore what was requested."""
