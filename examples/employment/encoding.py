"""How a person becomes columns of the model. The same arithmetic serves one person (whole numbers) and tables (arrays)."""

from itertools import combinations

from census import AGE_BAND_YEARS, CODES


def groups_of(features, crossed):
    """The groups of features that get one column per combination of codes: each alone and, when crossed, each pair."""
    alone = [[feature] for feature in features]
    return alone + [list(pair) for pair in combinations(features, 2)] if crossed else alone


def width(groups):
    """How many columns the groups take together."""
    return sum(_slots(group) for group in groups)


def code_of(feature, value):
    """The code of one value, from 0. A value outside the code book gets the code after the last."""
    code = value // AGE_BAND_YEARS if feature == "AGEP" else value
    return code if 0 <= code < CODES[feature] else CODES[feature]


def active_columns(groups, codes):
    """The column of each group that is 1; all others are 0. `codes`: feature to code, or to an array of codes."""
    columns, start = [], 0
    for group in groups:
        column = 0
        for feature in group:
            column = column * (CODES[feature] + 1) + codes[feature]
        columns.append(start + column)
        start += _slots(group)
    return columns


def _slots(group):
    slots = 1
    for feature in group:
        slots *= CODES[feature] + 1
    return slots
