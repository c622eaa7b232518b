"""Tables of people: Parquet in, arrays out."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from encoding import active_columns, code_of


def read_people(path):
    """All rows of a Parquet file, or of all the Parquet files below a folder in the order of their names."""
    place = Path(path)
    files = [place] if place.is_file() else sorted(place.rglob("*.parquet"))
    if not files:
        raise SystemExit(f"No Parquet file at {place}. Run prepare_data.py first, or pass another input.")
    return pa.concat_tables([pq.read_table(file) for file in files])


def column_matrix(people, groups):
    """Which columns are 1: one row per person, one entry per group."""
    features = {feature for group in groups for feature in group}
    codes = {feature: _codes(feature, people[feature].to_numpy()) for feature in features}
    return np.stack(active_columns(groups, codes), axis=1).astype(np.int32)


def _codes(feature, values):
    book = {int(value): code_of(feature, int(value)) for value in np.unique(values)}
    return np.array([book[value] for value in values.tolist()], dtype=np.int64)
