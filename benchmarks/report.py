#!/usr/bin/env python3
"""How long a large study's report takes to make and to open: a made-up study, its page, and the page in Chromium.

report.py [--genes 20000] [--sets 6] [--tissues 3] [--traits 5] [--out FOLDER]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tests" / "report")]

from browser import Browser  # noqa: E402
from tcra.association.study.combine import correct  # noqa: E402
from tcra.common.multiple_testing import benjamini_hochberg  # noqa: E402
from tcra.common.pvalues import minus_log10_pvalue, two_sided  # noqa: E402
from tcra.common.table_text import write_table  # noqa: E402

SIZES = (200_000, 500_000, 1_000_000, 1_500_000, 2_000_000, 3_500_000)


def make_study(folder: Path, genes: int, sets: int, tissues: int, traits: int) -> int:
    """Tables as COMBINE writes them, made with a seed; returns the number of tests."""
    random = np.random.default_rng(1)
    place = np.sort(random.integers(1, 240_000_000, genes))
    about = pd.DataFrame(
        {
            "gene": [f"ENSG{i:011d}.{1 + i % 18}" for i in range(genes)],
            "gene_name": [f"SYMBOL{i}" for i in range(genes)],
        }
    )
    parts, whole = [], []
    quality = random.beta(1, 9, (tissues, sets, genes))
    used = random.integers(1, 60, (tissues, sets, genes))
    for trait in range(traits):
        effect = np.where(random.random(genes) < 0.02, random.normal(0, 4, genes), 0)
        for tissue in range(tissues):
            shared = effect + random.normal(size=genes) * 0.8
            for at, size in enumerate(SIZES[:sets]):
                z = shared + 0.6 * random.normal(size=genes)
                name = f"tissue{tissue}_{size}"
                whose = {"trait": f"trait{trait}", "model": name, "snp_set": str(size), "tissue": f"tissue{tissue}"}
                snps = used[tissue, at]
                numbers = {"n_snps_used": snps, "n_snps_in_cov": snps, "n_snps_in_model": snps}
                fit: dict[str, float | np.ndarray] = {
                    "var_g": 0.1,
                    "pred_perf_r2": quality[tissue, at],
                    "pred_perf_pval": 0.01,
                    "pred_perf_qval": 0.01,
                }
                test = {"zscore": z, "effect_size": z / 40, "pvalue": two_sided(z)}
                parts.append(about.assign(**whose, **test, **numbers, flags="").assign(**fit))
            z = np.abs(shared) + 0.3
            p = two_sided(z)
            best: dict[str, Any] = {"models": sets, "best": str(SIZES[0]), "best_zscore": z, "best_pvalue": p}
            combined = {
                "acat_pvalue": p,
                "acat_minus_log10_pvalue": minus_log10_pvalue(z),
                "fdr": benjamini_hochberg(p),
            }
            whole.append(about.assign(trait=f"trait{trait}", tissue=f"tissue{tissue}", **best, **combined, tests=genes))
    table, omnibus = correct(pd.concat(parts, ignore_index=True)), pd.concat(whole, ignore_index=True)
    write_table(folder / "associations.tsv.gz", table)
    write_table(folder / "omnibus.tsv.gz", omnibus)
    lines = [
        f'chr{1 + i * 22 // genes}\tmade\tgene\t{at}\t{at + 5000}\t.\t+\t.\tgene_id "{gene}"; gene_name "{name}";\n'
        for i, (at, gene, name) in enumerate(zip(place, about["gene"], about["gene_name"], strict=True))
    ]
    (folder / "genes.gtf").write_text("".join(lines))
    return len(table) + len(omnibus)


def render(folder: Path) -> dict[str, float]:
    """Seconds, seconds of one processor and peak memory (GB) of render_report.py."""
    command = [sys.executable, ROOT / "bin" / "render_report.py", "--associations", folder / "associations.tsv.gz", "--omnibus",
               folder / "omnibus.tsv.gz", "--genes", folder / "genes.gtf", "--out", folder / "report"]  # fmt: skip
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True)
    seconds, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "render_s": round(seconds, 1),
        "processor_s": round(used.ru_utime + used.ru_stime, 1),
        "memory_GB": round(used.ru_maxrss / 1e6, 2),
    }


def look(folder: Path) -> dict[str, float]:
    """Seconds until something is on the screen and until the page's script is through, and milliseconds of a search."""
    browser = Browser(folder / "profile")
    page = browser.page(folder / "report" / "report.html")
    first = page.run("performance.now()")
    paint = page.run("performance.getEntriesByType('paint')[0]?.startTime ?? 0")
    ready = page.run("performance.getEntriesByName('ready')[0]?.startTime ?? 0")

    def timed(action: str) -> float:
        return float(
            page.run(f"(() => {{ const start = performance.now(); {action}; return performance.now() - start; }})()")
        )

    search = "byId('gene-search').value = 'symbol77{}'; byId('gene-controls').requestSubmit()"
    searches = [timed(search.format(i)) for i in range(9)]
    found = {
        "paint_s": paint / 1000,
        "ready_s": (ready or first) / 1000,
        "search_ms": float(np.median(searches)),
        "console": len(page.messages),
    }
    browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("genes", 20_000), ("sets", 6), ("tissues", 3), ("traits", 5)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    folder = given.out or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    tests = make_study(folder, given.genes, given.sets, given.tissues, given.traits)
    cost = render(folder)
    size = (folder / "report" / "report.html").stat().st_size / 1e6
    print(json.dumps({"tests": tests, **cost, "page_MB": round(size, 1), **look(folder)}))


if __name__ == "__main__":
    main()
