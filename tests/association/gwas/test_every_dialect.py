"""One GWAS, written in every dialect with the noise of real files, has the same z through every reader: ASSOCIATE's, the look of
CHECK_INPUTS, HARMONIZE's and RANK's."""

import csv
import gzip
import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from scipy.stats import norm
from tcra.association.gwas.check_gwas import check_gwas
from tcra.association.gwas.matching import IdMatcher, PositionMatcher
from tcra.association.gwas.read_gwas import open_gwas, read_gwas
from tcra.association.gwas.settings import GwasSettings
from tcra.errors import UserError
from tcra.variants.lifting.harmonize_scores import harmonize
from tcra.variants.ranking.evidence import read_p_values
from tcra.variants.tables.match_variants import matching_rows
from tcra.variants.tables.sites import sites_of
from tcra.variants.tables.variant_tables import read_variant_table

from .test_gwas_dialects import DIALECTS
from .test_gwas_files import SPECIAL

SEEDS = range(2)


def make_variants() -> list[SimpleNamespace]:
    generator = np.random.default_rng(17)
    made = []
    for number in range(60):
        ref, alt = [("A", "G"), ("C", "A"), ("C", "CT"), ("GTT", "G"), ("T", "C")][number % 5]
        effect, other = (alt, ref) if generator.random() < 0.5 else (ref, alt)
        beta, se = generator.normal(0, 0.2), generator.uniform(0.02, 0.1)
        made.append(
            SimpleNamespace(
                id=f"rs{number + 10}", chrom=["1", "22", "X"][number % 3], pos=1000 + 7 * number, ref=ref, alt=alt, a1=effect, a2=other,
                freq=round(generator.uniform(0.05, 0.95), 4), beta=beta, se=se, z=beta / se, p=2 * norm.sf(abs(beta / se)),
            )
        )  # fmt: skip
    return made


VARIANTS = make_variants()
# z of the alt allele; two variants have no value in the file.
TRUTH = np.array([v.z if v.a1 == v.alt else -v.z for v in VARIANTS])
WITHOUT = (5, 33)
ALL = {
    **DIALECTS,
    **{
        name: (header, lambda v, cells=cells: cells(v.id, v.chrom, v.pos, v.a1, v.a2, v.freq, v.beta, v.se))
        for name, (header, cells, _) in SPECIAL.items()
    },
}
LAYOUTS = {"tabs": "\t", "commas": ",", "semicolons": ";", "blanks": " "}


def written(name: str, generator: np.random.Generator) -> bytes:
    """The file, with what `generator` chooses of case, separator, quotes, blank lines, comments, line ends, mark and compression."""
    head, cells = ALL[name]
    *comments, header = head.split("\n")
    rows = [[str(cell) for cell in cells(one)] for one in _with_gaps()]
    if name == "GWAS-VCF":
        rows = [[cell.replace("nan", ".") for cell in row] for row in rows]
        separator, names = "\t", header.split()
        formats = (
            ("ES", "A", "Float"),
            ("SE", "A", "Float"),
            ("LP", "A", "Float"),
            ("AF", "A", "Float"),
            ("ID", "1", "String"),
        )
        comments += [f'##FORMAT=<ID={key},Number={size},Type={kind},Description="x">' for key, size, kind in formats]
    else:
        names = getattr(header, generator.choice(["upper", "lower", "strip"]))().split()
        empty = any(cell == "" for row in rows for cell in row)
        separator = LAYOUTS[generator.choice(["tabs", "commas", "semicolons"] if empty else list(LAYOUTS))]
        comments = ["# made by hand, 2020"] * generator.integers(0, 2)
        missing = generator.choice(["NA", "nan", ".", "N/A", "#NA", ""] if separator != " " else ["NA", ".", "NULL"])
        rows = [[missing if cell == "nan" else cell for cell in row] for row in rows]
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if separator in ",;" and generator.random() < 0.5 else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=separator, lineterminator="\n", quoting=quoting).writerows([names, *rows])
    lines = [*comments, *text.getvalue().splitlines()]
    if name != "GWAS-VCF" and generator.random() < 0.5:
        lines[len(comments) + 3 : len(comments) + 3] = ["", ""]
    data = (str(generator.choice(["\n", "\r\n"])).join([*lines, ""])).encode()
    if name != "GWAS-VCF" and generator.random() < 0.5:
        data = b"\xef\xbb\xbf" + data
    pack = generator.choice(["plain", "gzip", "zstd"]) if name != "GWAS-VCF" else "plain"
    return {"plain": bytes, "gzip": gzip.compress, "zstd": lambda x: zstandard.compress(x)}[pack](data)


def _with_gaps() -> list[SimpleNamespace]:
    nothing = {"beta": np.nan, "se": np.nan, "z": np.nan, "p": np.nan}
    return [SimpleNamespace(**{**vars(v), **(nothing if i in WITHOUT else {})}) for i, v in enumerate(VARIANTS)]


def known_rows() -> np.ndarray:
    return np.array([i not in WITHOUT for i in range(len(VARIANTS))])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ALL)
def test_the_same_z_through_every_reader(name: str, seed: int, tmp_path: Path) -> None:
    path = tmp_path / "gwas"
    path.write_bytes(written(name, np.random.default_rng([seed, *name.encode()])))
    check_gwas(path)
    _, columns = open_gwas(path, GwasSettings())
    has_ids = name not in ("Neale lab, UK Biobank", "BCAC")
    has_places = "position" in columns.roles or not has_ids
    if has_ids:
        found = z_of_alt(path, IdMatcher([pa.array([v.id for v in VARIANTS])], False))
        np.testing.assert_allclose(found[known_rows()], TRUTH[known_rows()], rtol=1e-6)
        assert np.isnan(found[list(WITHOUT)]).all()
    if has_places:
        keys = [f"chr{v.chrom}_{v.pos}_{v.ref}_{v.alt}_b38" for v in VARIANTS]
        matcher = PositionMatcher([pa.array(keys)])
        found = z_of_alt(path, matcher, matcher.code(np.array(keys, dtype=object)))
        np.testing.assert_allclose(found[known_rows()], TRUTH[known_rows()], rtol=1e-6)
    sites = sites_of([(v.chrom, v.pos, v.ref, v.alt) for v in VARIANTS])
    order = np.argsort(sites.keys)
    numbers = np.array([int(v.id[2:]) for v in VARIANTS])
    table = read_variant_table(path, ["p", "minus_log10_p"])
    if {"pvalue", "minus_log10_pvalue"} & set(columns.roles):
        rows = matching_rows(table, sites.take(order), numbers[order] if has_ids else None)
        p = np.full(len(VARIANTS), np.nan)
        p[order[rows[rows >= 0]]] = read_p_values(table)[rows >= 0]
        np.testing.assert_allclose(
            p[known_rows()], [v.p for v, use in zip(VARIANTS, known_rows(), strict=True) if use], rtol=1e-5
        )
    else:
        with pytest.raises(UserError, match="has no column of p"):
            read_p_values(table)
    if has_places:
        result = harmonize(sites, table.sites, "letters", None, None)
        assert (result.gwas_row >= 0).all()
        assert result.turned.tolist() == [v.a1 == v.ref for v in VARIANTS]


def z_of_alt(path: Path, matcher, code=None) -> np.ndarray:
    """z of each variant's alt allele, as ASSOCIATE reads it; NaN where there is none."""
    (file,) = read_gwas([path], matcher, GwasSettings(), rounded=False).files
    places = {int(c): i for i, c in enumerate(range(len(VARIANTS)) if code is None else code)}
    z = np.full(len(VARIANTS), np.nan)
    for c, effect, other, value in zip(file.code, file.effect_allele, file.other_allele, file.effects.z, strict=True):
        one = places[int(c)]
        assert {effect, other} == {VARIANTS[one].ref, VARIANTS[one].alt}
        z[one] = value if effect == VARIANTS[one].alt else -value
    return z
