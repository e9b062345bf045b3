"""The rows of annotation files: which variants, in which order, under which names."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tcra.common.accounting import Count
from tcra.common.genome.chromosomes import plain_name
from tcra.errors import UserError
from tcra.variants.annotation.annotation_sources import AnnotationSource, BaselineSource, ScoreSource
from tcra.variants.annotation.reference_sites import AnnotationRows
from tcra.variants.tables.match_variants import places_either_way
from tcra.variants.tables.rs_numbers import rs_texts
from tcra.variants.tables.rsids import Rsids
from tcra.variants.tables.sites import Sites


def joined_rows(
    chrom: str,
    sources: Sequence[AnnotationSource],
    sites: Mapping[str, AnnotationRows] | None,
    rsids: Rsids | None,
    count: Count,
) -> tuple[AnnotationRows, list[NDArray[np.int64]]]:
    """Rows of one chromosome, and for each source the place of each row in the source's own order (−1: the source lacks it).

    With `sites`, the rows are those sites, all of them, in their order. Else they are the variants that all sources share, in the
    first source's order and (of a baseline) under its names. Ref and alt may be exchanged; the first source's
    order is taken. `count` gets each variant of the first source (or site): passed if the others have it, else rejected.
    """
    if sites is not None:
        rows = sites[chrom]
        places = [places_either_way(source.sites(chrom), rows.sites) for source in sources]
        count.received(len(rows.sites))
        found = np.logical_and.reduce([place >= 0 for place in places])
        count.passed(int(found.sum()))
        count.reject_many("site without a score or baseline annotation (its annotation is 0)", int((~found).sum()))
        return rows, places
    first = sources[0]
    own = first.sites(chrom)
    count.received(len(own))
    keep = np.arange(len(own))
    for other in sources[1:]:
        shared = places_either_way(other.sites(chrom), own.take(keep)) >= 0
        count.reject_many(f"not in {other.name}", int((~shared).sum()))
        keep = keep[shared]
    count.passed(len(keep))
    rows = AnnotationRows(chrom, own, _names(first, chrom, own, rsids)).take(keep)
    return rows, [keep, *(places_either_way(other.sites(chrom), rows.sites) for other in sources[1:])]


def _names(source: AnnotationSource, chrom: str, sites: Sites, rsids: Rsids | None) -> pa.Array:
    """Column SNP: a baseline's own names, else rs numbers (those of `rsids` first), else `chrom_pos_ref_alt`."""
    if isinstance(source, BaselineSource):
        return source.identity(chrom).column("SNP").cast(pa.string()).combine_chunks()
    numbers = source.rs_numbers(chrom) if isinstance(source, ScoreSource) else np.zeros(len(sites), np.int64)
    if rsids is not None:
        listed = rsids.of(sites)
        numbers = np.where(listed > 0, listed, numbers)
    return pc.coalesce(rs_texts(numbers), sites.columns()["variant_id"])


def shared_chromosomes(sources: Sequence[AnnotationSource], sites: Mapping[str, AnnotationRows] | None) -> list[str]:
    """Chromosomes that all sources have. Errors: UserError if there is none."""
    chromosomes = [plain_name(chrom) for chrom in sources[0].chromosomes()]
    for other in [set(source.chromosomes()) for source in sources[1:]] + ([set(sites)] if sites is not None else []):
        chromosomes = [chrom for chrom in chromosomes if chrom in other]
    if not chromosomes:
        named = ", ".join(source.name for source in sources) + (" and the sites" if sites is not None else "")
        raise UserError(f"{named} share no chromosome; {sources[0].name} has {', '.join(sources[0].chromosomes()[:5])}")
    return chromosomes
