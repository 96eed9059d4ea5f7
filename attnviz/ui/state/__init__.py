"""What is chosen: the view, the link that has it, and one record a person."""
