"""Takes pictures of the product as people see it: `make pictures` writes them to var/pictures."""
