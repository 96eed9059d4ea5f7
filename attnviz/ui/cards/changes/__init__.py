"""What is changed in a run: heads off, and what else there is."""
