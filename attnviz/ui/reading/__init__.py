"""From what is chosen to a trace, and what of it is shown."""
