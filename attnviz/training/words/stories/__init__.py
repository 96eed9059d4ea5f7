"""Little stories in which later words can be known from earlier ones, and the task of saying the next word."""
