"""The headers of programs and consortia that write GWAS: which column is the effect allele differs from one to the next.

Names are compared as `normalise_name` writes them, so `P-value`, `p.value` and `P value` are one name. A dialect is data: a new one is
a few lines here, with its source, and a sample header in the tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass

EFFECT_ROLES = ("beta", "beta_sign", "or", "se", "zscore", "pvalue", "minus_log10_pvalue")
GWAS_ROLES = ("snp", "effect_allele", "non_effect_allele", "chromosome", "position", "freq", *EFFECT_ROLES)
ADDITIVE_TESTS = ("ADD",)  # PLINK 1, PLINK 2 and REGENIE write one row per test into the column TEST


@dataclass(frozen=True)
class Dialect:
    """The header of one program's output.

    signature: names that must all be there. roles: the names of a role's column, the first that is there counts. ref_alt: the other
    allele is that of REF and ALT which is not the effect allele, where no column has it. alleles_in_id: the id is
    chromosome:position:other allele:effect allele, and no column has the alleles. note: what is special, for the documentation.
    """

    name: str
    source: str
    signature: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]
    ref_alt: bool = False
    alleles_in_id: bool = False
    note: str = ""


# Names that many tables use; for what no dialect tells.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "snp": ("snp", "rsid", "rs_id", "rsids", "markername", "marker_name", "marker", "rs_number", "rsnumber", "rs", "snpid", "snp_id",
            "markerid", "marker_id", "id", "variant_id", "varid", "variant", "name"),
    "effect_allele": ("effect_allele", "effectallele", "ea", "tested_allele", "coded_allele", "eff_allele", "allele_effect", "a1"),
    "non_effect_allele": ("other_allele", "otherallele", "nea", "oa", "non_effect_allele", "noneffect_allele", "noneffectallele",
                          "noncoded_allele", "non_coded_allele", "a2"),
    "chromosome": ("chr", "chrom", "chromosome", "chr_name", "hm_chrom", "chromosome_name", "chr_hg19", "chr_hg38", "chr_b37", "chr_b38"),
    "position": ("bp", "pos", "position", "base_pair_location", "hm_pos", "chr_position", "chr_pos", "bp_hg19", "pos_hg19", "bp_hg38",
                 "pos_hg38", "pos_b37", "pos_b38", "position_b37", "position_b38", "genpos", "ps"),
    "freq": ("eaf", "freq", "frq", "af", "a1freq", "a1_freq", "af1", "freq1", "effect_allele_frequency", "effect_allele_freq",
             "effectallelefreq", "freq_effect_allele", "freq_tested_allele", "af_alt", "alt_freq", "alt_af"),
    "beta": ("beta", "b", "effect", "log_odds", "log_or", "logor", "effect_size", "slope"),
    "or": ("or", "odds_ratio", "oddsratio", "hazard_ratio", "hr"),
    "se": ("se", "standard_error", "stderr", "sebeta", "se_beta", "std_err", "std_error", "beta_se", "log_or_se", "se_dgc"),
    "zscore": ("z", "zscore", "z_score"),
    "pvalue": ("p", "pvalue", "p_value", "pval", "p_val", "p_dgc"),
    "minus_log10_pvalue": ("mlogp", "mlog10p", "neg_log_10_p_value", "neg_log10_p", "neglog10p", "neglog10_p", "minus_log10_pvalue",
                           "minus_log10_pval", "minus_log10_p", "neg_log10_pvalue", "pvalue_neg_log10", "log10p", "lp"),
}  # fmt: skip
DIALECTS = (
    Dialect(
        "GWAS-VCF", "Lyon et al. 2021, https://github.com/MRCIEU/gwas-vcf-specification",
        ("chrom", "pos", "id", "ref", "alt", "format"),
        {
            "snp": ("id",), "effect_allele": ("alt",), "non_effect_allele": ("ref",), "chromosome": ("chrom",), "position": ("pos",),
            "freq": ("af",), "beta": ("es",), "se": ("se",), "minus_log10_pvalue": ("lp",),
        },
        note="ES, SE, LP and AF are read from the sample's column, by the names in FORMAT",
    ),
    Dialect(
        "GWAS Catalog, harmonised", "https://www.ebi.ac.uk/gwas/docs/methods/summary-statistics (before 2023)",
        ("hm_effect_allele", "hm_other_allele", "p_value"),
        {
            "snp": ("hm_rsid", "hm_variant_id"), "effect_allele": ("hm_effect_allele",), "non_effect_allele": ("hm_other_allele",),
            "chromosome": ("hm_chrom",), "position": ("hm_pos",), "freq": ("hm_effect_allele_frequency",), "beta": ("hm_beta",),
            "or": ("hm_odds_ratio",), "se": ("standard_error",), "pvalue": ("p_value",),
        },
        note="the harmonised columns are read, not the author's",
    ),
    Dialect(
        "GWAS-SSF", "https://github.com/EBISPOT/gwas-summary-statistics-standard",
        ("effect_allele", "other_allele", "base_pair_location"),
        {
            "snp": ("rsid", "rs_id", "variant_id"), "effect_allele": ("effect_allele",), "non_effect_allele": ("other_allele",),
            "chromosome": ("chromosome",), "position": ("base_pair_location",), "freq": ("effect_allele_frequency",),
            "beta": ("beta",), "or": ("odds_ratio", "hazard_ratio"), "se": ("standard_error",), "zscore": ("z_score",),
            "pvalue": ("p_value",), "minus_log10_pvalue": ("neg_log_10_p_value",),
        },
        note="of beta, odds ratio, hazard ratio and z-score, those with values are read",
    ),
    Dialect(
        "REGENIE", "https://rgcgithub.github.io/regenie/options/#output",
        ("chrom", "genpos", "id", "allele0", "allele1", "log10p"),
        {
            "snp": ("id",), "effect_allele": ("allele1",), "non_effect_allele": ("allele0",), "chromosome": ("chrom",),
            "position": ("genpos",), "freq": ("a1freq",), "beta": ("beta",), "se": ("se",), "minus_log10_pvalue": ("log10p",),
        },
        note="rows of TEST = ADD; rows of interactions and other tests are left out",
    ),
    Dialect(
        "SAIGE", "https://saigegit.github.io/SAIGE-doc/docs/single_step2.html",
        ("markerid", "allele1", "allele2", "p_value"),
        {
            "snp": ("markerid",), "effect_allele": ("allele2",), "non_effect_allele": ("allele1",), "chromosome": ("chr",),
            "position": ("pos",), "freq": ("af_allele2",), "beta": ("beta",), "se": ("se",), "pvalue": ("p_value",),
        },
    ),
    Dialect(
        "SAIGE before 1.0", "https://github.com/weizhouUMICH/SAIGE/wiki/Genetic-association-tests-using-SAIGE",
        ("snpid", "allele1", "allele2", "af_allele2", "p_value"),
        {
            "snp": ("rsid", "snpid"), "effect_allele": ("allele2",), "non_effect_allele": ("allele1",), "chromosome": ("chr",),
            "position": ("pos",), "freq": ("af_allele2",), "beta": ("beta",), "se": ("se",), "pvalue": ("p_value",),
        },
    ),
    Dialect(
        "BOLT-LMM", "https://alkesgroup.broadinstitute.org/BOLT-LMM/BOLT-LMM_manual.html",
        ("snp", "allele1", "allele0", "beta", "se"),
        {
            "snp": ("snp",), "effect_allele": ("allele1",), "non_effect_allele": ("allele0",), "chromosome": ("chr",),
            "position": ("bp",), "freq": ("a1freq",), "beta": ("beta",), "se": ("se",),
            "pvalue": ("p_bolt_lmm", "p_bolt_lmm_inf", "p_linreg"),
        },
    ),
    Dialect(
        "GEMMA", "https://github.com/genetics-statistics/GEMMA/blob/master/doc/manual.pdf",
        ("rs", "ps", "allele1", "allele0"),
        {
            "snp": ("rs",), "effect_allele": ("allele1",), "non_effect_allele": ("allele0",), "chromosome": ("chr",),
            "position": ("ps",), "freq": ("af",), "beta": ("beta",), "se": ("se",), "pvalue": ("p_wald", "p_lrt", "p_score"),
        },
    ),
    Dialect(
        "GIANT 2014", "https://portals.broadinstitute.org/collaboration/giant (b of Allele1)",
        ("markername", "allele1", "allele2", "b", "se", "p"),
        {
            "snp": ("markername",), "effect_allele": ("allele1",), "non_effect_allele": ("allele2",),
            "freq": ("freq_allele1_hapmapceu", "freqallele1hapmapceu"), "beta": ("b",), "se": ("se",), "pvalue": ("p",),
        },
    ),
    Dialect(
        "METAL", "https://genome.sph.umich.edu/wiki/METAL_Documentation",
        ("markername", "allele1", "allele2", "p_value", "direction"),
        {
            "snp": ("markername",), "effect_allele": ("allele1",), "non_effect_allele": ("allele2",), "freq": ("freq1",),
            "chromosome": ("chromosome", "chr"), "position": ("position", "pos"),
            "beta": ("effect",), "se": ("stderr",), "zscore": ("zscore",), "pvalue": ("p_value",),
        },
    ),
    Dialect(
        "METAL", "https://genome.sph.umich.edu/wiki/METAL_Documentation",
        ("markername", "allele1", "allele2", "effect", "stderr", "p_value"),
        {
            "snp": ("markername",), "effect_allele": ("allele1",), "non_effect_allele": ("allele2",), "freq": ("freq1",),
            "chromosome": ("chromosome", "chr"), "position": ("position", "pos"),
            "beta": ("effect",), "se": ("stderr",), "pvalue": ("p_value",),
        },
    ),
    Dialect(
        "GWAMA", "https://genomics.ut.ee/en/tools/gwama-tutorial (reference_allele is the effect allele)",
        ("rs_number", "reference_allele", "other_allele"),
        {
            "snp": ("rs_number",), "effect_allele": ("reference_allele",), "non_effect_allele": ("other_allele",), "freq": ("eaf",),
            "beta": ("beta",), "or": ("or",), "se": ("se",), "zscore": ("z",), "pvalue": ("p_value",),
        },
    ),
    Dialect(
        "SNPTEST", "https://www.chg.ox.ac.uk/~gav/snptest/ (the effect is that of allele B)",
        ("rsid", "allelea", "alleleb", "frequentist_add_pvalue"),
        {
            "snp": ("rsid",), "effect_allele": ("alleleb",), "non_effect_allele": ("allelea",), "chromosome": ("chromosome",),
            "position": ("position",), "beta": ("frequentist_add_beta_1",), "se": ("frequentist_add_se_1",),
            "pvalue": ("frequentist_add_pvalue",),
        },
    ),
    Dialect(
        "PLINK 2", "https://www.cog-genomics.org/plink/2.0/formats#glm_linear",
        ("id", "ref", "alt", "a1"),
        {
            "snp": ("id",), "effect_allele": ("a1",), "non_effect_allele": ("ax", "omitted"), "chromosome": ("chrom",),
            "position": ("pos", "bp"), "freq": ("a1_freq",), "beta": ("beta",), "or": ("or",), "se": ("se", "log_or_se"),
            "pvalue": ("p",), "minus_log10_pvalue": ("neg_log10_p", "log10_p"),
        },
        ref_alt=True, note="rows of TEST = ADD; A1 may be REF or ALT",
    ),
    Dialect(
        "FinnGen", "https://finngen.gitbook.io/documentation/data-description",
        ("chrom", "pos", "ref", "alt", "rsids", "pval", "beta", "sebeta"),
        {
            "snp": ("rsids",), "effect_allele": ("alt",), "non_effect_allele": ("ref",), "chromosome": ("chrom",),
            "position": ("pos",), "freq": ("af_alt",), "beta": ("beta",), "se": ("sebeta",), "pvalue": ("pval",),
            "minus_log10_pvalue": ("mlogp",),
        },
        note="a cell may hold several rs numbers",
    ),
    Dialect(
        "Pan-UKB", "https://pan.ukbb.broadinstitute.org/docs/per-phenotype-files",
        ("chr", "pos", "ref", "alt", "beta_meta", "se_meta"),
        {
            "snp": ("rsid", "varid"), "effect_allele": ("alt",), "non_effect_allele": ("ref",), "chromosome": ("chr",),
            "position": ("pos",), "freq": ("af_meta", "af_controls_meta"), "beta": ("beta_meta",), "se": ("se_meta",),
            "minus_log10_pvalue": ("neglog10_pval_meta",),
        },
        note="the columns of the meta-analysis; for one population name its columns",
    ),
    Dialect(
        "MVP", "https://www.ncbi.nlm.nih.gov/projects/gap/cgi-bin/study.cgi?study_id=phs001672",
        ("chrom", "pos", "ref", "alt", "ea", "pval"),
        {
            "snp": ("rsid", "snp_id"), "effect_allele": ("ea",), "chromosome": ("chrom",), "position": ("pos",), "freq": ("af",),
            "beta": ("beta",), "or": ("or",), "se": ("sebeta", "se"), "pvalue": ("pval",),
        },
        ref_alt=True, note="ea may be ref or alt",
    ),
    Dialect(
        "Neale lab, UK Biobank", "https://github.com/Nealelab/UK_Biobank_GWAS",
        ("variant", "minor_allele", "beta", "se", "pval"),
        {"snp": ("variant",), "beta": ("beta",), "se": ("se",), "pvalue": ("pval",)},
        alleles_in_id=True, note="variant is chromosome:position:ref:alt, and the effect is that of alt; match by position",
    ),
    Dialect(
        "deCODE", "https://www.decode.com/summarydata/",
        ("rsids", "effectallele", "otherallele", "beta", "pval"),
        {
            "snp": ("rsids",), "effect_allele": ("effectallele",), "non_effect_allele": ("otherallele",), "chromosome": ("chrom",),
            "position": ("pos",), "freq": ("effectallelefreq",), "beta": ("beta",), "se": ("se",), "pvalue": ("pval",),
            "minus_log10_pvalue": ("minus_log10_pval",),
        },
    ),
    Dialect(
        "BCAC", "https://bcac.ccge.medschl.cam.ac.uk/ (a1 is the effect allele)",
        ("var_name", "a0", "a1"),
        {
            "snp": ("var_name",), "effect_allele": ("a1",), "non_effect_allele": ("a0",), "chromosome": ("chr",),
            "position": ("position_b37",), "freq": ("bcac_onco_icogs_gwas_eaf_controls",), "beta": ("bcac_onco_icogs_gwas_beta",),
            "se": ("bcac_onco_icogs_gwas_se",), "pvalue": ("bcac_onco_icogs_gwas_p1df",),
        },
        note="ids are chromosome_position_allele_allele; match by position",
    ),
    Dialect(
        "GLGC 2021", "https://csg.sph.umich.edu/willer/public/glgc-lipids2021/",
        ("rsid", "ref", "alt", "effect_size", "pvalue_neg_log10"),
        {
            "snp": ("rsid",), "effect_allele": ("alt",), "non_effect_allele": ("ref",), "chromosome": ("chrom",),
            "position": ("pos_b37", "pos_b38"), "freq": ("pooled_alt_af",), "beta": ("effect_size",), "se": ("se",),
            "minus_log10_pvalue": ("pvalue_neg_log10",),
        },
    ),
    Dialect(
        "PGC", "https://www.med.unc.edu/pgc/download-results/",
        ("id", "a1", "a2", "impinfo", "pval"),
        {
            "snp": ("id",), "effect_allele": ("a1",), "non_effect_allele": ("a2",), "chromosome": ("chrom",), "position": ("pos",),
            "beta": ("beta",), "or": ("or",), "se": ("se",), "pvalue": ("pval",),
        },
    ),
    Dialect(
        "MTAG", "https://github.com/JonJala/mtag/wiki",
        ("snp", "a1", "a2", "mtag_beta", "mtag_se"),
        {
            "snp": ("snp",), "effect_allele": ("a1",), "non_effect_allele": ("a2",), "chromosome": ("chr",), "position": ("bp",),
            "freq": ("frq", "meta_freq"), "beta": ("mtag_beta",), "se": ("mtag_se",), "zscore": ("mtag_z",), "pvalue": ("mtag_pval",),
        },
    ),
    Dialect(
        "gwaslab", "https://cloufield.github.io/gwaslab/",
        ("ea", "nea", "chr", "pos", "status"),
        {
            "snp": ("rsid", "snpid"), "effect_allele": ("ea",), "non_effect_allele": ("nea",), "chromosome": ("chr",),
            "position": ("pos",), "freq": ("eaf",), "beta": ("beta",), "or": ("or",), "se": ("se",), "zscore": ("z",),
            "pvalue": ("p",), "minus_log10_pvalue": ("mlog10p",),
        },
    ),
    Dialect(
        "GCTA fastGWA", "https://yanglab.westlake.edu.cn/software/gcta/#fastGWA",
        ("snp", "a1", "a2", "af1", "beta", "se"),
        {
            "snp": ("snp",), "effect_allele": ("a1",), "non_effect_allele": ("a2",), "chromosome": ("chr",), "position": ("pos",),
            "freq": ("af1",), "beta": ("beta",), "se": ("se",), "pvalue": ("p",),
        },
    ),
    Dialect(
        "GCTA mlma, COJO", "https://yanglab.westlake.edu.cn/software/gcta/#MLMA, #COJO",
        ("snp", "a1", "a2", "freq", "b", "se", "p"),
        {
            "snp": ("snp",), "effect_allele": ("a1",), "non_effect_allele": ("a2",), "chromosome": ("chr",), "position": ("bp",),
            "freq": ("freq",), "beta": ("b",), "se": ("se",), "pvalue": ("p",),
        },
    ),
    Dialect(
        "LDSC", "https://github.com/bulik/ldsc/wiki/Summary-Statistics-File-Format",
        ("snp", "a1", "a2", "z", "n"),
        {"snp": ("snp",), "effect_allele": ("a1",), "non_effect_allele": ("a2",), "zscore": ("z",)},
    ),
    Dialect(
        "LDAK", "https://dougspeed.com/file-formats/ (A1 is the test allele)",
        ("predictor", "a1", "a2"),
        {
            "snp": ("predictor",), "effect_allele": ("a1",), "non_effect_allele": ("a2",), "chromosome": ("chromosome",),
            "position": ("basepair",), "freq": ("a1freq", "a1_freq"), "beta": ("effect", "beta"), "se": ("sd", "se"), "zscore": ("z",),
            "pvalue": ("wald_p", "p"),
        },
    ),
    Dialect(
        "PLINK 1", "https://www.cog-genomics.org/plink/1.9/formats, daner of Ricopili, and S-PrediXcan's usual names",
        ("snp", "a1", "a2"),
        {**USUAL_NAMES, "snp": ("snp",), "effect_allele": ("a1",), "non_effect_allele": ("a2",)},
        note="rows of TEST = ADD; A1 is the effect allele (MungeSumstats writes A2 for it, and is refused where its columns show it)",
    ),
)  # fmt: skip
