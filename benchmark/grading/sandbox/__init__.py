"""What Linux offers to shut a process in, one wall a file; each raises OSError where the system does not allow it."""

from benchmark.grading.sandbox.landlock import restrict_files
from benchmark.grading.sandbox.namespaces import die_with_parent, drop_privileges, leave_network
from benchmark.grading.sandbox.seccomp import filter_system_calls
from benchmark.grading.sandbox.signals import restrict_signals

__all__ = [
    "die_with_parent",
    "drop_privileges",
    "filter_system_calls",
    "leave_network",
    "restrict_files",
    "restrict_signals",
]
