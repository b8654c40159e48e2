"""Stop 6, protect: the one place where numbers that could identify a child are taken out.

Primary suppression: a count of children of at least 1 and below the policy's threshold gets no number and
the status `c`, never 0 (zero is shown, as in NHS England's statistics). The threshold is a policy of
the local area, named by each metric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from data_contracts.local_area import Policy
from metrics.release_format import Status


def protect(
    frame: pl.DataFrame,
    policies: Mapping[str, Policy],
    links: Sequence[tuple[str, str]] = (),
    earlier: Sequence[pl.DataFrame] = (),
) -> pl.DataFrame:
    """The same rows, with unsafe numbers null and their status `c`.

    `frame` has the columns of `metric_value` and `behind`, a count of children or rows (a double), and
    `behind_complement`, for shares the children in the denominator alone; `policies` gives each metric's
    policy by its id. A suppressed row keeps its denominator only where that is not itself a small count.
    `links` (pairs of metrics whose counts are the same) and `earlier` (what past releases show) belong to
    secondary suppression, which no policy asks for yet; to give them is refused, so that nobody believes
    they were respected. Raises `KeyError` for a metric without a policy: nothing is shown by default.
    """
    if links or earlier:
        raise NotImplementedError("links and earlier releases are not respected by primary suppression")
    unknown = set(frame["metric_id"].unique()) - set(policies)
    if unknown:
        raise KeyError(f"no disclosure policy for {', '.join(sorted(unknown))}")
    thresholds = pl.DataFrame(
        {"metric_id": list(policies), "below": [policy.below for policy in policies.values()]},
        schema={"metric_id": pl.String, "below": pl.Float64},
    )
    unsafe = _is_small("behind") | _is_small("behind_complement")
    # Where there is nothing to divide by, what would be divided is a count all the same.
    alone = (pl.col("status") == Status.NOT_APPLICABLE) & _is_small("numerator")
    hidden = ((pl.col("status") == Status.OK) & unsafe) | alone
    return (
        frame.join(thresholds, on="metric_id", how="left", maintain_order="left")
        .with_columns(
            numerator=pl.when(~hidden).then("numerator"),
            value=pl.when(~hidden).then("value"),
            denominator=pl.when(~(hidden & _is_small("denominator"))).then("denominator"),
            status=pl.when(hidden).then(pl.lit(str(Status.SUPPRESSED))).otherwise("status"),
        )
        .drop("behind", "behind_complement", "below", strict=False)
    )


def _is_small(column: str) -> pl.Expr:
    count = pl.col(column)
    return ((count > 0) & (count < pl.col("below"))).fill_null(value=False)
