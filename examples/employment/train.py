"""
Learns who is employed: a logistic regression by stochastic gradient descent, in rounds.

Each round draws its order from the seed and its own number, and the whole state is three arrays. So a training that
is killed anywhere and goes on from its last checkpoint ends with the same bytes as one that was left alone.
"""

import os

# One thread: the same sums in the same order, whatever the machine has.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import json
import signal
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss

import checkpoints
import job
from census import FEATURES, LABEL
from encoding import groups_of, width
from people import column_matrix, read_people

YIELDED = 76  # the exit code of "stopped after a checkpoint, go on later"

DEFAULTS = {
    "rounds": 60,
    "passesPerRound": 7,  # over all rows
    "checkpointEvery": 5,  # rounds
    "features": list(FEATURES),
    "crossed": True,  # a column for each pair of codes of two features, too
    "learningRate": 0.1,
    "penalty": 1e-4,
}


def main():
    asked_to_stop = stop_requests()
    chosen = job.parameters(DEFAULTS)
    groups = groups_of(chosen["features"], chosen["crossed"])
    learn, watch = split(read_people(job.input_path("train", "data/train.parquet")), groups)
    output = job.folder("SLIPWAY_OUTPUT_DIR", "output")
    checkpoint_root = job.folder("SLIPWAY_CHECKPOINT_DIR", "checkpoints")
    model, step = restored(chosen, width(groups))
    saved = step
    while step < chosen["rounds"]:
        step += 1
        learn_round(model, learn, step, chosen["passesPerRound"])
        report(step, chosen["rounds"], model, watch)
        stopping = asked_to_stop() and step < chosen["rounds"]
        if stopping or step % chosen["checkpointEvery"] == 0:
            saved = step if checkpoints.save(checkpoint_root, step, state_of(model, step)) else saved
        if stopping and saved == step:
            raise SystemExit(YIELDED)
    weights = {"groups": groups, "intercept": float(model.intercept_[0]), "weights": model.coef_[0].tolist()}
    job.write_whole(output / "model.json", json.dumps(weights))


def stop_requests():
    """A function that says whether a soft stop was asked for, by SIGTERM or by the stop file."""
    received = []
    signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    stop_file = os.environ.get("SLIPWAY_STOP_FILE")
    return lambda: bool(received) or (stop_file is not None and Path(stop_file).exists())


def split(people, groups):
    """The rows to learn from, and one in twenty that is only watched for the progress."""
    columns, labels = column_matrix(people, groups), people[LABEL].to_numpy()
    watched = np.arange(len(labels)) % 20 == 0
    return tuple((sparse(columns[rows], width(groups)), labels[rows]) for rows in (~watched, watched))


def sparse(columns, total):
    people, active = columns.shape
    return csr_matrix(
        (np.ones(columns.size), columns.ravel(), np.arange(0, columns.size + 1, active)), shape=(people, total)
    )


def restored(chosen, columns):
    """The model to go on with and the round it is at: zeros at 0, or the state of the checkpoint."""
    model = SGDClassifier(
        loss="log_loss",
        learning_rate="invscaling",
        power_t=0.5,
        eta0=chosen["learningRate"],
        alpha=chosen["penalty"],
    )
    state = checkpoints.load()
    if state is not None and state["coef"].shape != (1, columns):
        raise SystemExit(f"The checkpoint has {state['coef'].shape[1]} columns, these parameters give {columns}.")
    if state is None:
        state = {"coef": np.zeros((1, columns)), "intercept": np.zeros(1), "seen": 1.0, "round": 0}
    model.classes_ = np.array([0, 1])
    model.coef_, model.intercept_, model.t_ = state["coef"], state["intercept"], float(state["seen"])
    return model, int(state["round"])


def state_of(model, step):
    return {"coef": model.coef_, "intercept": model.intercept_, "seen": np.float64(model.t_), "round": np.int64(step)}


def learn_round(model, rows, step, passes):
    for number in range(passes):
        model.set_params(random_state=(job.seed() * 1_000_003 + step * 1_009 + number) % 2**32)
        model.partial_fit(*rows, classes=[0, 1])


def report(step, total, model, rows):
    """Appends a line of progress to the progress file, or prints it when there is none."""
    columns, labels = rows
    metrics = {
        "loss": round(log_loss(labels, model.predict_proba(columns)), 6),
        "accuracy": round(float(model.score(columns, labels)), 6),
    }
    line = json.dumps({"step": step, "total": total, "metrics": metrics})
    path = os.environ.get("SLIPWAY_PROGRESS_FILE")
    if path is None:
        print(line, flush=True)
        return
    with open(path, "a", encoding="utf-8") as file:
        file.write(line + "\n")


if __name__ == "__main__":
    main()
