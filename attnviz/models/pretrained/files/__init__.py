"""What a model is made of, before it is loaded: where it comes from, what its folder holds, how large it is."""
