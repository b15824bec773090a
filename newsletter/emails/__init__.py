"""A digest becomes fragments once, and fragments become the email of a set of choices."""
