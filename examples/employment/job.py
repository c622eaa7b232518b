"""What Slipway tells a job, with a default for everything, so that each script also runs by itself."""

import json
import os
from pathlib import Path


def parameters(defaults):
    """The job's parameters over their defaults. Ends the script with 64 when one is unknown."""
    given = _document("SLIPWAY_PARAMS_FILE")
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        print(f"Unknown parameters {unknown}; known are {sorted(defaults)}.")
        raise SystemExit(64)
    return {**defaults, **given}


def input_path(name, default):
    """Where the files of a named input lie."""
    found = _document("SLIPWAY_INPUTS_FILE").get(name)
    return Path(found["path"] if found else default)


def seed():
    return int(os.environ.get("SLIPWAY_SEED", "7"))


def folder(variable, default):
    """A folder that the job writes to; made when it is missing."""
    path = Path(os.environ.get(variable, default))
    path.mkdir(parents=True, exist_ok=True)
    return path


def write_whole(path, text):
    """Writes a file so that it is either there as a whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    with open(partial, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _document(variable):
    path = os.environ.get(variable)
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
