"""Serves the model over Open Inference Protocol v2 (HTTP) on 127.0.0.1."""

import os

from census import FEATURES
from encoding import code_of
from inference_server import serve
from model import load_model


def probability(model, person):
    """The probability that a person (feature to value) is employed."""
    return model.probability({feature: code_of(feature, person[feature]) for feature in model.features})


def main(answer):
    model = load_model(os.environ.get("SLIPWAY_MODEL_DIR", "output"))
    serve(
        name=os.environ.get("SLIPWAY_MODEL_NAME", "employment"),
        version=os.environ.get("SLIPWAY_MODEL_VERSION", "0"),
        port=int(os.environ.get("SLIPWAY_PORT", "8080")),
        features=FEATURES,
        predict=lambda person: answer(model, person),
    )


if __name__ == "__main__":
    main(probability)
