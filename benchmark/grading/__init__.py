"""Grading what strangers hand in: each submission is read in a process of its own that can do nothing else.

A submission is looked at three times. The child process (``inside``, in its confinement) turns whatever was handed in
into plain pixels, or says why it cannot. The parent takes the pixels, and nothing else, and scores them. The scheme
turns scores into points.
"""
