"""The demo: one real day offline, from bundled feeds through the functions of production to .eml files."""
