"""What Linux offers to shut a process in, one wall a file; each raises OSError where the system does not allow it."""

from benchmark.grading.walls.calls import filter_system_calls
from benchmark.grading.walls.files import restrict_files
from benchmark.grading.walls.network import leave_network
from benchmark.grading.walls.privileges import die_with_parent, drop_privileges
from benchmark.grading.walls.signals import restrict_signals

__all__ = [
    "die_with_parent",
    "drop_privileges",
    "filter_system_calls",
    "leave_network",
    "restrict_files",
    "restrict_signals",
]
