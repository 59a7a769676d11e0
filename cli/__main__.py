"""`python -m cli`: the same as the command `workfleet`."""

from cli.app import main

if __name__ == "__main__":
    main(prog_name="workfleet")
