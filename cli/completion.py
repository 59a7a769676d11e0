"""`workfleet completion`: what a shell needs to complete commands and options."""

import click
from click.shell_completion import get_completion_class

from cli.speaking import argument, command
from fleet.contracts.words import _


@command(_("Print the completion for your shell, e.g. `workfleet completion bash >> ~/.bashrc`."))
@argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    kind = get_completion_class(shell)
    if kind is None:
        raise click.BadParameter(shell)
    click.echo(kind(ctx.find_root().command, {}, "workfleet", "_WORKFLEET_COMPLETE").source())
