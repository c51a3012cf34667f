"""Tasks, evaluators and models by name: bundled ones, plug-ins, tasks that a TOML file defines, settings in a name."""
