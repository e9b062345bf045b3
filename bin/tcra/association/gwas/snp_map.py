"""S-PrediXcan's map of SNPs: the variants of a GWAS under the ids and the alleles of the models' panel."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tcra.association.gwas.gwas_columns import GwasColumns
from tcra.association.gwas.gwas_rows import GwasRows, alleles_of
from tcra.common.delimited import read_batches, read_layout
from tcra.common.tables import require_columns
from tcra.errors import UserError

SNP_MAP_COLUMNS = ("rsid", "a0", "a1", "panel_variant_id", "panel_variant_a0", "panel_variant_a1", "swap")
NOT_IN_MAP = "id is not in the SNP map"
OTHER_ALLELES_IN_MAP = "alleles are not those of the SNP map"


class SnpMap:
    """The table of `--snp_map_file`: `rsid a0 a1` are a GWAS's id and alleles in either order, `panel_variant_id panel_variant_a0
    panel_variant_a1` the panel's; swap is 1 where a1 is panel_variant_a1, -1 where it is panel_variant_a0.

    wanted: the panel's ids that are of use.

    Errors: UserError for a table without these columns, with another swap, or without any of the wanted ids.
    """

    def __init__(self, path: Path, wanted: pa.StringArray) -> None:
        layout = read_layout(path)
        require_columns(path, layout.header, SNP_MAP_COLUMNS)
        parts = []
        for batch in read_batches(path, layout, SNP_MAP_COLUMNS):
            parts.append(batch.filter(pc.is_in(batch["panel_variant_id"], value_set=wanted)))
        table = (
            pa.Table.from_batches(parts)
            if parts
            else pa.table({name: pa.array([], pa.string()) for name in SNP_MAP_COLUMNS})
        )
        if not len(table):
            raise UserError(
                f"{path}: none of its panel_variant_id is an id of the models; is --model_db_snp_key right?"
            )
        table = table.sort_by("rsid")
        cells = {name: np.array(table[name].to_pylist(), dtype=object) for name in SNP_MAP_COLUMNS}
        swap = cells["swap"]
        if odd := sorted({text for text in swap.tolist() if text not in ("1", "-1", "1.0", "-1.0")}):
            raise UserError(f"{path}: column swap has {odd[0]!r}, expected 1 or -1")
        self._a0, self._a1 = (np.array([cell.upper() for cell in cells[name]], dtype=object) for name in ("a0", "a1"))
        ends = [
            np.array([cell.upper() for cell in cells[f"panel_variant_{name}"]], dtype=object) for name in ("a0", "a1")
        ]
        kept = np.char.startswith(swap.astype(str), "1")
        # What a1 and a0 of the GWAS are in the panel.
        self._panel_a1, self._panel_a0 = np.where(kept, ends[1], ends[0]), np.where(kept, ends[0], ends[1])
        self._panel_id = cells["panel_variant_id"]
        self._ids = pc.unique(table["rsid"].combine_chunks())
        code = pc.index_in(table["rsid"].combine_chunks(), value_set=self._ids).to_numpy()
        self._first = np.searchsorted(code, np.arange(len(self._ids) + 1))

    def translate(self, rows: GwasRows, columns: GwasColumns, lost: Counter[str]) -> GwasRows:
        """The rows that are in the map, under the panel's ids and alleles; the others are added to `lost` by reason."""
        names = columns.roles["snp"]
        code = pc.index_in(rows.batch[names], value_set=self._ids)
        mapped = np.flatnonzero(code.is_valid().to_numpy(zero_copy_only=False))
        lost[NOT_IN_MAP] += rows.batch.num_rows - len(mapped)
        codes = code.take(pa.array(mapped)).to_numpy()
        effect, other = alleles_of(rows.batch.take(pa.array(mapped)), columns)
        count = self._first[codes + 1] - self._first[codes]
        row = np.repeat(np.arange(len(mapped)), count)
        entry = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(self._first[codes], count)
        same = (effect[row] == self._a1[entry]) & (other[row] == self._a0[entry])
        turned = (effect[row] == self._a0[entry]) & (other[row] == self._a1[entry])
        found, place = np.unique(row[same | turned], return_index=True)
        entry, turned = entry[same | turned][place], turned[same | turned][place]
        lost[OTHER_ALLELES_IN_MAP] += len(mapped) - len(found)
        new_effect = np.where(turned, self._panel_a0[entry], self._panel_a1[entry])
        new_other = np.where(turned, self._panel_a1[entry], self._panel_a0[entry])
        batch = rows.batch.take(pa.array(mapped[found]))
        other_columns = columns.ref_alt[:1] if columns.ref_alt else (columns.roles["non_effect_allele"],)
        new = {names: self._panel_id[entry], columns.roles["effect_allele"]: new_effect, other_columns[0]: new_other}
        if columns.ref_alt:
            new[columns.ref_alt[1]] = new_effect
        for name, cells in new.items():
            batch = batch.set_column(batch.schema.get_field_index(name), name, pa.array(cells, pa.string()))
        return GwasRows(batch, rows.row[mapped[found]], rows.read)
