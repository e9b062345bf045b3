"""Liftover: against a second implementation, there and back on real variants, and haplotypes on a made-up inversion."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcra.common.genome.fasta import Genome
from tcra.common.genome.liftover import IN_NO_CHAIN, IN_SEVERAL_CHAINS, LIFTED, Liftover
from tcra.common.genome.one_hot import reverse_complement
from tcra.errors import UserError
from tcra.variants.lifting.alleles import HAS_INSERTION, NEEDS_GENOME, NEITHER, lift_alleles
from tcra.variants.lifting.lift_sites import (
    CONTIG,
    MANY,
    MOVED_REPEAT,
    NOT_IN_CHAIN,
    REPEATED_VARIANT,
    SPLIT,
    TAKEN,
    lift_sites,
)
from tcra.variants.tables.sites import sites_of


@pytest.fixture(scope="module")
def real_variants(shared_data: Path) -> list[tuple[str, int, str, str]]:
    with gzip.open(shared_data / "seed" / "Example_input_tCRAs.txt.gz", "rt") as text:
        cells = (line.strip().split("_") for line in text)
        return sorted({(chrom, int(position), ref, alt) for chrom, position, ref, alt in cells})


def test_positions_are_those_of_pyliftover(shared_data: Path, real_variants: list[tuple[str, int, str, str]]) -> None:
    from pyliftover import LiftOver

    path = shared_data / "liftover" / "hg38ToHg19.over.chain.gz"
    second = LiftOver(str(path))
    starts = np.array([position - 1 for chrom, position, *_ in real_variants if chrom == "1"], np.int64)
    chains = Liftover(path)
    ours = chains.lift("1", starts)
    for row, start in enumerate(starts.tolist()):
        theirs = second.convert_coordinate("chr1", start) or []
        assert ours.status[row] == (IN_NO_CHAIN if not theirs else LIFTED if len(theirs) == 1 else IN_SEVERAL_CHAINS)
        if len(theirs) == 1:
            chrom, position, strand, _ = theirs[0]
            found = (chains.targets[ours.chrom[row]], ours.position[row], "+" if ours.forward[row] else "-")
            assert found == (chrom, position, strand)
    assert len(starts) > 90_000 and (~ours.forward).sum() > 1000


@pytest.mark.thorough
def test_there_and_back(
    shared_data: Path, tmp_path: Path, script, real_variants: list[tuple[str, int, str, str]]
) -> None:
    """100,000 real variants from hg38 to hg19 and back: at their place again, or listed with the reason."""
    forth, back_again = (shared_data / "liftover" / f"{name}.over.chain.gz" for name in ("hg38ToHg19", "hg19ToHg38"))
    seed = shared_data / "seed" / "Example_input_tCRAs.txt.gz"
    script("lift_variants.py", "--variants", seed, "--chain", forth, "--out", tmp_path / "hg19.tsv.gz")
    script(
        "lift_variants.py",
        "--variants",
        tmp_path / "hg19.tsv.gz",
        "--chain",
        back_again,
        "--out",
        tmp_path / "hg38.tsv.gz",
    )
    there, back = (
        pd.read_csv(tmp_path / f"{build}.tsv.gz", sep="\t", dtype={"chrom": str}) for build in ("hg19", "hg38")
    )
    origin = there.set_index("variant_id")["source_variant_id"]
    returned = origin[back["source_variant_id"]].to_numpy() == back["variant_id"].to_numpy()
    assert returned.mean() > 0.998
    # UCSC's chains are no inverses in segmental duplications; with both, only what comes back is lifted.
    script(
        "lift_variants.py",
        "--variants",
        seed,
        "--chain",
        forth,
        "--back-chain",
        back_again,
        "--out",
        tmp_path / "sure.tsv",
    )
    sure = pd.read_csv(tmp_path / "sure.tsv", sep="\t")
    assert set(sure["source_variant_id"]) == set(back["variant_id"][returned])
    # Every variant is in the table or among the rejected.
    rejected = pd.read_csv(tmp_path / "hg19.tsv.gz.rejected.tsv.gz", sep="\t")
    assert set(there["source_variant_id"]) | set(rejected["what"]) == {"_".join(map(str, v)) for v in real_variants}
    assert len(there) + len(rejected) == 100_000
    assert (there["strand"] == "-").sum() > 1000
    turned = there[there["strand"] == "-"].iloc[0]
    assert [turned["ref"], turned["alt"]] == [reverse_complement(a) for a in turned["source_variant_id"].split("_")[2:]]


# A made-up genome: the target has the middle of the source turned round, and its first 10 bases are missing.
LEFT, RIGHT, CUT = 40, 90, 10


def write_world(folder: Path, source: str) -> tuple[Path, Path, str]:
    """(chain file, target FASTA, target sequence) for `source`."""
    target = source[CUT:LEFT] + reverse_complement(source[LEFT:RIGHT]) + source[RIGHT:]
    size, new = len(source), len(target)
    middle = new - (RIGHT - CUT), new - (LEFT - CUT)
    lines = [
        f"chain 9 chr1 {size} + {CUT} {LEFT} chr1 {new} + 0 {LEFT - CUT} 1\n{LEFT - CUT}\n",
        f"chain 8 chr1 {size} + {LEFT} {RIGHT} chr1 {new} - {middle[0]} {middle[1]} 2\n{RIGHT - LEFT}\n",
        f"chain 7 chr1 {size} + {RIGHT} {size} chr1 {new} + {RIGHT - CUT} {new} 3\n{size - RIGHT}\n",
    ]
    (folder / "x.chain").write_text("\n".join(lines))
    (folder / "target.fa").write_text(f">chr1\n{target}\n")
    return folder / "x.chain", folder / "target.fa", target


def apply(sequence: str, start: int, ref: str, alt: str) -> str:
    assert sequence[start : start + len(ref)] == ref
    return sequence[:start] + alt + sequence[start + len(ref) :]


@given(
    st.text("ACGT", min_size=130, max_size=130), st.integers(CUT, 120), st.integers(1, 4),
    st.text("ACGT", min_size=1, max_size=4), st.booleans(),
)  # fmt: skip
def test_lifted_variant_makes_the_same_haplotype(
    tmp_path_factory: pytest.TempPathFactory, source: str, start: int, length: int, alt: str, with_genome: bool
) -> None:
    """Substitutions, insertions and deletions on both strands: the changed sequence is the same in both builds."""
    chain, fasta, target = write_world(tmp_path_factory.mktemp("world"), source)
    ref = source[start : start + length]
    if len(ref) != len(alt):
        alt = ref[0] + alt[1:]  # anchored, as in VCF
    if ref == alt:
        return
    reasons: dict[int, str] = {}
    sites = sites_of([("1", start + 1, ref, alt)])
    with Genome(fasta) as genome:
        lifted = lift_sites(sites, Liftover(chain), genome if with_genome else None, reasons.__setitem__)
    end = start + length
    pieces = [(CUT, LEFT), (LEFT, RIGHT), (RIGHT, len(source))]
    inside = [piece for piece in pieces if piece[0] <= start and end <= piece[1]]
    if not inside:
        assert reasons[0] == SPLIT
        return
    if reasons and with_genome:  # the chain's gaps may lie in a repeat that the variant is in
        assert reasons[0] == MOVED_REPEAT and len(ref) != len(alt)
        return
    if reasons:
        assert reasons[0] == NEEDS_GENOME and not with_genome and len(ref) != len(alt) and LEFT <= start < RIGHT
        return
    changed = apply(source, start, ref, alt)
    shift = len(alt) - len(ref)
    low, high = LEFT + (shift if end <= LEFT else 0), RIGHT + (shift if end <= RIGHT else 0)
    expected = changed[CUT:low] + reverse_complement(changed[low:high]) + changed[high:]
    columns = lifted.sites.columns()
    place, new_ref, new_alt = (columns[name][0].as_py() for name in ("pos", "ref", "alt"))
    assert apply(target, place - 1, new_ref, new_alt) == expected
    assert lifted.forward[0] == (not LEFT <= start < RIGHT) and not lifted.swapped[0]


@given(st.text("ACGT", min_size=130, max_size=130), st.integers(CUT, 129), st.sampled_from("ACGT"))
def test_single_bases_against_a_genome_that_has_alt_or_neither(
    tmp_path_factory: pytest.TempPathFactory, source: str, start: int, alt: str
) -> None:
    """Lifted onto the other allele's genome, ref and alt change places; where the genome has a third base, there is no answer."""
    if alt == source[start]:
        return
    third = next(base for base in "ACGT" if base not in (alt, source[start]))
    variant = sites_of([("1", start + 1, source[start], alt)])
    for there, swapped in ((source[start], False), (alt, True), (third, None)):
        chain, fasta, target = write_world(
            tmp_path_factory.mktemp("world"), source[:start] + there + source[start + 1 :]
        )
        reasons: dict[int, str] = {}
        with Genome(fasta) as genome:
            lifted = lift_sites(variant, Liftover(chain), genome, reasons.__setitem__)
        if swapped is None:
            assert reasons == {0: NEITHER} and not len(lifted.sites)
            continue
        columns = lifted.sites.columns()
        place, new_ref = columns["pos"][0].as_py(), columns["ref"][0].as_py()
        assert lifted.swapped.tolist() == [swapped] and target[place - 1] == new_ref


def test_alleles_against_the_target_genome(tmp_path: Path) -> None:
    (tmp_path / "g.fa").write_text(">1\nAACGTTTTG\n")
    with Genome(tmp_path / "g.fa") as genome:

        def lift(start: int, end: int, forward: bool, ref: str, alt: str) -> object:
            answer = lift_alleles("1", start, end, forward, ref, alt, genome)
            return answer if isinstance(answer, str) else (answer.start, answer.ref, answer.alt, answer.swapped)

        assert lift(2, 3, True, "C", "T") == (2, "C", "T", False)
        assert lift(2, 3, True, "T", "C") == (2, "C", "T", True)
        assert lift(2, 3, False, "G", "A") == (2, "C", "T", False)
        assert lift(2, 3, False, "A", "G") == (2, "C", "T", True)
        assert lift(2, 3, True, "A", "T") == NEITHER
        assert lift(3, 5, True, "GT", "G") == (3, "GT", "G", False)
        assert lift(3, 4, True, "GA", "GTT") == (3, "GTT", "GA", True)
        # What a deletion leaves is in the target whatever follows it: that says nothing of the allele there.
        assert lift(3, 5, True, "GA", "G") == NEITHER
        assert lift(2, 4, False, "GG", "G") == NEITHER
        assert lift(7, 8, False, "A", "AA") == (3, "G", "GT", False)  # shifted to the left end of the run of T
        assert lift(8, 12, True, "GGGG", "G") == "position is past the chromosome's end"


@pytest.mark.parametrize("forward", [True, False])
def test_an_insertion_that_the_target_has(tmp_path: Path, forward: bool) -> None:
    """The chain skips as many bases of the target as the variant inserts: ref and alt change places, if they are the inserted ones."""
    source = "ACGTTGCAACGGTCAATGCC"
    for inserted, swapped in (("TCA", True), ("TCG", None)):
        target = source[:9] + "TCA" + source[9:]
        place = "+ 0 23" if forward else "- 0 23"
        (tmp_path / "x.chain").write_text(f"chain 9 chr1 20 + 0 20 chr1 23 {place} 1\n9 0 3\n11\n")
        (tmp_path / "g.fa").write_text(f">chr1\n{target if forward else reverse_complement(target)}\n")
        (tmp_path / "g.fa.fai").unlink(missing_ok=True)
        variant = sites_of([("1", 9, source[8], source[8] + inserted)])
        reasons: dict[int, str] = {}
        with Genome(tmp_path / "g.fa") as genome:
            lifted = lift_sites(variant, Liftover(tmp_path / "x.chain"), genome, reasons.__setitem__)
            if swapped is None:
                assert reasons == {0: NEITHER}
                continue
            columns = lifted.sites.columns()
            start, ref, alt = (columns[name][0].as_py() for name in ("pos", "ref", "alt"))
            sequence = genome.sequence("1", 0, 23)
        assert lifted.swapped.tolist() == [True] and lifted.forward.tolist() == [forward]
        assert apply(sequence, start - 1, ref, alt) == (source if forward else reverse_complement(source))
        lift_sites(variant, Liftover(tmp_path / "x.chain"), None, reasons.__setitem__)
        assert reasons[0] == (HAS_INSERTION if forward else NEEDS_GENOME)
        shorter = sites_of([("1", 9, source[8], source[8] + "TC")])
        assert lift_sites(shorter, Liftover(tmp_path / "x.chain"), None, lambda *_: None).swapped.sum() == 0


def test_every_reason(tmp_path: Path) -> None:
    chain = (
        "chain 9 chr1 1000 + 0 200 chr1 2000 + 0 200 1\n200\n\n"
        "chain 8 chr1 1000 + 100 200 chr2 2000 + 500 600 2\n100\n\n"
        "chain 7 chr1 1000 + 300 500 chr1_KI1_alt 900 + 0 200 3\n200\n\n"
        "chain 6 chr1 1000 + 600 1000 chr1 2000 + 0 400 4\n400\n"
    )
    (tmp_path / "x.chain").write_text(chain)
    places = [("1", 50), ("1", 150), ("1", 350), ("1", 250), ("5", 9), ("1", 650), ("1", 700), ("1", 700)]
    variants = [
        *((chrom, position, "A", "C") for chrom, position in places),
        ("1", 198, "ACGTA", "A"),
        ("1", 60, "G", "C"),
    ]
    reasons: dict[int, str] = {}
    lifted = lift_sites(sites_of(variants), Liftover(tmp_path / "x.chain"), None, reasons.__setitem__)
    assert reasons == {
        1: MANY,
        2: CONTIG,
        3: "position is in no chain",
        4: NOT_IN_CHAIN,
        5: TAKEN,
        7: REPEATED_VARIANT,
        8: MANY,
    }
    assert lifted.rows.tolist() == [0, 6, 9]
    assert lifted.sites.identifiers() == ["1_50_A_C", "1_100_A_C", "1_60_G_C"]


def test_scores_change_their_sign_with_the_alleles(tmp_path: Path, made_up_scores, write_scores, script) -> None:
    generator = np.random.default_rng(1)
    source = "".join(generator.choice(list("ACGT"), 200_100))
    frame = made_up_scores(700)
    frame = frame[frame["chrom"] == "1"].reset_index(drop=True)
    swapped = generator.random(len(frame)) < 0.02
    target = list(source)
    for row, (position, ref, alt) in enumerate(zip(frame["pos"], frame["ref"], frame["alt"], strict=True)):
        target[position - 1 + 50] = alt if swapped[row] else ref
    (tmp_path / "g.fa").write_text(">chr1\n" + "".join(target) + "\n")
    (tmp_path / "x.chain").write_text("chain 9 chr1 200100 + 0 200050 chr1 200100 + 50 200100 1\n200050\n")
    folder = write_scores(tmp_path / "s", frame, shards=2, row_group=50)
    script("lift_variants.py", "--variants", folder, "--chain", tmp_path / "x.chain", "--target-fasta", tmp_path / "g.fa",
           "--out", tmp_path / "out.parquet")  # fmt: skip
    table = pq.read_table(tmp_path / "out.parquet").to_pandas()
    assert table.columns.tolist() == frame.columns.tolist()
    assert table["pos"].tolist() == (frame["pos"] + 50).tolist()
    assert table["ref"].tolist() == np.where(swapped, frame["alt"], frame["ref"]).tolist() and swapped.sum() > 0
    for track in ("track0", "track3"):
        np.testing.assert_array_equal(table[track], frame[track] * np.where(swapped, -1, 1))
    np.testing.assert_array_equal(table["mean_abs"], frame["mean_abs"])
    assert table["rsid"].fillna("").tolist() == frame["rsid"].fillna("").tolist()
    script("rank_variants.py", "--scores", tmp_path / "out.parquet", "--set-sizes", "5", "--out", tmp_path / "ranked")


@pytest.mark.thorough
def test_what_stops_with_one_line(tmp_path: Path, shared_data: Path, script) -> None:
    chain = shared_data / "liftover" / "hg38ToHg19.over.chain.gz"
    variants = tmp_path / "v.txt"
    (tmp_path / "junk.chain").write_text("hello\n")
    (tmp_path / "cut.chain.gz").write_bytes(chain.read_bytes()[:100_000])
    (tmp_path / "short.chain").write_text("chain 9 chr1 1000 + 0 200 chr1 2000 + 0 200 1\n20\n")
    (tmp_path / "g.fa").write_text(">chr1\n" + "A" * 300 + "\n")
    (tmp_path / "x.chain").write_text("chain 9 chr1 1000 + 0 200 chr1 300 + 0 200 1\n200\n")
    far = "1_249200000_A_C\n"  # on hg19's chromosome 1, beyond the end of hg38's
    near = "".join(f"1_{position}_C_G\n" for position in range(1, 101))
    for text, arguments, message in [
        (near, ["--chain", tmp_path / "junk.chain"], "junk.chain has no chain"),
        (near, ["--chain", tmp_path / "cut.chain.gz"], "damaged or cut short"),
        (near, ["--chain", tmp_path / "short.chain"], "is not a whole chain file"),
        (far, ["--chain", chain], "1:249200000 is beyond the end of chr1 (248956422)"),
        (near, ["--chain", chain], "100 of 100 variants are in no chain"),
        (
            near,
            ["--chain", tmp_path / "x.chain", "--target-fasta", tmp_path / "g.fa"],
            "100 of 100 variants have neither allele",
        ),
        ("nothing of the kind\n", ["--chain", chain], "has no variants: expected chrom, pos, ref, alt"),
    ]:
        variants.write_text(text)
        done = script("lift_variants.py", "--variants", variants, *arguments, "--out", tmp_path / "out.tsv", status=2)
        assert message in done.stderr.splitlines()[-1], (message, done.stderr)
        assert not (tmp_path / "out.tsv").exists()


def test_lengths_are_read_from_the_chains(shared_data: Path) -> None:
    chains = Liftover(shared_data / "liftover" / "hg19ToHg38.over.chain.gz")
    assert chains.source_lengths["chr1"] == 249_250_621 and chains.target_lengths["chr1"] == 248_956_422
    assert chains.lift("chr77", np.arange(3)).status.tolist() == [IN_NO_CHAIN] * 3
    with pytest.raises(UserError, match="no such file"):
        Liftover(Path("nowhere.chain"))


REPEATS = {
    "one letter": ("GGG", "G"),
    "two letters": ("CACACA", "CA"),
    "three letters": ("GATGATGAT", "GAT"),
    "long": ("T" * 40, "T"),
}


@pytest.mark.parametrize("gap", ["left", "middle", "right"])
@pytest.mark.parametrize("name", sorted(REPEATS))
@pytest.mark.parametrize("longer", [True, False])
def test_indels_in_a_repeat_of_another_length(tmp_path: Path, name: str, longer: bool, gap: str) -> None:
    """The target has one copy more or less, and the chain's gap is anywhere along the repeat: exchanged or rejected, never as it was."""
    repeat, unit = REPEATS[name]
    generator = np.random.default_rng(len(repeat))
    before, after = ("".join(generator.choice(list("ACGT"), 300)) for _ in range(2))
    before, after = before[:-1] + ("A" if unit[-1] != "A" else "C"), ("C" if unit[0] != "C" else "A") + after[1:]
    source = before + repeat + after
    target = before + (repeat + unit if longer else repeat[len(unit) :]) + after
    (tmp_path / "g.fa").write_text(f">chr1\n{target}\n")
    length = min(len(repeat), len(repeat) + (len(unit) if longer else -len(unit)))
    first = 300 + {"left": 0, "middle": length // 2, "right": length}[gap]
    rest = len(source) - first - (0 if longer else len(unit))
    gaps = f"{first}\t0\t{len(unit)}" if longer else f"{first}\t{len(unit)}\t0"
    header = f"chain 9 chr1 {len(source)} + 0 {len(source)} chr1 {len(target)} + 0 {len(target)} 1"
    (tmp_path / "x.chain").write_text(f"{header}\n{gaps}\n{rest}\n\n")
    anchor = before[-1]
    variants = [
        ("1", 300, anchor, anchor + unit),
        ("1", 300, anchor + unit, anchor),
        ("1", 100, before[99], reverse_complement(before[99])),
    ]
    reasons: dict[int, str] = {}
    with Genome(tmp_path / "g.fa") as genome:
        lifted = lift_sites(sites_of(variants), Liftover(tmp_path / "x.chain"), genome, reasons.__setitem__)
    there = dict(
        zip(lifted.rows.tolist(), zip(lifted.sites.identifiers(), lifted.swapped.tolist(), strict=True), strict=True)
    )
    assert 2 in there  # a variant outside the repeat
    mine = 0 if longer else 1  # the variant whose alt haplotype is the target
    if mine in there:
        assert there[mine] == (f"1_300_{variants[mine][3]}_{variants[mine][2]}", True)
    assert 1 - mine not in there or not there[1 - mine][1]


def test_indels_in_a_repeat_of_the_same_length_are_lifted(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    letters = (
        "".join(generator.choice(list("ACGT"), 200))
        + "A"
        + "CTCTCTCT"
        + "G"
        + "".join(generator.choice(list("ACGT"), 200))
    )
    (tmp_path / "g.fa").write_text(f">chr1\n{letters}\n")
    size = len(letters)
    (tmp_path / "x.chain").write_text(f"chain 9 chr1 {size} + 0 {size} chr1 {size} + 0 {size} 1\n{size}\n\n")
    variants = [("1", 201, "A", "ACT"), ("1", 201, "ACT", "A"), ("1", 205, "T", "TCT")]
    with Genome(tmp_path / "g.fa") as genome:
        lifted = lift_sites(
            sites_of(variants), Liftover(tmp_path / "x.chain"), genome, lambda row, reason: pytest.fail(reason)
        )
    assert lifted.sites.identifiers() == ["1_201_A_ACT", "1_201_ACT_A", "1_205_T_TCT"] and not lifted.swapped.any()
