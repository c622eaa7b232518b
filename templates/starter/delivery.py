"""What train.py, evaluate.py and serve.py share: reading deliveries, and the model's answer for one of them."""

import csv
import json
import math
import os
from pathlib import Path

SCALES = (20.0, 5.0, 1.0)  # of kilometres, parcels and rain, so that all features are of one size


def input_path(name, default):
    """Where Slipway has put an input (a folder), or the default when the script runs by itself."""
    given = os.environ.get("SLIPWAY_INPUTS_FILE")
    return Path(json.loads(Path(given).read_text())[name]["path"] if given else default)


def read_deliveries(path):
    """Features (kilometres, parcels, rain) and label (1: late) of each delivery in a CSV file or a folder of them."""
    rows = []
    for file in [path] if path.is_file() else sorted(path.rglob("*.csv")):
        with open(file, newline="") as lines:
            for row in csv.DictReader(lines):
                rows.append(([float(row["kilometres"]), float(row["parcels"]), float(row["rain"])], int(row["late"])))
    return rows


def probability_late(weights, features):
    linear = weights[0] + sum(w * x / scale for w, x, scale in zip(weights[1:], features, SCALES))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, linear))))
