"""The embedded data: renders images like those of the courses, so that everything runs anywhere."""
