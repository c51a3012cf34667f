"""One plug-in of each kind: a model, an evaluator, a data set and a task."""
