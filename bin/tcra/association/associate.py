"""Associate genes with a trait: one GWAS against one or several expression models, read once."""

import gc
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tcra.association.agreement import check_agreement
from tcra.association.alignment import Aligned, align
from tcra.association.diagnostics import snp_table, write_snps
from tcra.association.explain_overlap import explain_no_overlap, explain_nothing_usable, varids_fit
from tcra.association.gwas.matching import IdMatcher, Matcher, PositionMatcher
from tcra.association.gwas.read_gwas import Gwas, read_gwas
from tcra.association.gwas.snp_map import SnpMap
from tcra.association.model_correlation import correlate
from tcra.association.model_outcome import ModelOutcome, associate_model, report_outcome, write_outcome
from tcra.association.models.covariance import Covariance, read_covariance, single_snp_covariance
from tcra.association.models.prediction_model import PredictionModel, read_model
from tcra.association.models.weights_database import read_keys
from tcra.association.output_paths import check_output_paths
from tcra.association.settings import AssociateOptions
from tcra.association.statistic import GeneTests
from tcra.common.files import atomic_together
from tcra.common.genome.liftover import Liftover
from tcra.common.read_ahead import ReadAhead
from tcra.common.table_text import write_table
from tcra.errors import UserError

log = logging.getLogger(__name__)
_COVARIANCES_AHEAD = 8  # one of a GTEx elastic-net model takes 60 MB
_WRITTEN_BEHIND = 4


def associate(
    models: list[Path], covariances: list[Path], gwas_files: list[Path], outputs: list[Path], options: AssociateOptions
) -> None:
    """Test every gene of every model and write one CSV per model, with its flags and its accounting beside it. All files of the run
    appear together at its end.

    models, covariances, outputs: one each per model, in the same order (no covariance with `single_snp_model`).

    Errors: UserError for inputs that cannot be used, or that have nothing in common, and for outputs that cannot be written where they
    should be.
    """
    others = [path for path in (options.snps_used, options.correlations, options.gwas_points) if path is not None]
    tables = [path for path in (options.matching.liftover, options.matching.snp_map_file) if path is not None]
    inputs = [*models, *covariances, *gwas_files, *tables, *options.joint_covariance]
    check_output_paths(outputs, others, inputs, options.overwrite)
    if not options.single_snp_model and len(covariances) != len(models):
        raise UserError(
            f"{len(models)} model databases but {len(covariances)} covariances; give one --covariance for each"
        )
    gc.freeze()  # what the imports made is not looked through again and again
    paths = [None] * len(models) if options.single_snp_model else covariances
    read = _read(models, paths, gwas_files, options)
    aligned = _align_all(read, gwas_files[0], options)
    sources = [
        [model, *([path] if path else []), *gwas_files, *tables] for model, path in zip(models, paths, strict=True)
    ]
    snps: list[pd.DataFrame] = []
    tested: list[tuple[PredictionModel, GeneTests]] = []
    with atomic_together(last=outputs):
        for outcome in _outcomes(read, aligned, sources, outputs, options):
            report_outcome(outcome)
            if options.snps_used:
                snps.append(snp_table(outcome.model, read.gwas, outcome.aligned, outcome.tests, outcome.frequency))
            if options.correlations:
                tested.append((outcome.model, outcome.tests))
        if options.snps_used:
            write_snps(options.snps_used, snps)
        if options.correlations:
            write_correlations(options.correlations, tested, options)
        if options.gwas_points:
            from tcra.association.gwas.gwas_points import gwas_points

            write_table(options.gwas_points, gwas_points(gwas_files, options.trait, options.settings))


@dataclass(frozen=True)
class _Inputs:
    """The models, their covariances as they are asked for, and the GWAS's rows of their variants."""

    models: list[PredictionModel]
    covariances: Iterator[Covariance]
    gwas: Gwas
    matcher: Matcher


def _read(
    models: list[Path], covariances: Sequence[Path | None], gwas_files: list[Path], options: AssociateOptions
) -> _Inputs:
    """Read the GWAS; models and covariances are read in threads meanwhile."""
    key, by_place = options.matching.model_db_snp_key or "rsid", options.matching.match_by == "position"
    with ThreadPoolExecutor(2) as pool:
        keys = list(pool.map(lambda path: read_keys(path, key, by_place), models))
    matcher = _matcher(keys, options)
    thread = ThreadPoolExecutor(1)
    promised = [thread.submit(read_model, path, key, by_place) for path in models]
    ahead = ReadAhead(_read_covariance, zip(promised, covariances, strict=True), _COVARIANCES_AHEAD)
    table = options.matching.snp_map_file
    snp_map = None if table is None else SnpMap(table, pc.unique(pa.chunked_array(keys)).drop_null())
    gwas = read_gwas(gwas_files, matcher, options.settings, snp_map=snp_map)
    if (
        options.matching.model_db_snp_key is None
        and not by_place
        and snp_map is None
        and varids_fit(models, keys, gwas.sample)
    ):
        log.info("the ids of the GWAS are positions of the same build as the models' varIDs: matched by position")
        return _read(
            models, covariances, gwas_files, replace(options, matching=replace(options.matching, match_by="position"))
        )
    if not any(len(file.code) for file in gwas.files):
        raise UserError(explain_no_overlap(gwas_files[0], models, keys, gwas, matcher.describe()))
    loaded = [model.result() for model in promised]
    for model in loaded:
        check_calibration(model, options)
    return _Inputs(loaded, ahead, gwas, matcher)


def _align_all(read: _Inputs, gwas_file: Path, options: AssociateOptions) -> Iterator[Aligned]:
    """Each model's weights with their GWAS rows, as they are asked for. Errors: UserError if no model has a usable one."""
    aligning = (_align(model, read.gwas, read.matcher, options) for model in read.models)
    tried: list[Aligned] = []
    for one in aligning:
        tried.append(one)
        if (one.source >= 0).any():
            return chain(tried, aligning)
    raise UserError(explain_nothing_usable(gwas_file, tried))


def _outcomes(
    read: _Inputs, aligned: Iterable[Aligned], sources: list[list[Path]], outputs: list[Path], options: AssociateOptions
) -> Iterator[ModelOutcome]:
    """Test the models one by one; the tables of one are written in a thread while the next is tested. sources: files of each."""
    with ThreadPoolExecutor(1) as writer:
        writing: deque[Future[None]] = deque()
        for model, covariance, one, files, out in zip(
            read.models, read.covariances, aligned, sources, outputs, strict=True
        ):
            outcome = associate_model(model, covariance, read.gwas, one, options)
            writing.append(writer.submit(write_outcome, outcome, files, out, options))
            yield outcome
            while len(writing) > _WRITTEN_BEHIND:
                writing.popleft().result()
        for written in writing:
            written.result()


def write_correlations(path: Path, tested: list[tuple[PredictionModel, GeneTests]], options: AssociateOptions) -> None:
    """Write the correlation of each gene's predicted expression between the models: `trait, gene, model_1, model_2, correlation`."""
    table = correlate(tested, options.trait, options.joint_covariance)
    if options.remove_ens_version:
        table["gene"] = table["gene"].str.split(".").str[0]
    write_table(path, table)
    unknown = int(table["correlation"].isna().sum())
    log.info("correlations of %d pairs of models, %d of them unknown (a covariance is missing)", len(table), unknown)


def check_calibration(model: PredictionModel, options: AssociateOptions) -> None:
    """UserError if calibration is asked for and the model has no phi."""
    if options.gwas_h2 is not None and ("phi" not in model.extra or model.extra["phi"].isna().all()):
        what = "has no column phi" if "phi" not in model.extra else "has an empty phi for every gene"
        raise UserError(f"{model.path}: table extra {what}, which --gwas_h2 and --gwas_N need; leave both out")


def _read_covariance(pair: "tuple[Future[PredictionModel], Path | None]") -> Covariance:
    model, path = pair[0].result(), pair[1]
    if path is None:
        return single_snp_covariance(model)
    covariance = read_covariance(path, model)
    check_pair(model, covariance, path)
    return covariance


def check_pair(model: PredictionModel, covariance: Covariance, path: Path) -> None:
    """UserError if the covariance has none of the model's genes: the files of two models were mixed up."""
    if np.isnan(covariance.snps_in_covariance).all():
        raise UserError(
            f"{path} has none of the {len(model.gene_names)} genes of {model.path.name} (such as {model.gene_names[0]}); give each model "
            "the covariance that was made with it, in the models' order"
        )


def _matcher(keys: list[pa.StringArray], options: AssociateOptions) -> Matcher:
    if options.matching.match_by == "id":
        # The models' ids that a map gives need not be rs numbers.
        return IdMatcher(keys, options.settings.keep_non_rsid or options.matching.snp_map_file is not None)
    return PositionMatcher(keys, Liftover(options.matching.liftover) if options.matching.liftover else None)


def _align(model: PredictionModel, gwas: Gwas, matcher: Matcher, options: AssociateOptions) -> Aligned:
    """With the alleles of weights that later rows replaced: they too are alleles of its site."""
    more = model.replaced
    keys = (model.place, more.place) if matcher.by_place else (model.snp, more.snp)
    code = matcher.code(np.concatenate(keys))
    ref, eff = np.concatenate((model.ref, more.ref)), np.concatenate((model.eff, more.eff))
    fix, resolve = options.settings.input_pvalue_fix, options.matching.resolve_strand
    aligned = align(gwas, code, ref, eff, fix, resolve, model.size)
    check_agreement(gwas, model, aligned, matcher.by_place)
    return aligned
