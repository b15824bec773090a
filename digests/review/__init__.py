"""What a person, or the clock in a person's place, decides about a digest."""
