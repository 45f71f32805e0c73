"""``python -m pipeline`` is the ``yuqing`` command."""

from pipeline.commands.main import main

main()
