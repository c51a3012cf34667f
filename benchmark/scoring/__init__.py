"""From a generator to its record: the frozen samples, the evaluators over them, and the verdict."""
