"""What comes back after a mail was handed over: events of ESPs, bounces, complaints."""
