"""The embedded data: renders pictures like those of the courses, so that everything runs anywhere."""
