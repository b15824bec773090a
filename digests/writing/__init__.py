"""The items of a section become its checked text, and the counts of a digest its chart."""
