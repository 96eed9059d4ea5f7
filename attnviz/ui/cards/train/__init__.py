"""What stands on Train beside the explorer."""
