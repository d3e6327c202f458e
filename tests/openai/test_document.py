"""The served document against the server that serves it: schemathesis makes requests that keep to it, and such that do not,
and holds every answer against it. Equal seeds make equal requests.
"""

import os
import subprocess
import sys
from pathlib import Path

KEY = "a key"


def test_document(address: str, tmp_path: Path) -> None:
    command = [Path(sys.executable).parent / "schemathesis", "run", f"{address}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {KEY}", "--seed", "1", "--max-examples", "30"]
    command += ["--workers", "1", "--no-color", "--continue-on-failure"]
    here = str(Path(__file__).parent)
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": here}
    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stdout + found.stderr
