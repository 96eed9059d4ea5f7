"""What is given to be read: examples, what a model trained here can read, pictures, sounds, a target."""
