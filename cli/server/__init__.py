"""The commands that run beside the database: the only part of the command line that may."""
