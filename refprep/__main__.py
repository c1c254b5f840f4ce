"""`python -m refprep` is the command line."""

import sys

from refprep.cli import main

sys.exit(main())
