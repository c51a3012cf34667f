"""The people of a course, and whose grade is whose."""
