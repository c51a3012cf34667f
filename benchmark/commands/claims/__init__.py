"""The reports' claims: judged by the records, and the runs that they need."""
