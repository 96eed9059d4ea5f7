"""A run seen from inside: the calls of its attention, and what its layers make of what they are given."""
