"""Scores a trained model on labelled people: one row per person for paired comparisons, and the totals."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import job
from census import LABEL, RACE_NAMES, SEX_NAMES, age_group
from model import load_model
from people import column_matrix, read_people


def main():
    model = load_model(job.input_path("model", "output"))
    people = read_people(job.input_path("data", "data/holdout.parquet"))
    output = job.folder("SLIPWAY_OUTPUT_DIR", "evaluation")
    label = people[LABEL].to_numpy()
    score = scores(model, people)
    prediction = (score >= 0.5).astype(np.int64)
    table = pa.table(
        {
            "id": people["id"],
            "label": pa.array(label, pa.int64()),
            "prediction": pa.array(prediction, pa.int64()),
            "score": pa.array(score, pa.float64()),
            "SEX": named(people["SEX"], SEX_NAMES),
            "RAC1P": named(people["RAC1P"], RACE_NAMES),
            "AGE": pa.array([age_group(age) for age in people["AGEP"].to_pylist()]),
        }
    )
    pq.write_table(table, output / "predictions.parquet")
    metrics = {name: {"value": value, "n": len(label)} for name, value in totals(label, score, prediction).items()}
    job.write_whole(output / "metrics.json", json.dumps({"metrics": metrics}))
    print(json.dumps(metrics))


def scores(model, people):
    """The probability of being employed, one per person."""
    weights = np.array(model.weights)
    linear = model.intercept + weights[column_matrix(people, model.groups)].sum(axis=1)
    return 1 / (1 + np.exp(-linear))


def totals(label, score, prediction):
    likely = np.where(label == 1, score, 1 - score)
    return {
        "accuracy": float((prediction == label).mean()),
        "logLoss": float(-np.log(np.clip(likely, 1e-15, 1)).mean()),
        "brier": float(((score - label) ** 2).mean()),
    }


def named(codes, names):
    return pa.array([names.get(code, str(code)) for code in codes.to_pylist()])


if __name__ == "__main__":
    main()
