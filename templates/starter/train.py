"""Learns which deliveries will be late, by gradient descent. Killed at any time, it goes on from its last checkpoint."""

import json
import os
from pathlib import Path

from delivery import SCALES, input_path, probability_late, read_deliveries

parameters = os.environ.get("SLIPWAY_PARAMS_FILE")
steps = (json.loads(Path(parameters).read_text()) if parameters else {}).get("steps", 200)
output = Path(os.environ.get("SLIPWAY_OUTPUT_DIR", "output"))
checkpoints = Path(os.environ.get("SLIPWAY_CHECKPOINT_DIR", "checkpoints"))
progress = open(path, "a") if (path := os.environ.get("SLIPWAY_PROGRESS_FILE")) else None  # None: print
deliveries = read_deliveries(input_path("train", "data/train.csv"))

weights, step = [0.0] * (1 + len(SCALES)), 0
if resume := os.environ.get("SLIPWAY_RESUME_DIR"):  # the newest checkpoint that is whole
    state = json.loads((Path(resume) / "state.json").read_text())
    weights, step = state["weights"], state["step"]

while step < steps:
    step += 1
    slopes, correct = [0.0] * len(weights), 0
    for features, late in deliveries:
        error = probability_late(weights, features) - late
        correct += abs(error) < 0.5
        for index, value in enumerate([1.0, *(x / scale for x, scale in zip(features, SCALES))]):
            slopes[index] += error * value / len(deliveries)
    weights = [weight - 2.0 * slope for weight, slope in zip(weights, slopes)]
    line = {"step": step, "total": steps, "metrics": {"accuracy": correct / len(deliveries)}}
    print(json.dumps(line), file=progress, flush=True)
    if step % 20 == 0 and not (checkpoints / f"step-{step}").exists():
        partial = checkpoints / f".tmp-{step}"  # a checkpoint counts when it is renamed: half a one never does
        partial.mkdir(parents=True, exist_ok=True)
        (partial / "state.json").write_text(json.dumps({"weights": weights, "step": step}))
        partial.rename(checkpoints / f"step-{step}")

output.mkdir(parents=True, exist_ok=True)
(output / "model.json").write_text(json.dumps(weights))  # everything in the output folder becomes the model version
