"""What must be true of a published tree; may import everything but the command line."""
