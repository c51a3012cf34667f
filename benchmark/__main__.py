"""``python -m benchmark`` is ``cgan-bench``."""

import sys

from benchmark.cli import main

sys.exit(main())
