"""What an operator deals with: processes, alarms, logs, checks of the mail settings, erasing a reader."""
