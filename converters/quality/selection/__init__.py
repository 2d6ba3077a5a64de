"""Which rows are chosen, and how do they become a dataset? Candidates, bounds, quotas, methods, what is said."""
