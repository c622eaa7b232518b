"""Checkpoints that commit by rename: a half-written one is never mistaken for a whole one."""

import os
import shutil
from pathlib import Path

import numpy as np


def save(root, step, state):
    """
    Commits `state` (name to array) as `step-N` below `root`.

    A full disk costs this checkpoint, not the training: it goes on, and its next checkpoint tries again.
    Returns whether the checkpoint was committed.
    """
    partial, committed = root / f".tmp-{step}", root / f"step-{step}"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        with open(partial / "state.npz", "wb") as file:
            np.savez(file, **state)
            file.flush()
            os.fsync(file.fileno())
        if committed.exists():  # left by an earlier attempt, perhaps damaged
            shutil.rmtree(committed)
        partial.rename(committed)
        return True
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        print(f"Checkpoint {step} could not be written ({error}); training goes on.", flush=True)
        return False


def load():
    """The state to go on from (name to array), or None for a fresh start."""
    folder = os.environ.get("SLIPWAY_RESUME_DIR")
    if not folder:
        return None
    with np.load(Path(folder) / "state.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
