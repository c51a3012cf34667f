"""From what a platform packed to submissions: archives, folders, whose a file is, and what does not belong."""
