"""The trained model as it is served: plain JSON, read and applied with the standard library alone."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from encoding import active_columns, width


@dataclass(frozen=True)
class Model:
    groups: list
    intercept: float
    weights: list

    @property
    def features(self):
        return [group[0] for group in self.groups if len(group) == 1]

    def probability(self, codes):
        """The probability that a person with these codes (feature to code) is employed."""
        linear = self.intercept + sum(self.weights[column] for column in active_columns(self.groups, codes))
        return 1 / (1 + math.exp(-max(-700.0, min(700.0, linear))))


def load_model(folder):
    document = json.loads((Path(folder) / "model.json").read_text(encoding="utf-8"))
    model = Model(document["groups"], document["intercept"], document["weights"])
    if len(model.weights) != width(model.groups):
        raise SystemExit(f"model.json has {len(model.weights)} weights, its groups need {width(model.groups)}.")
    return model
