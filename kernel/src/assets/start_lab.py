"""Starts JupyterLab. It is imported with an empty search path: where it sees Node.js, the import asks yarn for its settings,
which takes a second and serves only those who rebuild JupyterLab."""

import os
import sys

path = os.environ.get("PATH", "")
os.environ["PATH"] = ""
from jupyterlab.labapp import main  # noqa: E402

os.environ["PATH"] = path
sys.exit(main())
