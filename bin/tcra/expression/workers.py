"""Processes over genes: genes are independent, and each process fits one at a time with one thread."""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from tcra.common.arrays import Floats
from tcra.expression.elastic_net import solver
from tcra.expression.gene_model import NOT_ANNOTATED, FitSettings, GeneModel, fit_gene, joint_covariances
from tcra.expression.genotypes.record import Dosages
from tcra.expression.model_files import GeneTask, GeneText, gene_text
from tcra.expression.polygenicity import Predictor

GENES_UNDER_WAY = 3  # for each process: enough to keep it busy, few enough to bound the memory


@dataclass(frozen=True)
class GeneOutcome:
    """A gene's lines, the outcome of each of its models, and what each model predicts."""

    text: GeneText
    statuses: list[str]
    predictors: list[Predictor]


@dataclass(frozen=True)
class Job:
    """One gene. dosages: (samples, p) of its window. ranks, positions: (p,). expression: (samples,). variants: (rsid, id, ref, alt)
    of each SNP."""

    task: GeneTask
    dosages: Dosages
    ranks: NDArray[np.int64]
    positions: NDArray[np.int64]
    expression: Floats
    variants: list[tuple[str, str, str, str]]


def fit_all(jobs: Iterable[Job], settings: FitSettings, cores: int) -> Iterator[GeneOutcome]:
    """The lines of each gene, and the outcome of each of its SNP sets, in the order of the jobs.

    Jobs are taken as processes come free, so that no more than a few genes' genotypes are in memory.
    Errors: MemoryError if a process was killed.
    """
    if cores == 1:
        for job in jobs:
            yield fit_job(job, settings)
        return
    with ProcessPoolExecutor(cores, get_context("fork"), initializer=_start, initargs=(settings, os.getpid())) as pool:
        waiting: deque[Future[GeneOutcome]] = deque()
        try:
            for job in jobs:
                waiting.append(pool.submit(_work, job))
                if len(waiting) >= GENES_UNDER_WAY * cores:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise MemoryError from None  # the system kills a process when memory runs out
        finally:
            for future in waiting:
                future.cancel()


def fit_job(job: Job, settings: FitSettings) -> GeneOutcome:
    """Fit one gene."""
    if job.task.region is None:
        models = [GeneModel(snp_set, 0, NOT_ANNOTATED) for snp_set in settings.snp_sets]
    else:
        models = fit_gene(job.dosages, job.ranks, job.expression, settings, np.abs(job.positions - job.task.tss))
    joint = joint_covariances(job.dosages, models)
    text = gene_text(job.task, models, joint, job.variants, settings.alpha, len(settings.folds))
    statuses = [f"{model.status}: {model.reason}" if model.reason else model.status for model in models]
    predictors = [
        Predictor(job.task.gene_id, model.snp_set, float(np.median(job.positions[model.columns])), model.predicted)
        for model in models
        if model.columns is not None and model.predicted is not None
    ]
    return GeneOutcome(text, statuses, predictors)


_settings: FitSettings | None = None


def _start(settings: FitSettings, parent: int) -> None:
    """In a new process: the parent alone answers Ctrl-C, and a killed parent leaves no process behind."""
    global _settings
    _settings = settings
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    solver()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(2)
    os._exit(1)


def _work(job: Job) -> GeneOutcome:
    if _settings is None:
        raise RuntimeError("the process was not started by fit_all")
    return fit_job(job, _settings)
