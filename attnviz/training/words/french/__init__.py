"""A little English with its French, and the task of writing the one of the other."""
