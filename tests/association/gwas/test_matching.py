"""Ids in any notation, positions, liftover by a real chain, strands, frequencies."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tcra.association.explain_overlap import notation_of
from tcra.common.genome.liftover import LIFTED, Liftover
from tcra.common.genome.one_hot import complement

from ..conftest import write_covariance, write_model


def rewrite(path: Path, out: Path, change) -> Path:
    """The GWAS with the cells of each row changed by `change(dict)`."""
    header, *lines = path.read_text().splitlines()
    names = header.split("\t")
    rows = [change(dict(zip(names, line.split("\t"), strict=True))) for line in lines]
    out.write_text("\n".join(["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]) + "\n")
    return out


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path).set_index("gene")


@pytest.fixture
def plain(small, associate_main) -> pd.DataFrame:
    associate_main(*small.arguments, "--gwas_file", small.gwas, "--output_file", small.folder / "plain.csv")
    return read(small.folder / "plain.csv")


def test_a_gwas_without_ids_is_matched_by_position(small, plain: pd.DataFrame, associate_main, user_error) -> None:
    gwas = rewrite(small.gwas, small.folder / "places.tsv", lambda row: {n: row[n] for n in row if n != "SNP"})
    with user_error("give --match-by position"):
        associate_main(*small.arguments, "--gwas_file", gwas, "--output_file", small.out)
    associate_main(*small.arguments, "--gwas_file", gwas, "--match-by", "position", "--output_file", small.out)
    pd.testing.assert_frame_equal(read(small.out), plain)
    text = gwas.read_text().replace("CHR", "contig_name")
    gwas.write_text(text)
    with user_error("has no column of the variant's id"):
        associate_main(
            *small.arguments, "--gwas_file", gwas, "--match-by", "position", "--output_file", small.folder / "other.csv"
        )


NOTATIONS = {
    "chr_pos_ref_alt_b38": "chr{CHR}_{BP}_{A2}_{A1}_b38",
    "chr:pos:ref:alt": "{CHR}:{BP}:{A2}:{A1}",
    "chr:pos": "chr{CHR}:{BP}",
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_ids_that_hold_positions(notation: str, small, plain: pd.DataFrame, associate_main, user_error) -> None:
    def change(row: dict[str, str]) -> dict[str, str]:
        name = NOTATIONS[notation].format(**row)
        return {"SNP": name, **{key: row[key] for key in ("A1", "A2", "BETA", "P")}}

    gwas = rewrite(small.gwas, small.folder / "ids.tsv", change)
    if (
        notation == "chr_pos_ref_alt_b38"
    ):  # the build is the same as the model's varIDs say: matched by position without the flag
        associate_main(*small.arguments, "--gwas_file", gwas, "--output_file", small.out)
        pd.testing.assert_frame_equal(read(small.out), plain)
        small.out.unlink()
        gwas.write_text(gwas.read_text().replace("_b38", "_b37"))
    with user_error("give --match-by position"):  # as ids they have nothing in common
        associate_main(*small.arguments, "--gwas_file", gwas, "--keep_non_rsid", "--output_file", small.out)
    associate_main(*small.arguments, "--gwas_file", gwas, "--match-by", "position", "--output_file", small.out)
    pd.testing.assert_frame_equal(read(small.out), plain)


def test_positions_from_columns(small, plain: pd.DataFrame, associate_main) -> None:
    gwas = rewrite(small.gwas, small.folder / "x.tsv", lambda row: {**row, "SNP": "none", "CHR": f"chr{row['CHR']}"})
    associate_main(*small.arguments, "--gwas_file", gwas, "--match-by", "position", "--output_file", small.out)
    pd.testing.assert_frame_equal(read(small.out), plain)


@pytest.mark.parametrize(
    ("text", "notation"),
    [("rs1", "rsid"), ("chr1_5_A_G_b38", "chr_pos_ref_alt_b38"), ("1_5_A_G", "chr_pos_ref_alt"), ("X:5:A:G", "chr:pos:ref:alt"),
     ("1:5", "chr:pos"), ("exm123", "other")],
)  # fmt: skip
def test_notation(text: str, notation: str) -> None:
    assert notation_of(text) == notation


def test_liftover(small, shared_data: Path, associate_main, user_error) -> None:
    """A GWAS on hg19 against a model on hg38, by the real chain; one variant lies where the strand turns."""
    chain = next((shared_data / "liftover").glob("hg19ToHg38*"))
    lift = Liftover(chain)
    candidates = np.arange(1_000_000, 248_000_000, 50_000)
    answer = lift.lift("1", candidates)
    good = (answer.status == LIFTED) & (np.array(lift.targets)[answer.chrom] == "chr1")
    turned, straight = np.flatnonzero(good & ~answer.forward), np.flatnonzero(good & answer.forward)
    chosen = [straight[0], straight[1000], turned[0]]
    lines, weights = ["SNP CHR BP A1 A2 BETA SE"], []
    for number, i in enumerate(chosen):
        ref, alt = ("A", "G") if answer.forward[i] else (complement("A"), complement("G"))
        place = f"chr1_{answer.position[i] + 1}_{ref}_{alt}_b38"
        weights.append((place, place, "G1", 0.5 - number, ref, alt))
        lines.append(f"rs{number} 1 {candidates[i] + 1} G A {0.1 * (number + 1)} 0.05")
    unmapped = candidates[np.flatnonzero(answer.status != LIFTED)[0]]
    lines.append(f"rs77 1 {unmapped + 1} G A 0.1 0.05")
    model = write_model(small.folder / "lift.db", weights)
    covariance = write_covariance(small.folder / "lift.cov", model)
    gwas = small.folder / "hg19.txt"
    gwas.write_text("\n".join(lines) + "\n")
    arguments = ["--model_db_path", model, "--covariance", covariance, "--gwas_file", gwas, "--output_file", small.out]
    with user_error("positions of another genome build need --liftover with a chain file"):
        associate_main(*arguments, "--match-by", "position")
    associate_main(*arguments, "--match-by", "position", "--liftover", chain, "--snps-used", small.folder / "snps.tsv")
    assert read(small.out).loc["G1", "n_snps_used"] == 3
    snps = pd.read_csv(small.folder / "snps.tsv", sep="\t")
    np.testing.assert_allclose(snps["zscore"], [2, 4, 6], rtol=1e-6)
    counts = (small.folder / "out.csv.accounting.json").read_text()
    assert '"position is missing or in no chain": 1' in counts
    with user_error("give --match-by position too"):
        associate_main(*arguments, "--liftover", chain, "--overwrite")


def test_other_strand(small, plain: pd.DataFrame, associate_main) -> None:
    """All alleles on the other strand: without --resolve-strand only the palindromic SNP stays, as it stands."""
    turn = str.maketrans("ACGT", "TGCA")

    def change(row: dict[str, str]) -> dict[str, str]:
        return {**row, "A1": row["A1"].translate(turn)[::-1], "A2": row["A2"].translate(turn)[::-1]}

    gwas = rewrite(small.gwas, small.folder / "turned.tsv", change)
    associate_main(*small.arguments, "--gwas_file", gwas, "--output_file", small.out)
    assert read(small.out)["n_snps_used"].to_dict() == {"G2": 1}
    associate_main(*small.arguments, "--gwas_file", gwas, "--resolve-strand", "--output_file", small.out, "--overwrite")
    resolved = read(small.out)
    pd.testing.assert_series_equal(resolved.loc["G1"], plain.loc["G1"])
    assert (
        resolved.loc["G2", "n_snps_used"] == 2
    )  # the indel came back; A/T cannot be told, and is matched as it stands


def test_frequencies(small, associate_main) -> None:
    """The dosage variance of 0.4 is a minor allele frequency of 0.276; rs3 has 0.4, and 0.9 is far from either."""
    gwas = rewrite(
        small.gwas, small.folder / "f.tsv", lambda r: {**r, "FRQ": "0.95" if r["SNP"] == "rs2" else r["FRQ"]}
    )
    used = small.folder / "snps.tsv.gz"
    associate_main(*small.arguments, "--gwas_file", gwas, "--snps-used", used, "--output_file", small.out)
    snps = pd.read_csv(used, sep="\t").set_index("snp")
    np.testing.assert_allclose(snps["model_frequency"], 0.276393, atol=1e-6)
    np.testing.assert_allclose(snps["gwas_frequency"], [0.3, 0.05, 0.4, 0.2])
    assert '"beyond_0.2": 1' in (small.folder / "out.csv.accounting.json").read_text()
    assert (snps["use"] == "used").all()
    associate_main(
        *small.arguments, "--gwas_file", gwas, "--snps-used", used, "--max-frequency-difference", "0.2",
        "--output_file", small.out, "--overwrite",
    )  # fmt: skip
    snps = pd.read_csv(used, sep="\t").set_index("snp")
    assert snps.loc["rs2", "use"] == "allele frequency differs from the model's"
    assert read(small.out).loc["G1", "n_snps_used"] == 1


def test_one_id_with_swapped_alleles_in_two_genes(small, associate_main) -> None:
    """The reference gives one of the two genes the wrong sign."""
    weights = [("rs1", "1_1_A_G", "G1", 0.5, "A", "G"), ("rs1", "1_1_A_G", "G2", 0.5, "G", "A")]
    model = write_model(small.folder / "swapped.db", weights)
    covariance = write_covariance(small.folder / "swapped.cov", model)
    associate_main(
        "--model_db_path", model, "--covariance", covariance, "--gwas_file", small.gwas, "--output_file", small.out
    )
    table = read(small.out)
    assert table.loc["G1", "zscore"] == -table.loc["G2", "zscore"] > 0


@pytest.mark.parametrize("spelling", ["chr_{}", "chr {}", "Chromosome{}", "0{}", "{}.0", "CHR0{}"])
def test_chromosomes_in_any_spelling(spelling: str, small, plain: pd.DataFrame, associate_main) -> None:
    gwas = rewrite(small.gwas, small.folder / "g.tsv", lambda row: {**row, "CHR": spelling.format(row["CHR"])})
    associate_main(*small.arguments, "--gwas_file", gwas, "--match-by", "position", "--output_file", small.out)
    pd.testing.assert_frame_equal(read(small.out), plain)


def test_rounded_positions_are_refused(small, associate_main, user_error) -> None:
    """As a spreadsheet writes them: some would meet another variant of the models."""
    gwas = rewrite(small.gwas, small.folder / "g.tsv", lambda row: {**row, "BP": f"{int(row['BP']) + 4:.1e}"})
    with user_error("g.tsv: the position column has positions that are rounded, such as 1.0e+03"):
        associate_main(*small.arguments, "--gwas_file", gwas, "--match-by", "position", "--output_file", small.out)
