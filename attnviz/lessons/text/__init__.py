"""A lesson as a text: its file, the words of a step, a link that holds it."""
