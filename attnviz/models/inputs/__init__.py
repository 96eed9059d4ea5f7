"""What is read, made of what a person has: a picture of a file, an array or a PIL image."""
