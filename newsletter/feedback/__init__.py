"""What comes back after a mail was handed over: events of providers, bounces, complaints."""
