"""Measures a model on deliveries that it was not trained on."""

import json
import os
from pathlib import Path

from delivery import input_path, probability_late, read_deliveries

weights = json.loads((input_path("model", "output") / "model.json").read_text())
deliveries = read_deliveries(input_path("data", "data/holdout.csv"))
correct = sum((probability_late(weights, features) >= 0.5) == (late == 1) for features, late in deliveries)
metrics = {"accuracy": {"value": correct / len(deliveries), "n": len(deliveries)}}

output = Path(os.environ.get("SLIPWAY_OUTPUT_DIR", "evaluation"))
output.mkdir(parents=True, exist_ok=True)
# With per-row predictions (predictions.parquet: id, label, prediction) a new model is compared with the old one by test.
(output / "metrics.json").write_text(json.dumps({"metrics": metrics}))
print(metrics)
