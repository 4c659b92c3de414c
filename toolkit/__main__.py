"""``python -m toolkit`` is ``fazhi``."""

import sys

from toolkit.cli import main

sys.exit(main())
