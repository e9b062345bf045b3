#!/usr/bin/env python3
"""Claim: a window's dosages are read from any format at the rates of docs/gene_models.md; text is the slowest.

    benchmarks/genotype_readers.py --genotypes VCF [--window 2000000]

VCF: indexed, of one chromosome. Its first 50,000 variants of two alleles are written as BCF, PLINK 1 and PLINK 2 files (Pgenlib, if it is
there); a window in the middle and all of them are read. Prints variants per CPU second, and genotypes per CPU second (variants × people).
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bin"))
from tcra.expression.genotypes.open import open_genotypes
from tcra.expression.genotypes.record import GenotypeRecord

VARIANTS = 50_000
ANY_POSITION = range(1, 2**29)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--genotypes", type=Path, required=True)
    parser.add_argument("--window", type=int, default=2_000_000)
    arguments = parser.parse_args()
    source = open_genotypes(arguments.genotypes)
    chrom, people = source.one_chromosome, source.samples
    records = []
    for record in source.records(chrom, [(1, 2**29 - 1)], ANY_POSITION, people):
        records.append(record)
        if len(records) == VARIANTS:
            break
    last = records[-1].position
    middle = records[len(records) // 2].position
    regions = {"window": (middle - arguments.window // 2, middle + arguments.window // 2), "all": (1, last)}
    with tempfile.TemporaryDirectory() as folder:
        files = {"VCF with index": arguments.genotypes, **convert(arguments.genotypes, records, people, Path(folder))}
        print(
            f"{len(people)} people, {len(records)} variants\nformat            read    variants  CPU s  variants/s  million genotypes/s"
        )
        for name, path in files.items():
            for kind, region in regions.items():
                start = time.process_time()
                file = open_genotypes(path)
                number = sum(1 for _ in file.records(chrom, [region], range(region[0], region[1] + 1), people))
                seconds = time.process_time() - start
                print(
                    f"{name:17} {kind:6} {number:9} {seconds:6.2f} {number / seconds:11.0f} {number * len(people) / seconds / 1e6:20.1f}",
                    flush=True,
                )


def convert(vcf: Path, records: list[GenotypeRecord], people: list[str], folder: Path) -> dict[str, Path]:
    import cyvcf2
    from bed_reader import to_bed

    reader = cyvcf2.VCF(str(vcf))
    writer = cyvcf2.Writer(str(folder / "g.bcf"), reader, mode="wb")
    for number, variant in enumerate(reader, 1):
        writer.write_record(variant)
        if number == len(records):
            break
    writer.close()
    dosages = np.stack([record.dosages for record in records], 1)
    properties = {
        "iid": people, "chromosome": ["22"] * len(records), "bp_position": [r.position for r in records],
        "sid": [r.name for r in records], "allele_1": [r.alt for r in records], "allele_2": [r.ref for r in records],
    }  # fmt: skip
    to_bed(folder / "g.bed", dosages.astype(np.float32), properties=properties)
    files = {"BCF, no index": folder / "g.bcf", "PLINK 1 .bed": folder / "g.bed"}
    try:
        import pgenlib
    except ImportError:
        return files
    pgen = pgenlib.PgenWriter(str(folder / "p.pgen").encode(), len(people), variant_ct=len(records), nonref_flags=False)
    for row in np.ascontiguousarray(dosages.T.astype(np.int8)):
        pgen.append_biallelic(row)
    pgen.close()
    lines = "".join(f"22\t{r.position}\t{r.name}\t{r.ref}\t{r.alt}\n" for r in records)
    (folder / "p.pvar").write_text("#CHROM\tPOS\tID\tREF\tALT\n" + lines)
    (folder / "p.psam").write_text("#IID\n" + "".join(f"{name}\n" for name in people))
    return {**files, "PLINK 2 .pgen": folder / "p.pgen"}


if __name__ == "__main__":
    main()
