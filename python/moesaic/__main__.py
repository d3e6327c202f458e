"""`python -m moesaic` is the command-line tool."""

import signal
import sys

from ._moesaic import main as _main


def main() -> None:
    """Run the tool with this process's arguments, and end the process with its status."""
    # The tool is not interrupted by an exception: Ctrl-C ends it as it ends a program of its own.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_main(["moesaic", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
