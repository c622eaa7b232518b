"""A deterministic trainer in a few lines: each step folds the seed and the step into a state of 32 bytes.

It commits a checkpoint every INTERVAL steps, so the final model is a function of seed and steps alone,
however often it was killed. Parameters: steps, interval, stepSeconds.
"""

import hashlib
import json
import os
import pathlib
import time

with open(os.environ["SLIPWAY_PARAMS_FILE"]) as file:
    parameters = json.load(file)
checkpoints = pathlib.Path(os.environ["SLIPWAY_CHECKPOINT_DIR"])
resume = os.environ.get("SLIPWAY_RESUME_DIR")

step, state = 0, hashlib.sha256(os.environ["SLIPWAY_SEED"].encode()).digest()
if resume:
    state = (pathlib.Path(resume) / "state").read_bytes()
    step = int((pathlib.Path(resume) / "step").read_text())

with open(os.environ["SLIPWAY_PROGRESS_FILE"], "a", buffering=1) as progress:
    while step < parameters["steps"]:
        step += 1
        state = hashlib.sha256(state + step.to_bytes(8, "big")).digest()
        time.sleep(parameters["stepSeconds"])
        if step % parameters["interval"] == 0:
            folder = checkpoints / f".tmp-{step}"
            folder.mkdir()
            (folder / "state").write_bytes(state)
            (folder / "step").write_text(str(step))
            folder.rename(checkpoints / f"step-{step}")
        progress.write(json.dumps({"step": step, "total": parameters["steps"]}) + "\n")

(pathlib.Path(os.environ["SLIPWAY_OUTPUT_DIR"]) / "model.bin").write_bytes(state)
