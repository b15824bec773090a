"""What the public may read, and how it is found."""
