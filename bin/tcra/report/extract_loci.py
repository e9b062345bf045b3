"""The loci of a trait's genes: GWAS and LD around them, their models' SNPs, and what the scores say of these."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from tcra.common.accounting import Accounting
from tcra.common.arrays import Floats, Integers
from tcra.common.files import atomic_folder
from tcra.common.genome.chromosomes import plain_name, sort_key
from tcra.common.genome.genes import Gene, read_annotation
from tcra.common.genome.intervals import read_bed
from tcra.common.provenance import provenance
from tcra.common.pvalues import minus_log10_pvalue
from tcra.common.table_text import write_table
from tcra.finemapping.locus import standardise
from tcra.finemapping.matched_weights import MatchedWeights, match_weights, names_and_ids
from tcra.finemapping.panel_gwas import read_panel_gwas
from tcra.finemapping.reference_panel import PanelFiles, ReferencePanel
from tcra.finemapping.regions import merge_spans
from tcra.finemapping.trained_models import TrainedModels, read_models
from tcra.report import locus_tables as tables
from tcra.report.locus_settings import LocusInputs, LocusOptions
from tcra.report.passing_genes import passing_genes
from tcra.report.read_tables import column_names
from tcra.variants.tables.columns import MEAN_ABS, tracks_of

log = logging.getLogger(__name__)


def extract_loci(inputs: LocusInputs, options: LocusOptions, out: Path) -> None:
    """Write the tables of `locus_tables` into `out`; without a gene that passes they have no rows.

    Errors: UserError for inputs that lack what is needed, or do not fit together.
    """
    accounting = Accounting("LOCI")
    genes = _genes(inputs, options, accounting)
    spans = _spans(genes, options)
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in _COLUMNS}
    if spans:
        files = PanelFiles(inputs.genotypes)
        models = read_models(inputs.models, key=options.matching.model_db_snp_key or "rsid")
        panels = [files.read(chrom, regions, regions, set(), set()) for chrom, regions in spans.items()]
        here = [[(name, gene) for name, gene in genes.items() if gene.chrom == panel.chrom] for panel in panels]
        matched = [
            match_weights(models, _weights_of(models, some), panel) for panel, some in zip(panels, here, strict=True)
        ]
        named = [names_and_ids(panel, models, found) for panel, found in zip(panels, matched, strict=True)]
        read = read_panel_gwas(inputs.gwas, panels, [ids for _, ids in named], options.gwas, options.matching)
        z = np.split(read.z, np.cumsum([panel.size for panel in panels])[:-1])
        for k, panel in enumerate(panels):
            chromosome = _Chromosome(panel, named[k][0], z[k], models, matched[k])
            for name, table in _tables(inputs.trait, chromosome, here[k], options.shown_bp).items():
                parts[name].append(table)
    whole = {
        name: pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(_COLUMNS[name]))
        for name, found in parts.items()
    }
    weights = _with_ranks(whole[tables.LOCUS_WEIGHTS_FILE], inputs.rankings)
    whole[tables.LOCUS_WEIGHTS_FILE] = weights
    whole[tables.LOCUS_SCORES_FILE] = _scores(weights, inputs.scores, options.tracks)
    whole[tables.LOCUS_STATES_FILE] = _states(whole[tables.LOCI_FILE], inputs.states)
    given = {"trait": inputs.trait, "flank_bp": options.shown_bp, "most_genes": options.most_genes, "fdr": options.fdr}
    read_files = [*inputs.associations, *inputs.models, *inputs.gwas, *inputs.genotypes, inputs.genes]
    with atomic_folder(out) as folder:
        for name, table in whole.items():
            write_table(folder / name, table[list(_COLUMNS[name])])
        accounting.write(folder, {"trait": inputs.trait, **provenance(given, read_files)})


_COLUMNS = {
    tables.LOCI_FILE: tables.LOCI_COLUMNS,
    tables.LOCUS_SNPS_FILE: tables.LOCUS_SNP_COLUMNS,
    tables.LOCUS_WEIGHTS_FILE: tables.LOCUS_WEIGHT_COLUMNS,
    tables.LOCUS_SCORES_FILE: tables.LOCUS_SCORE_COLUMNS,
    tables.LOCUS_STATES_FILE: tables.LOCUS_STATE_COLUMNS,
}


def _genes(inputs: LocusInputs, options: LocusOptions, accounting: Accounting) -> dict[str, Gene]:
    """The places of the genes that pass, by their ids in the associations."""
    annotation = read_annotation(inputs.genes)
    chromosomes = annotation.chromosomes
    count = accounting.count("genes that pass")
    found: dict[str, Gene] = {}
    for name in passing_genes(inputs.associations, inputs.trait, options.fdr).index:
        count.received()
        gene = next((hit for chrom in chromosomes if (hit := annotation.find(name, chrom))), None)
        if gene is None:
            count.reject("not in the gene annotation", name, inputs.genes.name)
        elif len(found) == options.most_genes:
            count.reject("beyond --most-genes", name)
        else:
            found[name] = gene
            count.passed()
    return found


def _spans(genes: dict[str, Gene], options: LocusOptions) -> dict[str, list[tuple[int, int]]]:
    """Windows around the genes' starts, merged where they overlap, by chromosome: 0-based half-open."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for chrom in sorted({gene.chrom for gene in genes.values()}, key=sort_key):
        starts = [gene.tss for gene in genes.values() if gene.chrom == chrom]
        flank = options.shown_bp
        spans[chrom] = merge_spans((max(0, start - flank), start + flank + 1) for start in starts)
    return spans


@dataclass(frozen=True)
class _Chromosome:
    """The panel of the loci of one chromosome. names, z (p,): of its variants, z for `alt`. matched: the weights of the models of its
    genes."""

    panel: ReferencePanel
    names: NDArray[np.object_]
    z: Floats
    models: TrainedModels
    matched: MatchedWeights


def _weights_of(models: TrainedModels, genes: Sequence[tuple[str, Gene]]) -> Integers:
    """The weights (k,) of all models of the genes, as indices."""
    which = np.flatnonzero(models.table["gene"].isin([name for name, _ in genes]).to_numpy())
    return np.concatenate([np.zeros(0, np.int64), *(np.arange(*models.start[[model, model + 1]]) for model in which)])


def _tables(
    trait: str, chromosome: _Chromosome, genes: Sequence[tuple[str, Gene]], flank_bp: int
) -> dict[str, pd.DataFrame]:
    panel, names, z = chromosome.panel, chromosome.names, chromosome.z
    place = {"chrom": panel.chrom, "pos": panel.position, "ref": panel.ref, "alt": panel.alt}
    variants = pd.DataFrame({"snp": names, **place})
    all_weights = _weights(chromosome, variants)
    loci, snps, weights = [], [], []
    for name, gene in genes:
        start, end = max(0, gene.tss - flank_bp), gene.tss + flank_bp + 1
        inside = np.flatnonzero((panel.position > start) & (panel.position <= end) & ~np.isnan(z))
        lead = int(inside[np.argmax(np.abs(z[inside]))]) if len(inside) else -1
        r2 = _squared_correlation(panel, inside, lead) if len(inside) else np.zeros(0)
        height = minus_log10_pvalue(z[inside])
        numbers = {"frequency": panel.frequency[inside], "zscore": z[inside], "minus_log10_pvalue": height, "r2": r2}
        snps.append(variants.iloc[inside].assign(gene=name, **numbers))
        lead_name = names[lead] if lead >= 0 else None
        loci.append((trait, name, gene.name, gene.chrom, start + 1, end, lead_name, panel.people, len(inside)))
        weights.append(all_weights[all_weights["gene"] == name])
    return {
        tables.LOCI_FILE: pd.DataFrame(loci, columns=list(tables.LOCI_COLUMNS)),
        tables.LOCUS_SNPS_FILE: pd.concat(snps, ignore_index=True),
        tables.LOCUS_WEIGHTS_FILE: pd.concat(weights, ignore_index=True),
    }


def _squared_correlation(panel: ReferencePanel, rows: Integers, lead: int) -> Floats:
    """r² (k,) of some SNPs with the lead SNP (a row of the panel); NaN for SNPs that do not vary."""
    columns, spread = standardise(panel.filled(np.append(rows, lead)))
    r2 = (columns[:-1] @ columns[-1]) ** 2
    return np.asarray(np.where(spread[:-1] > 0, np.minimum(r2, 1.0), np.nan))


def _weights(chromosome: _Chromosome, variants: pd.DataFrame) -> pd.DataFrame:
    """The weights of the genes' models, per the panel's alternate allele; those that are not in the panel by the models' own names and
    alleles."""
    models, matched = chromosome.models, chromosome.matched
    rows, there = matched.weight, matched.row >= 0
    place = {"snp": models.snp[rows], "chrom": models.chrom[rows], "pos": models.position[rows]}
    own = pd.DataFrame({**place, "ref": models.ref[rows], "alt": models.eff[rows]}).astype({"pos": "Int64"})
    own["pos"] = own["pos"].where(own["pos"] > 0)
    for name in own.columns:
        own.loc[there, name] = variants[name].to_numpy()[matched.row[there]]
    said = models.table.iloc[models.model_of[rows]]
    return own.assign(
        gene=said["gene"].to_numpy(), tissue=said["tissue"].to_numpy(), snp_set=said["snp_set"].to_numpy(),
        weight=models.weight[rows] * matched.sign, rank=pd.array([pd.NA] * len(rows), "Int64"), rank_value=np.nan,
    )  # fmt: skip


def _with_ranks(weights: pd.DataFrame, rankings: Sequence[tuple[str, Path]]) -> pd.DataFrame:
    for tissue, path in rankings:
        value = "value" if "value" in column_names(path) else MEAN_ABS
        wanted = ["chrom", "pos", "ref", "alt", "rank", value]
        site = ds.dataset(path, format="parquet")
        table = site.to_table(columns=wanted, filter=_at(weights)).to_pandas().rename(columns={value: "rank_value"})
        found = _looked_up(weights, _with_plain_names(table))
        mine = (weights["tissue"] == tissue).to_numpy() | (len(rankings) == 1)
        for name in ("rank", "rank_value"):
            weights.loc[mine, name] = found.loc[mine, name].to_numpy()
    weights["rank"] = weights["rank"].astype("Int64")
    return weights


def _with_plain_names(table: pd.DataFrame) -> pd.DataFrame:
    names = [plain_name(str(chrom)) for chrom in table["chrom"]]
    return table.assign(chrom=pd.Series(names, index=table.index, dtype=object))


def _at(weights: pd.DataFrame) -> pc.Expression:
    return pc.field("pos").isin(pa.array(weights["pos"].dropna().astype(int).unique()))


def _looked_up(weights: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The table's row of each weight (by place and alleles, either way round), NaN without one, in the weights' order."""
    turned = table.rename(columns={"ref": "alt", "alt": "ref"})
    both = pd.concat([table, turned]).drop_duplicates(["chrom", "pos", "ref", "alt"]).astype({"pos": "Int64"})
    return weights[["chrom", "pos", "ref", "alt"]].astype({"pos": "Int64"}).merge(both, "left").set_index(weights.index)


def _scores(weights: pd.DataFrame, scores: Sequence[tuple[str, Path]], most: int) -> pd.DataFrame:
    """Of each SNP of a model the tracks with the largest |score|, by tissue."""
    snps = weights.drop_duplicates(["gene", "snp"])
    parts: list[tuple[str, str, str, str, float, int]] = []
    for tissue in dict.fromkeys(name for name, _ in scores):
        paths = [str(path) for name, path in scores if name == tissue]
        site = ds.dataset(paths, format="parquet")
        tracks = list(tracks_of(site.schema.names))
        table = _with_plain_names(site.to_table(filter=_at(snps)).to_pandas())
        found = (
            snps[["gene", "snp", "chrom", "pos", "ref", "alt"]]
            .astype({"pos": "Int64"})
            .merge(table.astype({"pos": "Int64"}))
        )
        values = found[tracks].to_numpy(np.float64)
        largest = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :most]
        for row, (gene, snp) in enumerate(zip(found["gene"], found["snp"], strict=True)):
            parts += [(gene, snp, tissue, tracks[k], values[row, k], len(tracks)) for k in largest[row].tolist()]
    return pd.DataFrame(parts, columns=list(tables.LOCUS_SCORE_COLUMNS))


def _states(loci: pd.DataFrame, states: Sequence[tuple[str, Path]]) -> pd.DataFrame:
    """The intervals of each BED file within the locus of each gene: 1-based, inclusive."""
    parts = [pd.DataFrame(columns=list(tables.LOCUS_STATE_COLUMNS))]
    for label, path in states:
        rows = [(plain_name(one.chrom), one.start + 1, one.end, one.name) for one in read_bed(path)]
        bed = pd.DataFrame(rows, columns=["chrom", "start", "end", "state"])
        by_chromosome = dict(list(bed.groupby("chrom")))
        for gene, chrom, start, end in loci[["gene", "chrom", "start", "end"]].itertuples(index=False):
            here = by_chromosome.get(chrom, bed[:0])
            inside = here[(here["start"] <= end) & (here["end"] >= start)]
            shown = {"start": inside["start"].clip(lower=start), "end": inside["end"].clip(upper=end)}
            parts.append(inside.assign(gene=gene, annotation=label, **shown)[list(tables.LOCUS_STATE_COLUMNS)])
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
