"""Grading of submissions from untrusted people: each is read in a confined process of its own.

There are three steps. The confined process (``submission/child.py``) turns a submission into plain pixels, or gives the
reason why it cannot. The parent takes only these pixels, and scores them. The scheme turns scores into points.
"""
