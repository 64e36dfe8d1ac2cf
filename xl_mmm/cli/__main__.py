"""`python -m xl_mmm.cli`: the command line where no script is on the path."""

from xl_mmm.cli.commands import main

main()
