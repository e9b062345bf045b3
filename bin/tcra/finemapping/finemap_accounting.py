"""What came in, what was fine-mapped, and what was lost on the way and why."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from tcra.common.accounting import Accounting
from tcra.finemapping.chromosome_data import ChromosomeData
from tcra.finemapping.trained_models import TrainedModels

NO_MODEL = "no gene model of the region has a z"
STAGE = "FINEMAP"
LOST_ONCE = ("position is in several chains", "position is missing or in no chain")


class FinemapAccounting:
    """Collects the balance chromosome by chromosome."""

    def __init__(self, models: TrainedModels) -> None:
        self.accounting = Accounting(STAGE)
        self._models = models
        self._used = 0
        self._lost: Counter[str] = Counter()
        self._rows: int | None = None
        self._malformed: list[tuple[str, str, str]] = []

    def add(self, data: ChromosomeData) -> None:
        """A chromosome."""
        self._rows, self._malformed = data.gwas.rows, data.gwas.malformed
        self._used += data.gwas.used
        for why, number in data.gwas.lost.items():
            # What the liftover loses is the same for every chromosome; the rest are rows of this one.
            self._lost[why] = max(self._lost[why], number) if why in LOST_ONCE else self._lost[why] + number
        mapped = set(data.mapped)
        regions = self.accounting.count("regions")
        regions.received(len(data.regions))
        regions.passed(len(mapped))
        for place, region in enumerate(data.regions):
            if place not in mapped:
                regions.reject(NO_MODEL, region.name)
        variants = self.accounting.count("panel variants")
        variants.received(data.panel.size + len(data.panel.repeated))
        for what, where in data.panel.repeated:
            variants.reject("repeats an earlier record", what, where)
        passed = sum(len(data.snp_rows(region)) for region in mapped)
        variants.passed(passed)
        for why, number in Counter(data.reason.tolist()).items():
            variants.reject_many(why or NO_MODEL, number - (0 if why else passed))
        self._add_weights(data)

    def _add_weights(self, data: ChromosomeData) -> None:
        """Weights of the models that have a region and a z."""
        count = self.accounting.count("weights of the gene models")
        good = set(data.models.model[data.models.reason == ""].tolist())
        own = np.isin(self._models.model_of[data.matched.weight], list(good))
        row = data.matched.row[own]
        count.received(int(own.sum()))
        used = int(data.models.n_used[data.models.reason == ""].sum())
        count.passed(used)
        absent = row < 0
        count.reject_many("not in the panel", int(absent.sum()))
        in_gwas = ~np.isnan(data.gwas.z[row[~absent]])
        count.reject_many("no usable GWAS row", int((~in_gwas).sum()))
        count.reject_many("does not vary in the panel", int(in_gwas.sum()) - used)

    def finish(self, reasons: NDArray[np.object_]) -> Accounting:
        """reasons (m,): why each gene model was not fine-mapped, empty where it was."""
        count = self.accounting.count("gene models")
        table = self._models.table
        count.received(len(table))
        count.passed(int((reasons == "").sum()))
        for row in np.flatnonzero(reasons != "").tolist():
            where = " ".join(filter(None, (table["tissue"].iloc[row], table["snp_set"].iloc[row])))
            count.reject(str(reasons[row]), str(table["gene"].iloc[row]), where)
        rows = self.accounting.count("GWAS rows")
        rows.received(self._rows or 0)
        rest = (self._rows or 0) - self._used - len(self._malformed) - sum(self._lost.values())
        rows.passed(self._used + min(rest, 0))  # an id on two chromosomes makes one row count twice
        for why, where, text in self._malformed:
            rows.reject(why, text, where)
        for why, number in self._lost.items():
            rows.reject_many(why, number)
        rows.reject_many("not a variant of the panel in a region or gene model", max(rest, 0))
        return self.accounting
