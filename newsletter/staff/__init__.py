"""The people at the desk: login, second factor, roles, language, what waits for them."""
