"""What runs, whether it is well, and what an operator has to know."""
