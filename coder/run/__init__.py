"""Plan, estimate, execute and resume a pass of a model coder."""
