"""What the harnesses run: an entry script with inputs of the study, each of which may be damaged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """name: of the script, with what it reads where it stands more than once. arguments: `@NAME` is a file of the study, `%` the
    output. damaged: the files that the harness changes. tensorflow: whether the script loads it (a start takes seconds)."""

    name: str
    script: str
    arguments: str
    damaged: tuple[str, ...]
    tensorflow: bool = False


def case(name: str, arguments: str, *damaged: str, tensorflow: bool = False) -> Case:
    return Case(name, name.split(":")[0], arguments, damaged, tensorflow)


FIT = (
    "--expression @expression.csv --genes @genes.gtf --snp-sets @ranking/ranking.parquet --set-sizes 40,120 "
    "--window 20000 --repeats 1 --folds 5 --cores 1 --out %/out"
)
DATA_SET = ("dataset/tfrecords/train-0-0.tfr", "dataset/statistics.json", "dataset/targets.txt")
CASES = (
    case("plan_windows", "--bed @windows.bed --fasta @genome.fa --crop 512 --out %/out", "windows.bed", "genome.fa", "genome.fa.fai"),
    case("plan_tracks", "--tracks @tracks.csv --bed @windows.bed --fasta @genome.fa --crop 512 --out %/out",
         "tracks.csv", "windows.bed", "genome.fa.fai", "A.bw"),
    case("read_coverage", "-w 128 --crop 512 -b @blacklist.bed @A.bw @plan/sequences.bed %/out.h5", "A.bw", "plan/sequences.bed",
         "blacklist.bed"),
    case("write_tfrecords", "-s 0 -e 3 --targets @plan/targets.txt @genome.fa @plan/sequences.bed @coverage %/out.tfr",
         "genome.fa", "genome.fa.fai", "plan/sequences.bed", "plan/targets.txt", "coverage/A.h5"),
    case("split_variants:vcf", "--variants @variants.vcf --fasta @genome.fa --out %/out", "variants.vcf", "genome.fa", "genome.fa.fai"),
    case("split_variants:packed", "--variants @variants.vcf.gz --fasta @genome.fa --out %/out", "variants.vcf.gz"),
    case("split_variants:list", "--variants @variants.txt --fasta @genome.fa --out %/out", "variants.txt"),
    case("lift_variants", "--variants @variants.vcf --chain @lift.chain --out %/out.tsv", "variants.vcf", "lift.chain"),
    case("convert_scores", "--scores @published.h5 --out %/out.parquet", "published.h5"),
    case("rank_variants", "--scores @scores.parquet --set-sizes 40,120 --annotation sites=@sites.bed --variant-list listed=@listed.txt "
         "--frequencies @frequencies.tsv --out %/out", "scores.parquet", "sites.bed", "listed.txt", "frequencies.tsv"),
    case("annotate_variants", "--scores @scores.parquet --frequencies @frequencies.tsv --out %/out", "scores.parquet", "frequencies.tsv"),
    case("join_scores", "--scores @scores.parquet --out %/out.parquet", "scores.parquet"),
    case("harmonize_scores", "--scores @scores.parquet --gwas @gwas.tsv --out %/out", "scores.parquet", "gwas.tsv"),
    case("normalize_expression", "--expression @expression.bed.gz --covariates @covariates.tsv --factors 1 --out %/out.csv.gz",
         "expression.bed.gz", "covariates.tsv"),
    case("plan_genes", "--expression @expression.csv --genes-per-chunk 2 --out %/out.tsv", "expression.csv"),
    case("fit_gene_models:vcf", f"--genotypes @genotypes.vcf {FIT}", "genotypes.vcf", "expression.csv", "genes.gtf",
         "ranking/ranking.parquet"),
    case("fit_gene_models:packed", f"--genotypes @genotypes.vcf.gz {FIT}", "genotypes.vcf.gz"),
    case("fit_gene_models:bed", f"--genotypes @plink.bed {FIT}", "plink.bed", "plink.bim", "plink.fam"),
    case("fit_gene_models:pgen", f"--genotypes @plink2.pgen {FIT}", "plink2.pgen", "plink2.pvar", "plink2.psam"),
    case("build_model_db", "--chunks @chunk --name tissue --keep-all --out %/out", "chunk/model_summaries.tsv", "chunk/weights.tsv",
         "chunk/covariances.txt.gz", "chunk/accounting.json"),
    case("check_inputs", "--genotypes @genotypes.vcf --expression @expression.csv --genes @genes.gtf --traits @traits.csv --gwas "
         "@gwas.tsv "
         "--out %/out.json", "genotypes.vcf", "expression.csv", "genes.gtf", "traits.csv", "gwas.tsv"),
    case("associate", "--model_db_path @models/tissue_40.db --covariance @models/tissue_40_cov.txt.gz --gwas_file @gwas.tsv "
         "--output_file %/out.csv", "models/tissue_40.db", "models/tissue_40_cov.txt.gz", "gwas.tsv"),
    case("associate:folder", "--models @models --gwas_file @gwas.tsv.gz --output_folder %/out", "gwas.tsv.gz",
         "models/tissue_joint_covariance.txt.gz"),
    case("combine_associations", "--associations @associations --genes @genes.gtf --gene_sets @sets.gmt --out %/out",
         "associations/height/tissue_40.csv", "genes.gtf", "sets.gmt"),
    case("finemap_genes", "--model_db_path @models/tissue_40.db @models/tissue_120.db --genotypes @genotypes.vcf --genes @genes.gtf "
         "--gwas_file @gwas.tsv --trait height --snp-set 40 --out %/out", "models/tissue_40.db", "genotypes.vcf", "gwas.tsv", "genes.gtf"),
    case("render_report", "--ranking @ranking/ranking.parquet --enrichment @ranking/enrichment.tsv --model-summaries "
         "@models/model_summaries.tsv "
         "--associations @combined/associations.tsv.gz --genes @genes.gtf --accounting @ranking/accounting.json --out %/out",
         "ranking/ranking.parquet", "ranking/enrichment.tsv", "models/model_summaries.tsv", "combined/associations.tsv.gz", "genes.gtf",
         "ranking/accounting.json"),
    case("embed_sequences", "--checkpoint @variables --tfrecords @dataset --out %/out", *DATA_SET, "variables.index",
         "variables.data-00000-of-00001", tensorflow=True),
    case("embed_sequences:bed", "--checkpoint @variables --bed @windows.bed --fasta @genome.fa --crop 512 --shards valid-0-0 --out "
         "%/out", "windows.bed",
         "genome.fa", "genome.fa.fai", tensorflow=True),
    case("train_tracks", "--checkpoint @variables --tfrecords @dataset --embeddings @embeddings --steps 2 --batch-size 2 "
         "--evaluate-every 2 --out %/out",
         *DATA_SET, "embeddings/train-0-0.npy", "embeddings/train-0-0.json", tensorflow=True),
    case("evaluate_tracks", "--model @model --tfrecords @dataset --splits valid --out %/out.parquet", "model/model.json",
         "dataset/tfrecords/valid-0-0.tfr",
         "model/variables/variables.index", tensorflow=True),
    case("score_variants", "--model @model --fasta @genome.fa --variants @few.vcf --out %/out.parquet", "few.vcf", "model/model.json",
         "genome.fa",
         "model/variables/variables.data-00000-of-00001", tensorflow=True),
)  # fmt: skip
