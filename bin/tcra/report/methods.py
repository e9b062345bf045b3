"""The methods paragraph and its references: only of the stages that this run has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Citation:
    """A paper as it is cited."""

    text: str
    doi: str


REFERENCES = {
    "enformer": Citation(
        "Avsec Ž, Agarwal V, Visentin D, et al. Effective gene expression prediction from sequence by integrating long-range "
        "interactions. "
        "Nature Methods 18, 1196–1203 (2021).", "10.1038/s41592-021-01252-x"),
    "basenji": Citation(
        "Kelley DR, Reshef YA, Bileschi M, et al. Sequential regulatory activity prediction across chromosomes with "
        "convolutional neural networks. "
        "Genome Research 28, 739–750 (2018).", "10.1101/gr.227819.117"),
    "kipoi": Citation(
        "Avsec Ž, Kreuzhuber R, Israeli J, et al. The Kipoi repository accelerates community exchange and reuse of predictive "
        "models for genomics. "
        "Nature Biotechnology 37, 592–600 (2019).", "10.1038/s41587-019-0140-0"),
    "tcra": Citation(
        "Li Q, Wang D, Zhang Z, et al. Tissue-specific transfer learning improves functional variant and therapeutic target "
        "discoveries in breast and prostate cancer. "
        "PLoS Genetics 22(5), e1012145 (2026).", "10.1371/journal.pgen.1012145"),
    "elastic net": Citation(
        "Zou H, Hastie T. Regularization and variable selection via the elastic net. "
        "Journal of the Royal Statistical Society B 67, 301–320 (2005).", "10.1111/j.1467-9868.2005.00503.x"),
    "glmnet": Citation(
        "Friedman J, Hastie T, Tibshirani R. Regularization paths for generalized linear models via coordinate descent. "
        "Journal of Statistical Software 33(1), 1–22 (2010).", "10.18637/jss.v033.i01"),
    "predixcan": Citation(
        "Gamazon ER, Wheeler HE, Shah KP, et al. A gene-based association method for mapping traits using reference transcriptome data. "
        "Nature Genetics 47, 1091–1098 (2015).", "10.1038/ng.3367"),
    "s-predixcan": Citation(
        "Barbeira AN, Dickinson SP, Bonazzola R, et al. Exploring the phenotypic consequences of tissue specific gene expression "
        "variation "
        "inferred from GWAS summary statistics. Nature Communications 9, 1825 (2018).", "10.1038/s41467-018-03621-1"),
    "acat": Citation(
        "Liu Y, Xie J. Cauchy combination test: a powerful test with analytic p-value calculation under arbitrary dependency structures. "
        "Journal of the American Statistical Association 115, 393–402 (2020).", "10.1080/01621459.2018.1554485"),
    "s-multixcan": Citation(
        "Barbeira AN, Pividori M, Zheng J, et al. Integrating predicted transcriptome from multiple tissues improves association "
        "detection. PLoS Genetics 15(1), e1007889 (2019).", "10.1371/journal.pgen.1007889"),
    "susie": Citation(
        "Wang G, Sarkar A, Carbonetto P, Stephens M. A simple new approach to variable selection in regression, with application to "
        "genetic fine mapping. Journal of the Royal Statistical Society B 82, 1273–1300 (2020).", "10.1111/rssb.12388"),
    "ctwas": Citation(
        "Zhao S, Crouse W, Qian S, Luo K, Stephens M, He X. Adjusting for genetic confounders in transcriptome-wide association studies "
        "improves discovery of risk genes of complex traits. Nature Genetics 56, 336–347 (2024).", "10.1038/s41588-023-01648-9"),
    "focus": Citation(
        "Mancuso N, Freund MK, Johnson R, et al. Probabilistic fine-mapping of transcriptome-wide association studies. "
        "Nature Genetics 51, 675–682 (2019).", "10.1038/s41588-019-0367-1"),
    "coloc": Citation(
        "Giambartolomei C, Vukcevic D, Schadt EE, et al. Bayesian test for colocalisation between pairs of genetic association studies "
        "using summary statistics. PLoS Genetics 10(5), e1004383 (2014).", "10.1371/journal.pgen.1004383"),
    "phi": Citation(
        "Liang Y, Nyasimi F, Im HK. A gene-specific variance-control approach corrects polygenicity-driven inflation observed in "
        "transcriptome-wide association studies. American Journal of Human Genetics 113, 276–290 (2026).", "10.1016/j.ajhg.2025.12.014"),
    "fdr": Citation(
        "Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and powerful approach to multiple testing. "
        "Journal of the Royal Statistical Society B 57, 289–300 (1995).", "10.1111/j.2517-6161.1995.tb02031.x"),
    "lambda": Citation(
        "Devlin B, Roeder K. Genomic control for association studies. Biometrics 55, 997–1004 (1999).", "10.1111/j.0006-341X.1999.00997.x"),
    "nextflow": Citation(
        "Di Tommaso P, Chatzou M, Floden EW, et al. Nextflow enables reproducible computational workflows. "
        "Nature Biotechnology 35, 316–319 (2017).", "10.1038/nbt.3820"),
}  # fmt: skip

# (sections that call for the sentence, sentence, works cited in it)
SENTENCES = (
    ({"training", "tracks"},
     "ChIP-seq coverage was averaged in bins over windows of the genome and clipped and scaled as in basenji {basenji}. Enformer "
     "{enformer} was kept as "
     "it was published but for its last layers, which were trained on these tracks with the Poisson loss and Adam; the step "
     "with the best "
     "validation value was kept, and Pearson correlations are over all bins of windows that were not trained on.", ("basenji", "enformer")),
    ({"scores"},
     "The trained cis-regulatory activity (tCRA {tcra}) of a variant is the prediction with its alternate allele minus that with its "
     "reference allele, averaged "
     "over the two bins at the centre of a window centred on the variant {enformer} {kipoi}. Variants are ranked by the mean "
     "over tracks of |tCRA|, unless the parameter rank_by says otherwise; SNP set K "
     "holds ranks 1 to K, so the sets are nested.", ("tcra", "enformer", "kipoi")),
    ({"enrichment"},
     "Enrichment is the odds ratio of lying inside an annotation, the SNP set against all other scored variants, with its 95 % "
     "interval.", ()),
    ({"models"},
     "For every gene and SNP set, expression was predicted from the dosages of the set's variants near the gene by an elastic "
     "net {elastic net}, "
     "fitted by coordinate descent {glmnet}, with the penalty chosen by repeated cross-validation {predixcan}.",
     ("elastic net", "glmnet", "predixcan")),
    ({"twas"},
     "Genes were tested against GWAS summary statistics with S-PrediXcan {s-predixcan}. Bonferroni's and Benjamini and "
     "Hochberg's {fdr} corrections are over the genes of one trait, tissue and SNP set. λ is the median χ² over its expectation "
     "{lambda}.", ("s-predixcan", "fdr", "lambda")),
    ({"phi"},
     "z-scores were calibrated for the polygenicity of the trait with φ of each gene model {phi}.", ("phi",)),
    ({"omnibus"}, "The p-values of a gene's models (SNP sets, tissues) were combined into one by an omnibus test {acat}.", ("acat",)),
    ({"joint"},
     "The joint test is one χ² test of all models of a gene, with the correlations of their predictions {s-multixcan}.", ("s-multixcan",)),
    ({"susie"},
     "Gene models and SNPs of a region were fine-mapped together by SuSiE {susie}, with priors of genes and SNPs as in cTWAS {ctwas}; a "
     "PIP is the posterior probability of being one of the causes.", ("susie", "ctwas")),
    ({"focus"},
     "The genes of a region were fine-mapped together by FOCUS {focus}; a PIP is the posterior probability of being one of the causes.",
     ("focus",)),
    ({"coloc"},
     "Colocalisation {coloc} compared every gene's expression with the trait.", ("coloc",)),
    ({"accounting"},
     "Nextflow {nextflow} ran the stages; every stage counts the records that it takes, passes on and rejects.", ("nextflow",)),
)  # fmt: skip


def methods(present: Iterable[str]) -> tuple[list[str], list[Citation]]:
    """Sentences for the sections that are present, with numbers for citations, and the references in that order."""
    have, cited, sentences = set(present), [], []
    for sections, text, works in SENTENCES:
        if sections & have:
            cited += [work for work in works if work not in cited]
            sentences.append(text.format(**{work: f"[{cited.index(work) + 1}]" for work in works}))
    return sentences, [REFERENCES[work] for work in cited]


def methods_of_records(records: Iterable[Mapping[str, Any]]) -> set[str]:
    """Keys for `methods` that only the parameters in accounting files tell: calibration, and the methods of fine-mapping."""
    found = set()
    for record in records:
        stage, given = record.get("stage"), record.get("parameters") or {}
        if stage == "ASSOCIATE" and given.get("gwas_h2"):
            found.add("phi")
        if stage == "FINEMAP":
            found.add("focus" if given.get("method") == "focus" else "susie")
            found |= {"coloc"} if given.get("coloc") else set()
    return found
